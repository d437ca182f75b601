//! The first pages of a file as memory that all who have the file open share.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::atomic::AtomicU64;

use memmap2::{MmapOptions, MmapRaw};

/// A page for what is told of the store, and eight for [`COUNTERS`].
const LENGTH: usize = 4096 + COUNTERS * size_of::<u64>();
const WORDS: usize = LENGTH / size_of::<u64>();
/// How many words there are behind the first page.
pub(crate) const COUNTERS: usize = 4096;

/// The pages, for as long as this lives. Nobody may cut the file shorter meanwhile: the system ends a
/// process that looks at what is no longer there.
#[derive(Debug)]
pub(crate) struct SharedPage(MmapRaw);

impl SharedPage {
    /// Maps the pages. A shorter file is made as long first.
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() < LENGTH as u64 {
            // One at a time: who comes second must not write over what the first has begun to use.
            file.lock()?;
            let lengthened = lengthen(file);
            file.unlock()?;
            lengthened?;
        }
        MmapOptions::new().len(LENGTH).map_raw(file).map(Self)
    }

    /// Where they begin in memory.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn start(&self) -> *mut u8 {
        self.0.as_mut_ptr()
    }

    /// The pages as words, each of which is read and written whole. What they mean is stored little-endian.
    #[inline]
    pub(crate) fn words(&self) -> &[AtomicU64; WORDS] {
        // SAFETY: the mapping is so long, aligned to a page, readable and writable, and lives as long as
        // `self`. Others may change it at any time, which is what atomics are for.
        unsafe { &*self.0.as_mut_ptr().cast() }
    }
}

/// Makes a file long enough, by writing all that is missing: memory for which the disk turns out to have no
/// room would end the process as well. What is there already stays.
fn lengthen(mut file: &File) -> io::Result<()> {
    let length = usize::try_from(file.seek(SeekFrom::End(0))?).unwrap_or(LENGTH);
    file.write_all(&vec![0; LENGTH.saturating_sub(length)])
}
