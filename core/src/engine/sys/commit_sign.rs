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

#[cfg(test)]
mod tests {
    use crate::{CommitSign, Store};

    /// A copy of what is there now.
    fn seen(sign: &CommitSign) -> Vec<u8> {
        // SAFETY: the memory is mapped for as long as `sign`, and nobody commits meanwhile.
        unsafe { std::slice::from_raw_parts(sign.address(), CommitSign::LENGTH) }.to_vec()
    }

    #[test]
    fn it_changes_with_each_commit_of_anybody_and_with_nothing_else_and_outlives_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::options().cache_bytes(1 << 20).open(folder.path().join("store")).unwrap();
        let (one, other) = (open(), open());
        let (a, of_other) = (one.namespace("a"), other.namespace("a"));
        assert_eq!(a.get::<i32>("k").unwrap(), None);
        let sign = one.shared().engine.commit_sign().unwrap();
        let mut all = vec![seen(&sign)];
        for n in 0..20 {
            let (store, namespace) = if n % 2 == 0 { (&one, &a) } else { (&other, &of_other) };
            namespace.set("k", &(n / 4)).unwrap();
            all.push(seen(&sign));
            a.get::<i32>("k").unwrap();
            of_other.list("*").unwrap();
            assert_eq!(all.last(), Some(&seen(&sign)), "nobody has committed");
            if n % 5 == 4 {
                // The log begins anew.
                store.vacuum().unwrap();
                all.push(seen(&sign));
            }
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "it was what it had been before");
        let last = seen(&sign);
        one.close().unwrap();
        other.close().unwrap();
        drop((a, of_other, one, other));
        assert_eq!(seen(&sign).len(), last.len(), "it can still be looked at");
    }
}
