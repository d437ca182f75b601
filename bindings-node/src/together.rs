//! What one turn of the event loop writes, gathered and committed together.

use std::fmt::Write as _;
use std::mem::take;

use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Error, IncrementOptions, Store, Write, Written};

use crate::error::envelope;
use crate::namespace::Namespace;
use crate::options::Setting;
use crate::reply::{Lane, Reply};
use crate::value::{Content, Given, number, number_text, ttl};

/// A write whose arguments are yet to be checked, which is not done on the event loop.
type Gathered = Box<dyn FnOnce() -> statehold::Result<Write> + Send>;

/// The writes that were gathered on a store and not yet handed over.
#[napi]
pub struct Writes {
    store: Store,
    lane: Lane,
    gathered: Vec<Gathered>,
}

impl Writes {
    pub(crate) fn new(store: Store, lane: Lane) -> Self {
        Self { store, lane, gathered: Vec::new() }
    }
}

#[napi]
impl Writes {
    /// Adds the setting of a key.
    #[napi]
    pub fn set(&mut self, namespace: &Namespace, key: String, value: Content, options: Option<Setting>) {
        let (namespace, value) = (namespace.inner().clone(), Given::from(value));
        self.gathered
            .push(Box::new(move || Ok(namespace.to_set(key, value.value()?, Setting::options(options)?))));
    }

    /// Adds the deletion of a key.
    #[napi]
    pub fn delete(&mut self, namespace: &Namespace, key: String) {
        let namespace = namespace.inner().clone();
        self.gathered.push(Box::new(move || Ok(namespace.to_delete(key))));
    }

    /// Adds an addition to a number. Numbers are JSON texts.
    #[napi]
    pub fn increment(
        &mut self,
        namespace: &Namespace,
        key: String,
        by: String,
        initial: Option<String>,
        ttl_ms: Option<f64>,
    ) {
        let namespace = namespace.inner().clone();
        self.gathered.push(Box::new(move || {
            let mut options = IncrementOptions::new();
            options.ttl = ttl(ttl_ms)?;
            if let Some(initial) = initial {
                options.initial = number("initial", initial)?;
            }
            Ok(namespace.to_increment(key, number("by", by)?, options))
        }));
    }

    /// Commits all that was added, and gives a JSON array of what became of each: a revision, whether there was
    /// something, a number as its JSON text, or the envelope of an error.
    #[napi]
    pub fn commit<'env>(&mut self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        let (store, gathered) = (self.store.clone(), take(&mut self.gathered));
        self.lane.answer(env, later, move || Ok(told(commit(&store, gathered))), |told| told)
    }
}

fn commit(store: &Store, gathered: Vec<Gathered>) -> Vec<statehold::Result<Written>> {
    let (mut refused, mut writes) = (Vec::new(), Vec::with_capacity(gathered.len()));
    for (at, make) in gathered.into_iter().enumerate() {
        match make() {
            Ok(write) => writes.push(write),
            Err(error) => refused.push((at, error)),
        }
    }
    let mut results = store.write_together(writes);
    for (at, error) in refused {
        // From the first to the last, so that those before it are in their places.
        results.insert(at, Err(error));
    }
    results
}

fn told(results: Vec<statehold::Result<Written>>) -> String {
    let mut text = String::with_capacity(results.len() * 8 + 2);
    for result in results {
        text.push(if text.is_empty() { '[' } else { ',' });
        match result {
            Ok(Written::Set(revision)) => write!(text, "{revision}"),
            Ok(Written::Deleted(found)) => write!(text, "{found}"),
            Ok(Written::Incremented(sum)) => write!(text, "\"{}\"", number_text(sum)),
            Err(error) => write!(text, "{}", reason(&error)),
        }
        .expect("a string takes any text");
    }
    text.push_str(if text.is_empty() { "[]" } else { "]" });
    text
}

fn reason(error: &Error) -> String {
    envelope(error).reason.clone()
}
