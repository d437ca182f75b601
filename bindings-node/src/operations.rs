//! What is done with whole stores.

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{BackupOptions, Level, RestoreOptions};

use crate::pool::Workers;
use crate::reply::{Lane, Reply, at_once};
use crate::value::{count, time_ms, whole};

/// How far a copy has come.
#[napi(object)]
#[derive(Clone, Copy)]
pub struct CopyProgress {
    /// How many pages are copied.
    pub done: f64,
    /// How many there are.
    pub total: f64,
}

impl From<statehold::CopyProgress> for CopyProgress {
    fn from(progress: statehold::CopyProgress) -> Self {
        Self { done: count(progress.done), total: count(progress.total) }
    }
}

/// The function that is told. It must not throw.
type Told<'env> = Option<Function<'env, CopyProgress, ()>>;

/// Does `copy` with a function that is told how far it has come: on the thread of JavaScript directly, and from any other by
/// way of its event loop.
fn copied<'env, T, J>(
    lane: &Lane,
    env: &'env Env,
    told: Told<'env>,
    later: bool,
    copy: impl FnOnce(&mut dyn FnMut(statehold::CopyProgress)) -> statehold::Result<T> + Send + 'static,
    show: fn(T) -> J,
) -> Result<Reply<'env, J>>
where
    T: Send + 'static,
    J: napi::bindgen_prelude::ToNapiValue + napi::bindgen_prelude::TypeName + 'static,
{
    if !later {
        return at_once(|| {
            copy(&mut |progress| {
                if let Some(told) = &told {
                    // It does not throw, and where it could not be called there is nothing to be done about it.
                    let _ = told.call(progress.into());
                }
            })
        })
        .map(|copied| Reply::A(show(copied)));
    }
    let told = told.map(|told| told.build_threadsafe_function().build()).transpose()?;
    let work = move || {
        copy(&mut |progress| {
            if let Some(told) = &told {
                told.call(progress.into(), NonBlocking);
            }
        })
    };
    lane.answer(env, later, work, show)
}

/// A backup that was made.
#[napi(object)]
pub struct BackupReport {
    /// The file.
    pub path: String,
    /// The revision that it has.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
    /// The size of the file.
    pub bytes: f64,
}

/// A backup that was put back.
#[napi(object)]
pub struct RestoreReport {
    /// The store.
    pub path: String,
    /// The revision of the backup.
    pub restored: f64,
    /// The revision that the store has now.
    pub revision: f64,
}

/// What a store holds and how large it is.
#[napi(object)]
pub struct StoreInfo {
    /// The file.
    pub path: String,
    /// Its format.
    pub format: f64,
    /// The last revision.
    pub revision: f64,
    /// The size of the file.
    pub file_bytes: f64,
    /// The size of the log beside it.
    pub wal_bytes: f64,
    /// The size of a page.
    pub page_size: f64,
    /// How many there are.
    pub pages: f64,
    /// How many of them are free.
    pub free_pages: f64,
    /// How many commits the journal tells of.
    pub journal_rows: f64,
    /// The oldest of them.
    pub oldest_revision: Option<f64>,
    /// When that was, in milliseconds since 1970.
    pub oldest_time_ms: Option<f64>,
    /// How many keys have expired.
    pub expired_keys: f64,
    /// What each facet holds.
    pub facets: Vec<FacetInfo>,
}

/// What a facet holds.
#[napi(object)]
pub struct FacetInfo {
    /// The facet.
    pub facet: String,
    /// How many records.
    pub records: f64,
    /// Their bytes.
    pub bytes: f64,
}

impl From<statehold::StoreInfo> for StoreInfo {
    fn from(info: statehold::StoreInfo) -> Self {
        let facet = |facet: statehold::FacetInfo| FacetInfo {
            facet: facet.facet,
            records: count(facet.records),
            bytes: count(facet.bytes),
        };
        Self {
            path: info.path.display().to_string(),
            format: f64::from(info.format),
            revision: count(info.revision),
            file_bytes: count(info.file_bytes),
            wal_bytes: count(info.wal_bytes),
            page_size: count(info.page_size),
            pages: count(info.pages),
            free_pages: count(info.free_pages),
            journal_rows: count(info.journal_rows),
            oldest_revision: info.oldest_revision.map(count),
            oldest_time_ms: info.oldest_time.map(time_ms),
            expired_keys: count(info.expired_keys),
            facets: info.facets.into_iter().map(facet).collect(),
        }
    }
}

/// What a handle has done.
#[napi(object)]
pub struct Stats {
    /// Commits.
    pub commits: f64,
    /// How often several of them were written as one.
    pub batches: f64,
    /// Those that failed a check.
    pub conflicts: f64,
    /// Checkpoints.
    pub checkpoints: f64,
    /// Watches that are open.
    pub watches: f64,
}

impl From<statehold::Stats> for Stats {
    fn from(stats: statehold::Stats) -> Self {
        Self {
            commits: count(stats.commits),
            batches: count(stats.batches),
            conflicts: count(stats.conflicts),
            checkpoints: count(stats.checkpoints),
            watches: count(stats.watches),
        }
    }
}

/// A revision with its hash.
#[napi(object)]
pub struct Head {
    /// The revision.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
}

/// What a look for damage found.
#[napi(object)]
pub struct IntegrityCheck {
    /// The last revision.
    pub revision: f64,
    /// Its hash.
    pub hash: String,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Something about a store, and what to do about it.
#[napi(object)]
pub struct Finding {
    /// What it is about.
    pub what: String,
    /// How bad it is.
    pub level: String,
    /// What was found.
    pub detail: String,
    /// What to do.
    pub advice: String,
}

fn finding(found: statehold::Finding) -> Finding {
    let level = match found.level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    Finding {
        what: found.what.to_owned(),
        level: level.to_owned(),
        detail: found.detail,
        advice: found.advice,
    }
}

/// What is done with a store that is open.
macro_rules! operations {
    ($type:ident) => {
        #[napi]
        impl $type {
            /// Makes a copy while others write.
            #[napi]
            pub fn backup<'env>(
                &self,
                env: &'env Env,
                path: String,
                overwrite: bool,
                progress: Option<Function<'env, crate::operations::CopyProgress, ()>>,
                later: bool,
            ) -> Result<Reply<'env, crate::operations::BackupReport>> {
                crate::operations::backup(
                    self.inner.clone(),
                    &self.writes(),
                    env,
                    path,
                    overwrite,
                    progress,
                    later,
                )
            }

            /// What it holds and how large it is.
            #[napi]
            pub fn info<'env>(
                &self,
                env: &'env Env,
                later: bool,
            ) -> Result<Reply<'env, crate::operations::StoreInfo>> {
                let inner = self.inner.clone();
                Lane::Read.answer(env, later, move || inner.info(), crate::operations::StoreInfo::from)
            }

            /// What this handle has done.
            #[napi]
            pub fn stats(&self) -> crate::operations::Stats {
                self.inner.stats().into()
            }

            /// Looks for damage.
            #[napi]
            pub fn check_integrity<'env>(
                &self,
                env: &'env Env,
                head: Option<crate::operations::Head>,
                later: bool,
            ) -> Result<Reply<'env, crate::operations::IntegrityCheck>> {
                crate::operations::check_integrity(self.inner.clone(), env, head, later)
            }

            /// Gives back the room of what was deleted.
            #[napi]
            pub fn vacuum<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
                let inner = self.inner.clone();
                self.writes().answer(env, later, move || inner.vacuum(), crate::value::count)
            }
        }
    };
}

pub(crate) use operations;

pub(crate) fn backup<'env>(
    store: statehold::Store,
    lane: &Lane,
    env: &'env Env,
    path: String,
    overwrite: bool,
    progress: Told<'env>,
    later: bool,
) -> Result<Reply<'env, BackupReport>> {
    let options = BackupOptions::new().overwrite(overwrite);
    let copy = move |told: &mut dyn FnMut(statehold::CopyProgress)| store.backup_with(path, options, told);
    copied(lane, env, progress, later, copy, |report| BackupReport {
        path: report.path.display().to_string(),
        revision: count(report.revision),
        hash: report.hash,
        bytes: count(report.bytes),
    })
}

pub(crate) fn check_integrity(
    store: statehold::Store,
    env: &Env,
    head: Option<Head>,
    later: bool,
) -> Result<Reply<'_, IntegrityCheck>> {
    let work = move || {
        let head = head.map(|head| Ok((whole("revision", head.revision)?, head.hash))).transpose()?;
        store.check_integrity(head.as_ref().map(|(revision, hash)| (*revision, hash.as_str())))
    };
    Lane::Read.answer(env, later, work, |check| IntegrityCheck {
        revision: count(check.revision),
        hash: check.hash,
        problems: check.problems,
    })
}

/// Puts a backup back.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn restore<'env>(
    env: &'env Env,
    from: String,
    into: String,
    force: bool,
    progress: Option<Function<'env, CopyProgress, ()>>,
    later: bool,
) -> Result<Reply<'env, RestoreReport>> {
    let options = RestoreOptions::new().force(force);
    let copy = move |told: &mut dyn FnMut(statehold::CopyProgress)| {
        statehold::Store::restore_with(from, into, options, told)
    };
    copied(&Lane::Write(Workers::default()), env, progress, later, copy, |report| RestoreReport {
        path: report.path.display().to_string(),
        restored: count(report.restored),
        revision: count(report.revision),
    })
}

/// Looks for trouble around a store.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn doctor(env: &Env, path: String, later: bool) -> Result<Reply<'_, Vec<Finding>>> {
    let show = |found: Vec<statehold::Finding>| found.into_iter().map(finding).collect();
    Lane::Write(Workers::default()).answer(env, later, move || statehold::Store::doctor(path), show)
}
