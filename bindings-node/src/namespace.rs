//! Namespaces: of the store, of a transaction, of a snapshot.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use napi::bindgen_prelude::Either;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Claimed, IncrementOptions, Json, Value};

use crate::options::{Listing, Setting};
use crate::pool::Workers;
use crate::reply::{Lane, Reply, at_once};
use crate::update::Update;
use crate::value::{
    Content, Entries, Given, GivenEntries, Pairs, Texts, content, count, keys, number, number_text, pairs,
    span_ms, time_ms, ttl,
};
use crate::watch::Watch;

/// An isolated set of keys.
#[napi]
pub struct Namespace {
    inner: statehold::Namespace,
    reads: Lane,
    writes: Lane,
}

impl Namespace {
    pub(crate) fn of_store(inner: statehold::Namespace, sliding: bool, workers: &Workers) -> Self {
        let writes = Lane::Write(workers.clone());
        // Where reading renews a TTL, it commits.
        let reads = if sliding { writes.clone() } else { Lane::of_reads(workers) };
        Self { inner, reads, writes }
    }

    pub(crate) fn in_transaction(inner: statehold::Namespace, lane: Lane) -> Self {
        Self { inner, reads: lane.clone(), writes: lane }
    }

    pub(crate) fn inner(&self) -> &statehold::Namespace {
        &self.inner
    }

    fn reads(&self) -> &Lane {
        &self.reads
    }
}

/// A namespace as it was at one moment.
#[napi]
pub struct SnapshotNamespace {
    inner: statehold::SnapshotNamespace,
    reads: Lane,
}

impl SnapshotNamespace {
    pub(crate) fn new(inner: statehold::SnapshotNamespace, reads: &Lane) -> Self {
        Self { inner, reads: reads.clone() }
    }

    fn reads(&self) -> &Lane {
        &self.reads
    }
}

/// A value with its revision and times.
#[napi(object)]
pub struct Entry {
    /// JSON text, or bytes.
    pub value: Content,
    /// The revision that wrote it.
    pub revision: f64,
    /// When the key came to be, in milliseconds since 1970.
    pub created_at_ms: f64,
    /// When the value was last written.
    pub updated_at_ms: f64,
    /// When the key expires.
    pub expires_at_ms: Option<f64>,
}

impl From<statehold::Entry> for Entry {
    fn from(entry: statehold::Entry) -> Self {
        Self {
            value: content(entry.value),
            revision: count(entry.revision),
            created_at_ms: time_ms(entry.created_at),
            updated_at_ms: time_ms(entry.updated_at),
            expires_at_ms: entry.expires_at.map(time_ms),
        }
    }
}

/// What reads, on a live namespace and on one of a snapshot.
macro_rules! reading {
    ($namespace:ident) => {
        #[napi]
        impl $namespace {
            /// The value of a key.
            #[napi]
            pub fn get<'env>(
                &self,
                env: &'env Env,
                key: String,
                later: bool,
            ) -> Result<Reply<'env, Option<Content>>> {
                if !later {
                    let found = at_once(|| self.inner.get_value(&key))?;
                    return Ok(Either::A(found.map(content)));
                }
                let inner = self.inner.clone();
                self.reads().answer(env, later, move || inner.get_value(&key), |found| found.map(content))
            }

            /// The value of a key with its revision and times.
            #[napi]
            pub fn entry<'env>(
                &self,
                env: &'env Env,
                key: String,
                later: bool,
            ) -> Result<Reply<'env, Option<Entry>>> {
                let inner = self.inner.clone();
                self.reads().answer(env, later, move || inner.entry(&key), |found| found.map(Entry::from))
            }

            /// Whether a key is there.
            #[napi]
            pub fn exists<'env>(
                &self,
                env: &'env Env,
                key: String,
                later: bool,
            ) -> Result<Reply<'env, bool>> {
                let inner = self.inner.clone();
                self.reads().answer(env, later, move || inner.exists(&key), |found| found)
            }

            /// How many milliseconds a key still lives.
            #[napi]
            pub fn get_ttl<'env>(
                &self,
                env: &'env Env,
                key: String,
                later: bool,
            ) -> Result<Reply<'env, Option<f64>>> {
                let inner = self.inner.clone();
                self.reads().answer(env, later, move || inner.get_ttl(&key), |left| left.map(span_ms))
            }

            /// The keys that match, in a JSON array.
            #[napi]
            pub fn list<'env>(
                &self,
                env: &'env Env,
                pattern: String,
                options: Option<Listing>,
                later: bool,
            ) -> Result<Reply<'env, String>> {
                let inner = self.inner.clone();
                let work = move || {
                    let mut keys = Texts::default();
                    inner.list_each(&pattern, &Listing::options(options)?, |key| keys.push(key))?;
                    Ok(keys.array())
                };
                self.reads().answer(env, later, work, |keys| keys)
            }

            /// The keys that match with their values, page by page.
            #[napi]
            pub fn items(&self, pattern: String, options: Option<Listing>) -> Result<Items> {
                let items =
                    Listing::options(options).and_then(|options| self.inner.items_with(&pattern, &options));
                let items = items.map_err(|error| crate::error::envelope(&error))?;
                Ok(Items { inner: Arc::new(Mutex::new(items)), reads: self.reads().clone() })
            }

            /// How many keys match.
            #[napi]
            pub fn count<'env>(
                &self,
                env: &'env Env,
                pattern: String,
                later: bool,
            ) -> Result<Reply<'env, f64>> {
                let inner = self.inner.clone();
                self.reads().answer(env, later, move || inner.count(&pattern), count)
            }

            /// The values of those keys that are there; `wanted` is a JSON array.
            #[napi]
            pub fn batch_get<'env>(
                &self,
                env: &'env Env,
                wanted: String,
                later: bool,
            ) -> Result<Reply<'env, Pairs>> {
                let inner = self.inner.clone();
                self.reads().answer(env, later, move || inner.batch_get(&keys(&wanted)?), pairs)
            }
        }
    };
}

reading!(Namespace);
reading!(SnapshotNamespace);

/// What is known without a look at the file, or undefined: then the call has to be made.
pub(crate) type Known<T> = Either<T, ()>;

fn known<T, J>(
    look: impl FnOnce() -> statehold::Result<Poll<T>>,
    show: impl FnOnce(T) -> J,
) -> Result<Known<J>> {
    Ok(match at_once(look)? {
        Poll::Ready(found) => Either::A(show(found)),
        Poll::Pending => Either::B(()),
    })
}

#[napi]
impl Namespace {
    /// The value of a key, if it is known; null if it is known that there is none. JSON that never expires comes as its
    /// text: it may be kept until somebody commits.
    #[napi(ts_return_type = "string | Held | null | undefined")]
    pub fn known_value(&self, key: String) -> Result<Known<Option<Either<String, Held>>>> {
        let show = |entry: statehold::Entry| match (entry.expires_at, entry.value) {
            (None, Value::Json(json)) => Either::A(json.into_string()),
            (_, value) => Either::B(Held { value: content(value) }),
        };
        known(|| self.inner.poll_entry(&key), |found| found.map(show))
    }

    /// The value of a key with its revision and times, if it is known.
    #[napi(ts_return_type = "Entry | null | undefined")]
    pub fn known_entry(&self, key: String) -> Result<Known<Option<Entry>>> {
        known(|| self.inner.poll_entry(&key), |found| found.map(Entry::from))
    }

    /// Whether a key is there, if it is known.
    #[napi(ts_return_type = "boolean | undefined")]
    pub fn known_existence(&self, key: String) -> Result<Known<bool>> {
        known(|| self.inner.poll_exists(&key), |found| found)
    }

    /// The values of those keys that are there, if all are known; `wanted` is a JSON array.
    #[napi(ts_return_type = "Pairs | undefined")]
    pub fn known_batch(&self, wanted: String) -> Result<Known<Pairs>> {
        known(|| self.inner.poll_batch(&keys(&wanted)?), pairs)
    }

    /// The JSON texts of these keys, null for one that is not there, if all are known and none expires or is bytes: they
    /// may be kept until somebody commits. `wanted` is a JSON array.
    #[napi(ts_return_type = "(string | null)[] | undefined")]
    pub fn known_texts(&self, wanted: String) -> Result<Known<Vec<Option<String>>>> {
        let look = || {
            let wanted = keys(&wanted)?;
            let Poll::Ready(entries) = self.inner.poll_entries(&wanted)? else { return Ok(Poll::Pending) };
            let mut found = HashMap::with_capacity(entries.len());
            for (key, entry) in entries {
                let (None, Value::Json(json)) = (entry.expires_at, entry.value) else {
                    return Ok(Poll::Pending);
                };
                found.insert(key, json.into_string());
            }
            Ok(Poll::Ready(wanted.iter().map(|key| found.get(key).cloned()).collect()))
        };
        known(look, |texts| texts)
    }

    /// Sets a key.
    #[napi]
    pub fn set<'env>(
        &self,
        env: &'env Env,
        key: String,
        value: Content,
        options: Option<Setting>,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let (inner, value) = (self.inner.clone(), Given::from(value));
        let work = move || inner.set_value(&key, value.value()?, &Setting::options(options)?);
        self.writes.answer(env, later, work, count)
    }

    /// Deletes a key.
    #[napi]
    pub fn delete<'env>(&self, env: &'env Env, key: String, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.delete(&key), |found| found)
    }

    /// Deletes a key and gives what it held.
    #[napi]
    pub fn pop<'env>(
        &self,
        env: &'env Env,
        key: String,
        later: bool,
    ) -> Result<Reply<'env, Option<Content>>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.pop(&key), |found| found.map(content))
    }

    /// Changes when a key expires.
    #[napi]
    pub fn set_ttl<'env>(
        &self,
        env: &'env Env,
        key: String,
        ttl_ms: Option<f64>,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.set_ttl(&key, ttl(ttl_ms)?), |found| found)
    }

    /// Renews a key.
    #[napi]
    pub fn touch<'env>(&self, env: &'env Env, key: String, later: bool) -> Result<Reply<'env, bool>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.touch(&key), |found| found)
    }

    /// Sets many keys.
    #[napi]
    pub fn batch_set<'env>(
        &self,
        env: &'env Env,
        entries: Entries,
        ttl_ms: Option<f64>,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let (inner, entries) = (self.inner.clone(), GivenEntries::from(entries));
        self.writes.answer(env, later, move || inner.batch_set(entries.pairs()?, ttl(ttl_ms)?), count)
    }

    /// Deletes many keys; `unwanted` is a JSON array.
    #[napi]
    pub fn batch_delete<'env>(
        &self,
        env: &'env Env,
        unwanted: String,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.batch_delete(&keys(&unwanted)?), count)
    }

    /// Adds to a number. Numbers are JSON texts.
    #[napi]
    pub fn increment<'env>(
        &self,
        env: &'env Env,
        key: String,
        by: String,
        initial: Option<String>,
        ttl_ms: Option<f64>,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        let inner = self.inner.clone();
        let work = move || {
            let mut options = IncrementOptions::new();
            options.ttl = ttl(ttl_ms)?;
            if let Some(initial) = initial {
                options.initial = number("initial", initial)?;
            }
            inner.increment_with(&key, number("by", by)?, &options)
        };
        self.writes.answer(env, later, work, number_text)
    }

    /// Applies a merge patch.
    #[napi]
    pub fn merge<'env>(
        &self,
        env: &'env Env,
        key: String,
        patch: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        let inner = self.inner.clone();
        let work = move || inner.merge(&key, &Json::new(patch)?);
        self.writes.answer(env, later, work, Json::into_string)
    }

    /// Begins to change a value by a function of it.
    #[napi]
    pub fn begin_update<'env>(
        &self,
        env: &'env Env,
        key: String,
        later: bool,
    ) -> Result<Reply<'env, Update>> {
        let (inner, writes) = (self.inner.clone(), self.writes.clone());
        let work = move || Ok((inner.begin_update(&key)?, writes));
        self.writes.answer(env, later, work, Update::new)
    }

    /// The value of a key, or the right to make it, or null while another has that right.
    #[napi]
    pub fn get_or_claim<'env>(
        &self,
        env: &'env Env,
        key: String,
        ttl_ms: Option<f64>,
        later: bool,
    ) -> Result<Reply<'env, Option<Either<Held, Claim>>>> {
        let inner = self.inner.clone();
        let writes = self.writes.clone();
        let work = move || {
            // A TTL that can't be one is refused before anything is made for it.
            ttl(ttl_ms)?;
            Ok((inner.get_or_claim(&key)?, writes))
        };
        self.writes.answer(env, later, work, |(claimed, writes)| match claimed {
            Claimed::Value(value) => Some(Either::A(Held { value: content(value) })),
            Claimed::Claim(claim) => Some(Either::B(Claim { inner: Mutex::new(Some(claim)), writes })),
            Claimed::Taken => None,
        })
    }

    /// Deletes every key.
    #[napi]
    pub fn clear<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.clear(), count)
    }

    /// Deletes every key that matches.
    #[napi]
    pub fn delete_matching<'env>(
        &self,
        env: &'env Env,
        pattern: String,
        later: bool,
    ) -> Result<Reply<'env, f64>> {
        let inner = self.inner.clone();
        self.writes.answer(env, later, move || inner.delete_matching(&pattern), count)
    }

    /// Watches for changes.
    #[napi]
    pub fn watch<'env>(&self, env: &'env Env, pattern: String, later: bool) -> Result<Reply<'env, Watch>> {
        let inner = self.inner.clone();
        self.reads.answer(env, later, move || inner.watch(&pattern), Watch::new)
    }
}

/// A value.
#[napi(object)]
pub struct Held {
    /// JSON text, or bytes.
    pub value: Content,
}

/// The right to make the value of a missing key.
#[napi]
pub struct Claim {
    inner: Mutex<Option<statehold::Claim>>,
    writes: Lane,
}

#[napi]
impl Claim {
    /// Sets the key and gives up the right.
    #[napi]
    pub fn set<'env>(
        &self,
        env: &'env Env,
        value: Content,
        ttl_ms: Option<f64>,
        later: bool,
    ) -> Result<Reply<'env, ()>> {
        let (claim, value) = (self.take(), Given::from(value));
        let work = move || {
            let options = Setting {
                ttl_ms,
                keep_ttl: None,
                only_if_absent: None,
                only_if_present: None,
                if_revision: None,
            };
            let options = Setting::options(Some(options))?;
            claim.map_or(Ok(()), |claim| claim.set(value.value()?, &options).map(|_| ()))
        };
        self.writes.answer(env, later, work, |()| ())
    }

    /// Lets the next caller have it.
    #[napi]
    pub fn release(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<statehold::Claim> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Keys with their values, page by page.
#[napi]
pub struct Items {
    inner: Arc<Mutex<statehold::Items>>,
    reads: Lane,
}

#[napi]
impl Items {
    /// The next page; empty at the end.
    #[napi]
    pub fn next_page<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, Pairs>> {
        let inner = self.inner.clone();
        let work = move || inner.lock().unwrap_or_else(PoisonError::into_inner).next_page();
        self.reads.answer(env, later, work, pairs)
    }
}
