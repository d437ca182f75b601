//! The first page of a file as memory that all who have the file open share.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::atomic::AtomicU64;

use memmap2::{MmapOptions, MmapRaw};

const LENGTH: usize = 4096;
const WORDS: usize = LENGTH / size_of::<u64>();

/// The page, for as long as this lives. Nobody may cut the file shorter meanwhile: the system ends a
/// process that looks at what is no longer there.
#[derive(Debug)]
pub(crate) struct SharedPage(MmapRaw);

impl SharedPage {
    /// Maps the page. A shorter file is made as long first, by a write: memory for which the disk turns out
    /// to have no room would end the process as well.
    pub(crate) fn of(mut file: &File) -> io::Result<Self> {
        if file.metadata()?.len() < LENGTH as u64 {
            // Of several who come here at once each writes the same byte, which nobody uses.
            file.seek(SeekFrom::Start(LENGTH as u64 - 1))?;
            file.write_all(&[0])?;
        }
        MmapOptions::new().len(LENGTH).map_raw(file).map(Self)
    }

    /// Where it begins in memory.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn start(&self) -> *mut u8 {
        self.0.as_mut_ptr()
    }

    /// The page as words, each of which is read and written whole. What they mean is stored little-endian.
    pub(crate) fn words(&self) -> &[AtomicU64; WORDS] {
        // SAFETY: the mapping is so long, aligned to a page, readable and writable, and lives as long as
        // `self`. Others may change it at any time, which is what atomics are for.
        unsafe { &*self.0.as_mut_ptr().cast() }
    }
}
