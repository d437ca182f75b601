//! The small file beside the store (`NAME-statehold`): the lock that orders first openings, and a
//! witness of the last revision, its hash and the latest time seen. It is a help and never the
//! truth: lost or damaged, it is written anew. Its layout is in `docs/file-format.md`.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;

use super::sys;
use crate::clock::Timeline;
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"stathld1";
const LENGTH: usize = 88;
/// Where the latest time stands: eight bytes, and their complement as a check.
const TIME_AT: u64 = 96;

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

/// The open companion file.
#[derive(Debug)]
pub(crate) struct Companion {
    file: File,
    path: PathBuf,
    /// The claims of this handle: the kernel's locks only keep other handles out.
    claims: Mutex<HashSet<u64>>,
    /// The time that this handle has told the others last.
    told: AtomicI64,
}

impl Companion {
    /// The companion's path.
    pub(crate) fn path_of(store: &Path) -> PathBuf {
        let mut name = store.as_os_str().to_owned();
        name.push("-statehold");
        PathBuf::from(name)
    }

    /// Opens the companion of `store`, or makes it, readable only by its owner.
    pub(crate) fn open(store: &Path) -> Result<Self> {
        let path = Self::path_of(store);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file =
            options.open(&path).map_err(|error| Error::io("opening the companion file", &path, &error))?;
        Ok(Self { file, path, claims: Mutex::default(), told: AtomicI64::new(i64::MIN) })
    }

    /// Opens the companion for somebody who is to replace the store, if nobody has it open. Nobody can open it before
    /// this is dropped.
    pub(crate) fn alone(store: &Path) -> Result<Option<Self>> {
        let companion = Self::open(store)?;
        // The lock is let go with the file.
        std::mem::forget(companion.lock_opening()?);
        Ok(companion.register().then_some(companion))
    }

    /// Waits until nobody else is opening the store, and holds that until the guard is dropped.
    pub(crate) fn lock_opening(&self) -> Result<OpeningLock<'_>> {
        self.file.lock().map_err(|error| Error::io("locking the companion file", &self.path, &error))?;
        Ok(OpeningLock(&self.file))
    }

    /// Registers this handle; true when nobody else had the store open.
    pub(crate) fn register(&self) -> bool {
        sys::register(&self.file)
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
        read_at(&self.file, &mut record, 0).ok()?;
        Witnessed::decode(&record)
    }

    /// Writes down the head after a commit. It is not synced and failing is no harm: the store itself
    /// is the truth.
    pub(crate) fn write(&self, witnessed: &Witnessed) {
        let _ = write_at(&self.file, &witnessed.encode(), 0);
    }

    /// The effective time, agreed with the other handles on the store: what one of them has seen expire
    /// stays expired for all, also if a clock steps back.
    pub(crate) fn agree(&self, timeline: &Timeline) -> i64 {
        if let Some(time) = self.time() {
            timeline.observe(time);
        }
        let now = timeline.now();
        if self.told.fetch_max(now, Ordering::Relaxed) < now {
            self.advance_time(now);
        }
        now
    }

    /// The latest time that any handle acted on, if one has said so.
    fn time(&self) -> Option<i64> {
        let mut record = [0; 16];
        read_at(&self.file, &mut record, TIME_AT).ok()?;
        let (time, check) = record.split_at(8);
        let time = i64::from_le_bytes(time.try_into().ok()?);
        (check == (!time).to_le_bytes()).then_some(time)
    }

    /// Lets the other handles know that time has come this far.
    fn advance_time(&self, time: i64) {
        if self.time().is_none_or(|known| known < time) {
            let mut record = [0; 16];
            record[..8].copy_from_slice(&time.to_le_bytes());
            record[8..].copy_from_slice(&(!time).to_le_bytes());
            let _ = write_at(&self.file, &record, TIME_AT);
        }
    }
}

/// Held while a store is being opened.
pub(crate) struct OpeningLock<'a>(&'a File);

impl Drop for OpeningLock<'_> {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

#[cfg(unix)]
fn read_at(file: &File, record: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, record, at)
}

#[cfg(unix)]
fn write_at(file: &File, record: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, record, at)
}

#[cfg(not(unix))]
fn read_at(file: &File, record: &mut [u8], at: u64) -> io::Result<()> {
    let read = std::os::windows::fs::FileExt::seek_read(file, record, at)?;
    if read == record.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(not(unix))]
fn write_at(file: &File, record: &[u8], at: u64) -> io::Result<()> {
    std::os::windows::fs::FileExt::seek_write(file, record, at).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_record_says_nothing() {
        let witnessed = Witnessed { store_id: [7; 16], revision: 42, hash: [9; 32] };
        let record = witnessed.encode();
        assert_eq!(Witnessed::decode(&record), Some(witnessed));
        for at in 0..LENGTH {
            let mut damaged = record;
            damaged[at] ^= 1;
            assert_eq!(Witnessed::decode(&damaged), None, "byte {at}");
        }
    }
}
