//! The store and snapshots.

use std::collections::HashMap;
use std::task::Poll;

use napi::bindgen_prelude::{ArrayBuffer, Either, Either3, Function};
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{CommitSign, NamespaceOptions};

use crate::case::cases;
use crate::clock::ManualClock;
use crate::environment::Environments;
use crate::error::envelope;
use crate::event::{EventQueue, Wake};
use crate::fault::Faults;
use crate::journal::{JournalCheck, JournalRow, LostCommits};
use crate::mock::{MockCloud, MockMaking};
use crate::namespace::{Known, Namespace, SnapshotNamespace};
use crate::operations::operations;
use crate::options::{Running, Watching, open_options};
use crate::plugin::PluginStates;
use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::together::Writes;
use crate::transaction::{Atomic, Attempts};
use crate::value::{Texts, count, ttl, whole};
use crate::watch::Watch;

/// An open store.
#[napi]
pub struct Store {
    inner: statehold::Store,
    workers: Workers,
    recall_bytes: usize,
}

/// Which part of what may be kept is kept by JavaScript.
const RECALLED: usize = 4;

/// Opens a store.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn open<'env>(
    env: &'env Env,
    path: String,
    options: HashMap<String, Either3<bool, f64, String>>,
    clock: Option<&ManualClock>,
    later: bool,
) -> Result<Reply<'env, Store>> {
    let clock = clock.map(|clock| clock.inner.clone());
    let faults = matches!(options.get("faults"), Some(Either3::A(true)));
    let workers = Workers::of(faults);
    let lane = Lane::Write(workers.clone());
    let work = move || {
        let mut options = open_options(options)?;
        if let Some(clock) = clock {
            options = options.clock(clock);
        }
        let recall_bytes = options.lend_cache_bytes(RECALLED);
        Ok(Store { inner: options.open(path)?, workers, recall_bytes })
    };
    lane.answer(env, later, work, |store| store)
}

pub(crate) fn namespace_options(ttl_ms: Option<f64>, sliding: bool) -> Result<NamespaceOptions> {
    let mut options = NamespaceOptions::new().sliding(sliding);
    options.ttl = ttl(ttl_ms).map_err(|error| envelope(&error))?;
    Ok(options)
}

impl Store {
    fn writes(&self) -> Lane {
        Lane::Write(self.workers.clone())
    }

    fn reads(&self) -> Lane {
        Lane::of_reads(&self.workers)
    }
}

#[napi]
impl Store {
    /// A namespace.
    #[napi]
    pub fn namespace(&self, name: String, ttl_ms: Option<f64>, sliding: bool) -> Result<Namespace> {
        let inner = self.inner.namespace_with(&name, namespace_options(ttl_ms, sliding)?);
        Ok(Namespace::of_store(inner, sliding, &self.workers))
    }

    /// Where writes are gathered that are committed together; none where each is a call of its own.
    #[napi]
    pub fn writes_together(&self) -> Option<Writes> {
        (!self.workers.are_patient()).then(|| Writes::new(self.inner.clone(), self.writes()))
    }

    /// How many bytes of what was read JavaScript may keep.
    #[napi]
    pub fn recall_bytes(&self) -> f64 {
        count(self.recall_bytes as u64)
    }

    /// Memory that is another one after each commit of anybody; none if there is none, or none yet.
    #[napi]
    pub fn commit_sign<'env>(&self, env: &'env Env) -> Option<ArrayBuffer<'env>> {
        let sign = self.inner.commit_sign()?;
        let address = sign.address().cast_mut();
        // SAFETY: the memory is so long and is there until the sign is dropped, which the buffer does at its end. No other
        // buffer is made of it, and nobody writes to it: the buffer stays inside of this package.
        #[allow(unsafe_code, reason = "there is no other way to memory that JavaScript reads without a call")]
        let buffer = unsafe {
            ArrayBuffer::from_external(env, address, CommitSign::LENGTH, sign, |_, sign| drop(sign))
        };
        // Where memory of others is refused, a buffer of the engine's own has a copy, which would never change.
        buffer.ok().filter(|buffer| buffer.as_ptr() == address.cast_const())
    }

    /// What has been changed from one value of the first half of that memory to another, which follow each other in
    /// `headers`: a JSON array of namespace, key, namespace, key, …, in the order of the commits. Null if that is not
    /// known, undefined if it may be known soon.
    #[napi(ts_return_type = "string | null | undefined")]
    pub fn changed_between(&self, headers: &[u8]) -> Known<Option<String>> {
        let (halves, _) = headers.as_chunks();
        let [from, to] = halves else { return Either::A(None) };
        match self.inner.changed_between(*from, *to) {
            Poll::Ready(changed) => Either::A(changed.map(|changed| {
                let texts = changed.iter().flat_map(|(namespace, key)| [&**namespace, &**key]);
                texts.collect::<Texts>().array()
            })),
            Poll::Pending => Either::B(()),
        }
    }

    /// The namespaces that hold a live key.
    #[napi]
    pub fn namespaces<'env>(
        &self,
        env: &'env Env,
        pattern: String,
        later: bool,
    ) -> Result<Reply<'env, Vec<String>>> {
        let inner = self.inner.clone();
        self.reads().answer(env, later, move || inner.namespaces(&pattern), |names| names)
    }

    /// The tries of a transaction.
    #[napi]
    pub fn attempts(&self, options: Option<Running>) -> Result<Attempts> {
        let options = Running::options(options).map_err(|error| envelope(&error))?;
        Ok(Attempts::new(self.inner.attempts(options), self.workers.clone()))
    }

    /// A list of checks and mutations.
    #[napi]
    pub fn atomic(&self) -> Atomic {
        Atomic::new(self.inner.atomic(), self.writes())
    }

    /// The store as of this moment.
    #[napi]
    pub fn snapshot<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Snapshot>> {
        let inner = self.inner.clone();
        let reads = self.reads();
        let work = move || Ok((inner.snapshot()?, reads));
        self.reads().answer(env, later, work, |(inner, reads)| Snapshot { inner, reads })
    }

    /// Removes what has expired.
    #[napi]
    pub fn purge_expired<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.writes().answer(env, later, move || inner.purge_expired(), count)
    }

    /// Makes every commit so far durable.
    #[napi]
    pub fn flush<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.writes().answer(env, later, move || inner.flush(), |()| ())
    }

    /// The last revision.
    #[napi]
    pub fn revision<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.reads().answer(env, later, move || inner.revision(), count)
    }

    /// Rows of the journal.
    #[napi]
    pub fn journal<'env>(
        &self,
        env: &'env Env,
        after: f64,
        limit: f64,
        later: bool,
    ) -> Result<Reply<'env, Vec<JournalRow>>> {
        let inner = self.inner.clone();
        let work = move || {
            let limit = usize::try_from(whole("limit", limit)?).unwrap_or(usize::MAX);
            inner.journal(whole("after", after)?, limit)
        };
        self.reads().answer(env, later, work, |rows| rows.into_iter().map(JournalRow::from).collect())
    }

    /// What makes its operations slow, or fail.
    #[napi]
    pub fn faults(&self) -> Faults {
        Faults::new(self.inner.faults(), &self.workers)
    }

    /// A mock cloud.
    #[napi]
    pub fn mock_cloud(&self, name: String, making: MockMaking) -> Result<MockCloud> {
        let options = making.options().map_err(|error| envelope(&error))?;
        Ok(MockCloud::of_store(self.inner.mock_cloud_with(&name, options), &self.workers))
    }

    /// The mock clouds that there are.
    #[napi]
    pub fn mock_clouds<'env>(
        &self,
        env: &'env Env,
        pattern: String,
        later: bool,
    ) -> Result<Reply<'env, Vec<String>>> {
        let inner = self.inner.clone();
        self.reads().answer(env, later, move || inner.mock_clouds(&pattern), |names| names)
    }

    /// Deletes a mock cloud.
    #[napi]
    pub fn delete_mock_cloud<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes().answer(env, later, move || inner.delete_mock_cloud(&name), |was| was)
    }

    /// The states of all plugins.
    #[napi]
    pub fn plugin_states(&self) -> PluginStates {
        PluginStates::of_store(self.inner.plugin_states(), &self.workers)
    }

    /// The environments.
    #[napi]
    pub fn environments(&self) -> Environments {
        Environments::of_store(self.inner.environments(), &self.workers)
    }

    /// What happens; `wake` is called when there is something to be taken.
    #[napi]
    pub fn events(&self, #[napi(ts_arg_type = "() => void")] wake: Wake) -> EventQueue {
        EventQueue::new(self.inner.clone(), wake)
    }

    /// Watches for changes.
    #[napi]
    pub fn watch<'env>(
        &self,
        env: &'env Env,
        options: Option<Watching>,
        later: bool,
    ) -> Result<Reply<'env, Watch>> {
        let inner = self.inner.clone();
        self.reads().answer(env, later, move || inner.watch(Watching::options(options)?), Watch::new)
    }

    /// Recomputes the journal's chain of hashes.
    #[napi]
    pub fn verify_journal<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, JournalCheck>> {
        let inner = self.inner.clone();
        self.reads().answer(env, later, move || inner.verify_journal(), JournalCheck::from)
    }

    /// The commits that were lost before it was opened.
    #[napi]
    pub fn lost_commits(&self) -> Option<LostCommits> {
        let lost = self.inner.lost_commits()?;
        Some(LostCommits { expected: count(lost.expected), found: count(lost.found) })
    }

    /// The file.
    #[napi]
    pub fn path(&self) -> String {
        self.inner.path().display().to_string()
    }

    /// Closes it.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        self.writes().answer(env, later, move || inner.close(), |()| ())
    }

    /// Whether it was closed.
    #[napi]
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

cases!(Store);
operations!(Store);

/// The store as of one moment.
#[napi]
pub struct Snapshot {
    inner: statehold::Snapshot,
    reads: Lane,
}

#[napi]
impl Snapshot {
    /// A namespace as of the moment.
    #[napi]
    pub fn namespace(&self, name: String) -> SnapshotNamespace {
        SnapshotNamespace::new(self.inner.namespace(&name), &self.reads)
    }

    /// The last revision that it shows.
    #[napi]
    pub fn revision(&self) -> f64 {
        count(self.inner.revision())
    }

    /// Ends it.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, ()>> {
        let inner = self.inner.clone();
        let work = move || {
            inner.close();
            Ok(())
        };
        Lane::Read.answer(env, later, work, |()| ())
    }
}
