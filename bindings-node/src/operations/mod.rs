//! What is done with whole stores.

mod record;

use napi::bindgen_prelude::{Function, ToNapiValue, TypeName};
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{BackupOptions, ExportOptions, ImportOptions, RestoreOptions, UpgradeOptions, VerifyOptions};

pub(crate) use self::record::{
    BackupReport, ExportReport, Exporting, Head, ImportReport, Stats, StoreCheck, StoreInfo,
    TransferProgress, UpgradeReport,
};
use self::record::{Finding, RestoreReport, finding};
use crate::pool::Workers;
use crate::reply::{Lane, Reply, at_once};
use crate::value::{count, whole};

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
type Told<'env, N> = Option<Function<'env, N, ()>>;

/// Does `copy` with a function that is told how far it has come: on the thread of JavaScript directly, and from any other by
/// way of its event loop.
fn copied<'env, P, N, T, J>(
    lane: &Lane,
    env: &'env Env,
    told: Told<'env, N>,
    later: bool,
    copy: impl FnOnce(&mut dyn FnMut(P)) -> statehold::Result<T> + Send + 'static,
    show: fn(T) -> J,
) -> Result<Reply<'env, J>>
where
    N: From<P> + ToNapiValue + Send + 'static,
    T: Send + 'static,
    J: ToNapiValue + TypeName + 'static,
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
                self.writes().reads().answer(
                    env,
                    later,
                    move || inner.info(),
                    crate::operations::StoreInfo::from,
                )
            }

            /// What this handle has done.
            #[napi]
            pub fn stats(&self) -> crate::operations::Stats {
                self.inner.stats().into()
            }

            /// Looks through the whole store.
            #[napi]
            pub fn verify<'env>(
                &self,
                env: &'env Env,
                head: Option<crate::operations::Head>,
                later: bool,
            ) -> Result<Reply<'env, crate::operations::StoreCheck>> {
                crate::operations::verify(self.inner.clone(), &self.writes().reads(), env, head, later)
            }

            /// Writes it to a file, as lines of JSON.
            #[napi]
            pub fn export_file<'env>(
                &self,
                env: &'env Env,
                path: String,
                options: crate::operations::Exporting,
                progress: Option<Function<'env, crate::operations::TransferProgress, ()>>,
                later: bool,
            ) -> Result<Reply<'env, crate::operations::ExportReport>> {
                crate::operations::export_file(
                    self.inner.clone(),
                    &self.writes(),
                    env,
                    path,
                    options,
                    progress,
                    later,
                )
            }

            /// Reads an export.
            #[napi]
            pub fn import_file<'env>(
                &self,
                env: &'env Env,
                path: String,
                merge: bool,
                progress: Option<Function<'env, crate::operations::TransferProgress, ()>>,
                later: bool,
            ) -> Result<Reply<'env, crate::operations::ImportReport>> {
                crate::operations::import_file(
                    self.inner.clone(),
                    &self.writes(),
                    env,
                    path,
                    merge,
                    progress,
                    later,
                )
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
    progress: Told<'env, CopyProgress>,
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

pub(crate) fn verify<'env>(
    store: statehold::Store,
    lane: &Lane,
    env: &'env Env,
    head: Option<Head>,
    later: bool,
) -> Result<Reply<'env, StoreCheck>> {
    let work = move || {
        let mut options = VerifyOptions::new();
        if let Some(Head { revision, hash }) = head {
            options = options.head(whole("revision", revision)?, hash);
        }
        store.verify_with(&options)
    };
    lane.answer(env, later, work, StoreCheck::from)
}

pub(crate) fn export_file<'env>(
    store: statehold::Store,
    lane: &Lane,
    env: &'env Env,
    path: String,
    given: Exporting,
    progress: Told<'env, TransferProgress>,
    later: bool,
) -> Result<Reply<'env, ExportReport>> {
    let copy = move |told: &mut dyn FnMut(statehold::TransferProgress)| {
        let mut options = ExportOptions::new().overwrite(given.overwrite.unwrap_or(false));
        options.namespace = given.namespace;
        options.since = given.since.map(|revision| whole("since", revision)).transpose()?;
        store.export_file(path, &options, told)
    };
    copied(lane, env, progress, later, copy, |report| ExportReport {
        revision: count(report.revision),
        hash: report.hash,
        records: count(report.records),
        bytes: count(report.bytes),
    })
}

pub(crate) fn import_file<'env>(
    store: statehold::Store,
    lane: &Lane,
    env: &'env Env,
    path: String,
    merge: bool,
    progress: Told<'env, TransferProgress>,
    later: bool,
) -> Result<Reply<'env, ImportReport>> {
    let copy = move |told: &mut dyn FnMut(statehold::TransferProgress)| {
        store.import_file(path, &ImportOptions::new().merge(merge), told)
    };
    copied(lane, env, progress, later, copy, |report| ImportReport {
        revision: count(report.revision),
        exported: count(report.exported),
        records: count(report.records),
        merged: report.merged,
    })
}

/// Brings a store to the present format.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn upgrade<'env>(
    env: &'env Env,
    path: String,
    backup: Option<String>,
    progress: Option<Function<'env, CopyProgress, ()>>,
    later: bool,
) -> Result<Reply<'env, UpgradeReport>> {
    let copy = move |told: &mut dyn FnMut(statehold::CopyProgress)| {
        let mut options = UpgradeOptions::new();
        options.backup = backup.map(Into::into);
        statehold::Store::upgrade_with(path, &options, told)
    };
    copied(&Lane::Write(Workers::default()), env, progress, later, copy, |report| UpgradeReport {
        path: report.path.display().to_string(),
        from_format: f64::from(report.from_format),
        to_format: f64::from(report.to_format),
        backup: report.backup.map(|path| path.display().to_string()),
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
