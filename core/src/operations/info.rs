//! What a store holds and how large it is, and what a handle has done.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::place::{LOG, beside};
use crate::engine::reader::{Arg, Reader};
use crate::engine::{Counts, extent, journal};
use crate::error::Result;
use crate::fault::Operation;
use crate::format::FACETS;
use crate::store::Store;

/// What a store holds and how large it is, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreInfo {
    /// The file.
    pub path: PathBuf,
    /// The file's format.
    pub format: u32,
    /// The last revision.
    pub revision: u64,
    /// The size of the file.
    pub file_bytes: u64,
    /// The size of SQLite's log beside it.
    pub wal_bytes: u64,
    /// The size of a page.
    pub page_size: u64,
    /// How many pages there are.
    pub pages: u64,
    /// How many of them are free: to be used again, or given back by [`Store::vacuum`].
    pub free_pages: u64,
    /// How many commits the journal still tells of.
    pub journal_rows: u64,
    /// The oldest of them; none if nothing was ever committed.
    pub oldest_revision: Option<u64>,
    /// When that was.
    pub oldest_time: Option<SystemTime>,
    /// How many keys have expired and are still to be purged.
    pub expired_keys: u64,
    /// What each facet holds.
    pub facets: Vec<FacetInfo>,
}

/// What a facet holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FacetInfo {
    /// The facet: `namespace`.
    pub facet: String,
    /// How many records: keys.
    pub records: u64,
    /// How many bytes they have, names and values.
    pub bytes: u64,
}

/// What a handle has done since it was opened, and what is open on it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many commits it was asked for, also those that failed or changed nothing.
    pub commits: u64,
    /// How many SQLite transactions those were written in: commits that come at the same time share one.
    pub batches: u64,
    /// How many commits were refused because a check failed.
    pub conflicts: u64,
    /// How often it has moved the log into the file.
    pub checkpoints: u64,
    /// How many watches there are.
    pub watches: u64,
    /// How many keys were asked for that were known from an earlier read.
    pub cache_hits: u64,
    /// How many had to be read from the store.
    pub cache_misses: u64,
    /// How much memory what is known takes.
    pub cache_bytes: u64,
}

const FORMAT: &str = "PRAGMA user_version";
const PRAGMAS: &str = "
SELECT page_size, page_count, freelist_count FROM pragma_page_size, pragma_page_count, pragma_freelist_count";

impl Store {
    /// What the store holds and how large it is. It reads through all records, so it takes its time with a large store.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// store.namespace("a").set("key", "value")?;
    /// let info = store.info()?;
    /// assert_eq!((info.revision, info.journal_rows, info.expired_keys), (1, 1, 0));
    /// assert_eq!((info.facets[0].records, info.facets[0].bytes), (1, "key\"value\"".len() as u64));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`](crate::Error::Closed), [`Error::Forked`](crate::Error::Forked),
    /// [`Error::Io`](crate::Error::Io), [`Error::Corrupt`](crate::Error::Corrupt).
    pub fn info(&self) -> Result<StoreInfo> {
        self.shared().operation(Operation::StoreInfo, || {
            let engine = &self.shared().engine;
            let now_ms = engine.shared_now();
            engine.snapshot()?.read(|reader| info(reader, engine.path(), now_ms))
        })
    }

    /// What this handle has done since it was opened. Costs nothing.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// store.namespace("a").set("k", &1)?;
    /// assert_eq!((store.stats().commits, store.stats().conflicts), (1, 0));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn stats(&self) -> Stats {
        let Counts { commits, batches, conflicts, checkpoints, listeners, cache } =
            self.shared().engine.counts();
        Stats {
            commits,
            batches,
            conflicts,
            checkpoints,
            watches: listeners,
            cache_hits: cache.hits,
            cache_misses: cache.misses,
            cache_bytes: cache.bytes,
        }
    }
}

/// The format of the file.
pub(super) fn format(reader: &Reader<'_>) -> Result<u32> {
    let format = reader.one(FORMAT, &[], |row| row.int(0))?;
    Ok(u32::try_from(format.unwrap_or_default()).unwrap_or(u32::MAX))
}

pub(super) fn info(reader: &Reader<'_>, path: &Path, now_ms: i64) -> Result<StoreInfo> {
    let mut facets = Vec::new();
    let mut expired_keys = 0;
    for facet in FACETS {
        let sizes =
            reader.one(facet.size, &[], |row| Ok([row.int(0)?, row.int(1)?].map(i64::unsigned_abs)))?;
        let [records, bytes] = sizes.unwrap_or_default();
        facets.push(FacetInfo { facet: facet.name.to_owned(), records, bytes });
        if let Some(expired) = facet.expired {
            let expired = reader.one(expired, &[Arg::Int(now_ms)], |row| row.int(0))?;
            expired_keys += expired.unwrap_or_default().unsigned_abs();
        }
    }
    let pragmas =
        reader.one(PRAGMAS, &[], |row| Ok([row.int(0)?, row.int(1)?, row.int(2)?].map(i64::unsigned_abs)))?;
    let [page_size, pages, free_pages] = pragmas.unwrap_or_default();
    let (journal_rows, oldest) = extent(reader)?;
    let bytes_of = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    Ok(StoreInfo {
        path: path.to_owned(),
        format: format(reader)?,
        revision: journal::head(reader)?.revision,
        file_bytes: bytes_of(path),
        wal_bytes: bytes_of(&beside(path, LOG)),
        page_size,
        pages,
        free_pages,
        journal_rows,
        oldest_revision: oldest.map(|(revision, _)| revision),
        oldest_time: oldest.map(|(_, time)| time),
        expired_keys,
        facets,
    })
}
