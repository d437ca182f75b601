//! The header of the log's index once more, for who keeps what was read on the other side of a language's border: to
//! look there must not take a call. It is mapped a second time, for reading only, so that nobody can write to it by
//! mistake, and so that it is there for as long as it is looked at, whatever becomes of the store.
//!
//! A mapping that is asked to be moved, and of which nothing is to be moved, is doubled: see
//! <https://man7.org/linux/man-pages/man2/mremap.2.html>. So the index file, which must not be opened, is not.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

/// What is mapped. The file has at least a byte of it for as long as it is there, and is only ever cut to three.
const LENGTH: usize = 4096;

/// Memory that is another one after each commit of anybody.
#[derive(Debug)]
pub struct CommitSign(NonNull<c_void>);

// SAFETY: the memory belongs to this alone, and is only read.
unsafe impl Send for CommitSign {}
// SAFETY: as above.
unsafe impl Sync for CommitSign {}

impl CommitSign {
    /// How many bytes there are: both copies of the header, each of 48.
    pub const LENGTH: usize = 96;

    /// What lies at the beginning of a page of shared memory; none if the system does not do this.
    pub(super) fn at(page: NonNull<c_void>) -> Option<Self> {
        // SAFETY: with an old length of 0 the mapping at `page` stays as it is, and a new one of the same memory is
        // made elsewhere; if there is no shared mapping at `page`, it fails.
        let doubled = unsafe { libc::mremap(page.as_ptr(), 0, LENGTH, libc::MREMAP_MAYMOVE) };
        if ptr::eq(doubled, libc::MAP_FAILED) {
            return None;
        }
        let sign = Self(NonNull::new(doubled)?);
        // SAFETY: the mapping was made just now, and nobody has seen it yet.
        let protected = unsafe { libc::mprotect(sign.0.as_ptr(), LENGTH, libc::PROT_READ) };
        (protected == 0).then_some(sign)
    }

    /// Where it begins. It stays there for as long as `self`, and others change it at any time.
    pub fn address(&self) -> *const u8 {
        self.0.as_ptr().cast()
    }
}

impl Drop for CommitSign {
    fn drop(&mut self) {
        // SAFETY: the mapping was made for `self`, and nobody looks at it without `self`.
        unsafe { libc::munmap(self.0.as_ptr(), LENGTH) };
    }
}
