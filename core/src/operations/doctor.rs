//! Looking for trouble around a store, and saying what to do about it.

use std::path::Path;
use std::time::Duration;

use super::info::{StoreInfo, format, info};
use super::place::{COMPANION, INDEX, LOG, beside};
use super::restore::terms;
use crate::clock::{Clock, SystemClock, to_ms};
use crate::engine::sys::{free_bytes, network_file_system, open_to_others, writer_of};
use crate::engine::{Companion, Witnessed, inspect, is_writable, journal, newest};
use crate::error::{Error, Result};
use crate::format::STEPS;
use crate::store::Store;

/// How long somebody must hold the write lock to be spoken of.
const LOCK_PATIENCE: Duration = Duration::from_millis(300);
/// A log that is longer is kept from starting anew by somebody.
const LOG_BYTES: u64 = 64 << 20;
/// With less room than this, commits are soon to fail.
const ROOM_BYTES: u64 = 64 << 20;
/// So many expired keys mean that nobody purges.
const EXPIRED: u64 = 1_000;
/// So much that is free, and more than half of the file, is worth a vacuum.
const FREE_BYTES: u64 = 16 << 20;
/// A journal that was trimmed and reaches back for less is short for those who follow it.
const REACH: Duration = Duration::from_secs(3600);

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Good to know.
    Note,
    /// Something will go wrong, or works less well than it could.
    Warning,
    /// Something is wrong.
    Error,
}

impl Level {
    /// The word for it, the same in every language.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl std::str::FromStr for Level {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let level = [Self::Note, Self::Warning, Self::Error].into_iter().find(|level| level.as_str() == text);
        level.ok_or_else(|| {
            Error::value("level", format!("{text:?} is none; there are note, warning and error"))
        })
    }
}

/// Something that was found about a store, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about, a stable word: `damage`, `format`, `lost_commits`, `write_lock`, `log`, `permissions`,
    /// `network`, `disk`, `journal`, `expired`, `free_pages`.
    pub what: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub detail: String,
    /// What to do.
    pub advice: String,
}

impl Finding {
    fn new(what: &'static str, level: Level, detail: String, advice: &str) -> Self {
        Self { what, level, detail, advice: advice.to_owned() }
    }
}

impl Store {
    /// Looks for trouble around the store at `path`, which others may use meanwhile, and changes nothing. Empty when all
    /// is well; the worst comes first. [`verify`](Self::verify) looks for damage inside.
    ///
    /// ```
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("store.db");
    /// let store = statehold::open(&path)?;
    /// assert_eq!(statehold::Store::doctor(&path)?, []);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when there is no such file, or it can't be read.
    pub fn doctor(path: impl AsRef<Path>) -> Result<Vec<Finding>> {
        let path = path.as_ref();
        let path = path.canonicalize().map_err(|error| Error::io("looking at", path, &error))?;
        let mut findings = around(&path);
        // The witness is asked before the store: it never knows of a commit that the store has not, while others commit.
        let witnessed = companion(&path).and_then(|companion| companion.read());
        let looked = inspect(&path, &terms(), |reader| {
            let now_ms = to_ms(SystemClock.now());
            let lost = match witnessed {
                Some(witnessed) => {
                    lost(&witnessed, journal::store_id(reader)?, journal::head(reader)?.revision)
                }
                None => None,
            };
            findings.extend(lost);
            // One of an older format lacks tables that are looked into.
            let format = format(reader)?;
            match older(format) {
                Some(finding) => findings.push(finding),
                None => {
                    findings.extend(inside(&info(reader, &path, now_ms)?, journal::anchor(reader)?.revision));
                }
            }
            Ok(())
        });
        match looked {
            Ok(()) => findings.extend(write_lock(&path)?),
            Err(error @ (Error::Corrupt { .. } | Error::NotAStore { .. })) => findings.push(Finding::new(
                "damage",
                Level::Error,
                error.to_string(),
                "restore a backup, or if this is no store, leave it alone",
            )),
            Err(error @ Error::SchemaTooNew { .. }) => {
                let advice = "upgrade statehold to open it";
                findings.push(Finding::new("format", Level::Error, error.to_string(), advice));
            }
            Err(error) => return Err(error),
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        Ok(findings)
    }
}

/// The companion of a store, if there is one.
fn companion(path: &Path) -> Option<Companion> {
    beside(path, COMPANION).exists().then(|| Companion::open(path).ok()).flatten()
}

fn bytes_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// What can be seen without looking into the file.
fn around(path: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in ["", LOG, INDEX, COMPANION].map(|ending| beside(path, ending)) {
        if let Some(mode) = open_to_others(&file) {
            let detail = format!("{} has mode {mode:04o}: others can use it", file.display());
            let advice = format!("chmod 600 {}, unless that is meant", file.display());
            findings.push(Finding { what: "permissions", level: Level::Warning, detail, advice });
        }
    }
    let folder = path.parent().unwrap_or(path);
    findings.extend(network_file_system(folder).map(|kind| network(path, &kind)));
    findings.extend(free_bytes(folder).and_then(|free| disk(free, bytes_of(path))));
    findings.extend(log(path, bytes_of(&beside(path, LOG))));
    findings
}

fn network(path: &Path, kind: &str) -> Finding {
    let detail = format!("{} is on a network file system ({kind})", path.display());
    let advice = "move it to a local disk: locks and shared memory can't be relied on there";
    Finding::new("network", Level::Error, detail, advice)
}

fn disk(free: u64, file: u64) -> Option<Finding> {
    let detail = format!("{} MiB are free on its disk", free >> 20);
    if free < ROOM_BYTES {
        let advice = "free some room: commits will soon fail, though nothing is lost by that";
        return Some(Finding::new("disk", Level::Error, detail, advice));
    }
    let advice = "free some room: a vacuum, a restore and a backup beside it need as much as the store takes";
    (free < file).then(|| Finding::new("disk", Level::Warning, detail, advice))
}

fn log(path: &Path, bytes: u64) -> Option<Finding> {
    let in_use = || companion(path).is_none() || !matches!(Companion::alone(path), Ok(Some(_)));
    if bytes > LOG_BYTES {
        let detail = format!("the log has {} MiB", bytes >> 20);
        let advice =
            "look for a process that is stopped, or another program that holds a read transaction open";
        return Some(Finding::new("log", Level::Warning, detail, advice));
    }
    // Where there are no locks of open files, it can't be told whether anybody has the store open.
    if cfg!(any(target_os = "linux", target_os = "android")) && bytes > 0 && !in_use() {
        let detail = format!(
            "nobody has the store open, and a log of {bytes} bytes was left: its last user was killed"
        );
        let advice = "nothing has to be done: the next opening takes it over and checks the file";
        return Some(Finding::new("log", Level::Note, detail, advice));
    }
    None
}

fn lost(witnessed: &Witnessed, store_id: [u8; 16], head: u64) -> Option<Finding> {
    let known = witnessed.revision;
    (witnessed.store_id == store_id && known > head).then(|| {
        let detail = format!("revision {known} was committed, and the store ends at {head}: commits were lost");
        let advice = "if that is not from a power loss at durability normal, look for who has changed the file or its \
                      log, and compare with a backup";
        Finding::new("lost_commits", Level::Error, detail, advice)
    })
}

fn older(format: u32) -> Option<Finding> {
    (format < newest(STEPS)).then(|| {
        let detail = format!("it has format {format}, and the present one is {}", newest(STEPS));
        let advice = "make a backup; the next opening upgrades it";
        Finding::new("format", Level::Note, detail, advice)
    })
}

fn inside(info: &StoreInfo, anchor: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    if info.expired_keys >= EXPIRED {
        let detail = format!("{} keys have expired and are not purged", info.expired_keys);
        let advice = "open the store with `background` on, or call `purge_expired` now and then";
        findings.push(Finding::new("expired", Level::Warning, detail, advice));
    }
    let free = info.free_pages * info.page_size;
    if free > FREE_BYTES && info.free_pages * 2 > info.pages {
        let detail =
            format!("{} of {} MiB are free inside the file", free >> 20, (info.pages * info.page_size) >> 20);
        findings.push(Finding::new(
            "free_pages",
            Level::Note,
            detail,
            "vacuum it, if the room is needed elsewhere",
        ));
    }
    let reach = info.oldest_time.and_then(|time| SystemClock.now().duration_since(time).ok());
    if anchor > 0
        && let Some(reach) = reach.filter(|reach| *reach < REACH)
    {
        let detail =
            format!("the journal's {} rows reach back only {} s", info.journal_rows, reach.as_secs());
        let advice = "raise `journal_max_rows`: a watch that is away for longer misses changes, and a transaction that \
                      takes longer can't be committed";
        findings.push(Finding::new("journal", Level::Warning, detail, advice));
    }
    findings
}

fn write_lock(path: &Path) -> Result<Option<Finding>> {
    if is_writable(path, &terms(), LOCK_PATIENCE)? {
        return Ok(None);
    }
    let holder = writer_of(&beside(path, INDEX));
    let who = holder.as_ref().map_or("somebody".to_owned(), |holder| {
        let name = holder.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("process {}{name}{}", holder.id, if holder.stopped { ", which is stopped," } else { "" })
    });
    let detail = format!("{who} has held the write lock for {LOCK_PATIENCE:?} or longer");
    let advice = if holder.is_some_and(|holder| holder.stopped) {
        "let it go on, or end it: others can't commit meanwhile"
    } else {
        "if that lasts, end the process: others can't commit meanwhile"
    };
    Ok(Some(Finding::new("write_lock", Level::Warning, detail, advice)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(finding: Option<Finding>) -> Option<(&'static str, Level)> {
        finding.map(|finding| (finding.what, finding.level))
    }

    #[test]
    fn a_disk_is_low_in_itself_or_for_the_file() {
        assert_eq!(found(disk(ROOM_BYTES - 1, 0)), Some(("disk", Level::Error)));
        assert_eq!(found(disk(1 << 30, 2 << 30)), Some(("disk", Level::Warning)));
        assert_eq!(found(disk(1 << 30, 1 << 30)), None);
    }

    #[test]
    fn a_network_file_system_is_an_error_with_its_name() {
        let finding = network(Path::new("/mnt/store.db"), "NFS");
        assert_eq!((finding.what, finding.level), ("network", Level::Error));
        assert!(finding.detail.contains("/mnt/store.db") && finding.detail.contains("(NFS)"), "{finding:?}");
        assert!(finding.advice.contains("local disk"), "{finding:?}");
    }

    #[test]
    fn a_log_that_has_outgrown_its_limit_is_told() {
        assert_eq!(found(log(Path::new("store.db"), LOG_BYTES + 1)), Some(("log", Level::Warning)));
        assert_eq!(found(log(Path::new("store.db"), 0)), None);
    }

    #[test]
    fn commits_are_lost_of_the_same_store_only() {
        let witnessed = Witnessed { store_id: [1; 16], revision: 7, hash: [0; 32] };
        assert_eq!(found(lost(&witnessed, [1; 16], 6)), Some(("lost_commits", Level::Error)));
        assert_eq!(found(lost(&witnessed, [1; 16], 7)), None);
        assert_eq!(found(lost(&witnessed, [2; 16], 6)), None);
    }

    #[test]
    fn an_older_format_is_told() {
        assert_eq!(found(older(newest(STEPS))), None);
        assert_eq!(found(older(newest(STEPS) - 1)), Some(("format", Level::Note)));
    }
}
