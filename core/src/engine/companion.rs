//! The small file beside the store (`NAME-statehold`): the lock that orders first openings, and a
//! witness of the last revision, its hash and the latest time seen. It is a help and never the
//! truth: lost or damaged, it is written anew. Its layout is in `docs/file-format.md`.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::sys::{self, COUNTERS, Ears, Places, SharedPage};
use crate::clock::Timeline;
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"stathld1";
const LENGTH: usize = 88;
const WORD: usize = size_of::<u64>();
/// The word that tells the latest time.
const TIME_AT: usize = 96 / WORD;
/// Which moment of the store the counters have counted up to, and how often they could not: in a line of their own.
const KNOWN_AT: usize = 4032 / WORD;
const EPOCH_AT: usize = 4040 / WORD;
/// Where the counters begin.
const COUNTERS_AT: usize = 4096 / WORD;
/// So many bits of it are its check, the others the time.
const CHECK_BITS: u32 = 16;
/// A process that is being started has, until it runs its program, what its parent had open, and so for a moment also a
/// store that was closed meanwhile.
const MOMENT: Duration = Duration::from_millis(100);

/// What the witness says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Witnessed {
    pub(crate) store_id: [u8; 16],
    pub(crate) revision: u64,
    pub(crate) hash: [u8; 32],
}

impl Witnessed {
    fn encode(&self) -> [u8; LENGTH] {
        let mut record = [0; LENGTH];
        record[..8].copy_from_slice(MAGIC);
        record[8..24].copy_from_slice(&self.store_id);
        record[24..32].copy_from_slice(&self.revision.to_le_bytes());
        record[32..64].copy_from_slice(&self.hash);
        let digest = blake3::hash(&record[..64]);
        record[64..].copy_from_slice(&digest.as_bytes()[..24]);
        record
    }

    fn decode(record: &[u8; LENGTH]) -> Option<Self> {
        let digest = blake3::hash(&record[..64]);
        if &record[..8] != MAGIC || record[64..] != digest.as_bytes()[..24] {
            return None;
        }
        Some(Self {
            store_id: record[8..24].try_into().ok()?,
            revision: u64::from_le_bytes(record[24..32].try_into().ok()?),
            hash: record[32..64].try_into().ok()?,
        })
    }
}

/// A time with its check in one word, which is always whole, and greater for a later time. None if the time
/// is more than 4,000 years from 1970.
fn pack(time_ms: i64) -> Option<i64> {
    let time = time_ms << CHECK_BITS;
    (time >> CHECK_BITS == time_ms).then(|| time | check(time))
}

fn unpack(word: i64) -> Option<i64> {
    let (time_ms, found) = (word >> CHECK_BITS, word & 0xffff);
    (found == check(word)).then_some(time_ms)
}

/// The complement of the exclusive or of the time's three parts, so that a word of zeroes tells none.
fn check(time: i64) -> i64 {
    !(time >> 16 ^ time >> 32 ^ time >> 48) & 0xffff
}

/// The open companion file.
#[derive(Debug)]
pub(crate) struct Companion {
    file: File,
    path: PathBuf,
    /// What it says.
    page: SharedPage,
    /// The claims of this handle: the kernel's locks only keep other handles out.
    claims: Mutex<HashSet<u64>>,
}

impl Companion {
    /// The companion's path.
    pub(crate) fn path_of(store: &Path) -> PathBuf {
        let mut name = store.as_os_str().to_owned();
        name.push("-statehold");
        PathBuf::from(name)
    }

    /// Opens the companion of `store`, or makes it, readable only by its owner. It is mapped into memory; where
    /// that can't be done SQLite's log can't work either.
    pub(crate) fn open(store: &Path) -> Result<Self> {
        let path = Self::path_of(store);
        let failed = |error| Error::io("opening the companion file", &path, &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(failed)?;
        let page = SharedPage::of(&file).map_err(failed)?;
        Ok(Self { file, path, page, claims: Mutex::default() })
    }

    /// Opens the companion for somebody who is to replace the store, if nobody has it open. Nobody can open it before
    /// this is dropped.
    pub(crate) fn alone(store: &Path) -> Result<Option<Self>> {
        let companion = Self::open(store)?;
        // The lock is let go with the file.
        std::mem::forget(companion.lock_opening()?);
        let begun = Instant::now();
        while !companion.register() {
            if begun.elapsed() >= MOMENT {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Some(companion))
    }

    /// Waits until nobody else is opening the store, and holds that until the guard is dropped.
    pub(crate) fn lock_opening(&self) -> Result<OpeningLock<'_>> {
        self.file.lock().map_err(|error| Error::io("locking the companion file", &self.path, &error))?;
        Ok(OpeningLock(&self.file))
    }

    /// Registers this handle; true when nobody else had the store open.
    pub(crate) fn register(&self) -> bool {
        let alone = sys::register(&self.file);
        if alone {
            self.page.forget_listeners();
        }
        alone
    }

    /// Takes the claim at `slot`, unless somebody has it.
    pub(crate) fn claim(&self, slot: u64) -> bool {
        let mut claims = self.claims.lock();
        !claims.contains(&slot) && sys::claim(&self.file, slot) && claims.insert(slot)
    }

    /// Gives a claim up.
    pub(crate) fn unclaim(&self, slot: u64) {
        let mut claims = self.claims.lock();
        if claims.remove(&slot) {
            sys::unclaim(&self.file, slot);
        }
    }

    /// What the witness says, if it is whole.
    pub(crate) fn read(&self) -> Option<Witnessed> {
        let mut record = [0; LENGTH];
        for (bytes, word) in record.as_chunks_mut::<WORD>().0.iter_mut().zip(self.page.words()) {
            *bytes = word.load(Ordering::Relaxed).to_ne_bytes();
        }
        Witnessed::decode(&record)
    }

    /// Writes down the head after a commit. It is not synced, and two who write at once may leave a mixture
    /// of both, which the check tells: that is no harm, the store itself is the truth.
    pub(crate) fn write(&self, witnessed: &Witnessed) {
        let record = witnessed.encode();
        for (bytes, word) in record.as_chunks::<WORD>().0.iter().zip(self.page.words()) {
            word.store(u64::from_ne_bytes(*bytes), Ordering::Relaxed);
        }
        self.page.ring();
    }

    /// The moment of the store that the counters have counted up to.
    pub(super) fn known(&self) -> &AtomicU64 {
        &self.page.words()[KNOWN_AT]
    }

    /// How often they could not.
    pub(super) fn epoch(&self) -> &AtomicU64 {
        &self.page.words()[EPOCH_AT]
    }

    /// How often was changed what has each counter.
    #[inline]
    pub(super) fn counters(&self) -> &[AtomicU64; COUNTERS] {
        self.page.words()[COUNTERS_AT..].first_chunk().expect("there are so many words behind the first page")
    }

    /// Begins to listen for commits of whatever process, where it can be rung.
    pub(crate) fn listen(&self) -> Option<Ears<'_>> {
        self.page.listen()
    }

    /// The places in the line of writers, where there is one.
    pub(crate) fn places(&self) -> Option<Places<'_>> {
        self.page.places()
    }

    /// Rings all who listen, in whatever process.
    pub(crate) fn ring(&self) {
        self.page.ring();
    }

    /// The effective time, agreed with the other handles on the store: what one of them has seen expire
    /// stays expired for all, also if a clock steps back.
    pub(crate) fn agree(&self, timeline: &Timeline) -> i64 {
        let shared = &self.page.words()[TIME_AT];
        let told = |word: u64| unpack(i64::from_le(word.cast_signed()));
        if let Some(time) = told(shared.load(Ordering::Acquire)) {
            timeline.observe(time);
        }
        let now = timeline.now();
        if let Some(word) = pack(now) {
            let word = word.to_le().cast_unsigned();
            // Whoever comes later with a later time wins; what says nothing is replaced.
            let _ = shared.fetch_update(Ordering::AcqRel, Ordering::Acquire, |found| {
                (told(found) < Some(now)).then_some(word)
            });
        }
        now
    }
}

/// Held while a store is being opened.
pub(crate) struct OpeningLock<'a>(&'a File);

impl Drop for OpeningLock<'_> {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
#[path = "companion_test.rs"]
mod tests;
