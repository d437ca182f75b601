//! What of a namespace is kept in memory: the row of a key, with or without its value, or that there is none. Whether a
//! row lives is judged when it is asked for. A row that has expired is kept as none: it never comes back.

use super::Namespace;
use super::read::batch_get;
use crate::engine::{Filling, Looked};
use crate::error::Result;
use crate::json::Json;
use crate::store::Store;
use crate::value::{Stored, Times, Value};

/// The length of what is kept before the value: a byte that tells what there is, and five numbers.
pub(super) const HEAD: usize = 1 + 5 * 8;
/// What there is: an expiry, a TTL, a value, and that it is JSON.
const EXPIRES: u8 = 1;
const TTL: u8 = 2;
pub(super) const VALUE: u8 = 4;
pub(super) const JSON: u8 = 8;

impl Namespace {
    /// The live row of a key of the store. Names are checked where nothing is kept: what is kept was asked for before.
    pub(super) fn find_in_store(&self, store: &Store, key: &str) -> Result<Option<Stored>> {
        self.options.check()?;
        match store.shared().engine.look(&self.name, key, row) {
            Ok(Looked::Hit(found)) => Ok(found.filter(|found| lives(store, &found.times))),
            Ok(Looked::Miss(filling)) => {
                self.check_key(key)?;
                let found = self.view(|view| view.find(key))?;
                self.keep(store, &filling, key, found.as_ref());
                Ok(found)
            }
            Err(error) => self.check_key(key).and(Err(error)),
        }
    }

    /// The live row of a key of the store without its value.
    pub(super) fn find_times_in_store(&self, store: &Store, key: &str) -> Result<Option<Times>> {
        self.options.check()?;
        let engine = &store.shared().engine;
        match engine.look(&self.name, key, |body| Some(body.map(times))) {
            Ok(Looked::Hit(found)) => Ok(found.filter(|times| lives(store, times))),
            Ok(Looked::Miss(filling)) => {
                self.check_key(key)?;
                let found = self.view(|view| view.find_times(key))?;
                let head = found.as_ref().map(|times| head(times, 0));
                engine.keep(
                    &filling,
                    &self.name,
                    key,
                    head.as_ref().map(|head| [&head[..]]).as_ref().map(|body| &body[..]),
                );
                Ok(found)
            }
            Err(error) => self.check_key(key).and(Err(error)),
        }
    }

    /// The live rows of those keys of the store that are there, as of one moment.
    pub(super) fn batch_in_store(&self, store: &Store, keys: &[&str]) -> Result<Vec<(String, Stored)>> {
        match store.shared().engine.look_together(&self.name, keys, row)? {
            Looked::Hit(found) => Ok(keys
                .iter()
                .zip(found)
                .filter_map(|(key, found)| Some(((*key).to_owned(), found?)))
                .filter(|(_, found)| lives(store, &found.times))
                .collect()),
            Looked::Miss(filling) => {
                let found = self.view_together(|view| batch_get(view, keys))?;
                let mut rows = found.iter().peekable();
                for key in keys {
                    // What was found is in the order of the keys.
                    let row = rows.next_if(|(found, _)| found == key);
                    self.keep(store, &filling, key, row.map(|(_, row)| row));
                }
                Ok(found)
            }
        }
    }

    fn keep(&self, store: &Store, filling: &Filling, key: &str, found: Option<&Stored>) {
        let engine = &store.shared().engine;
        let Some(Stored { value, times }) = found else {
            return engine.keep(filling, &self.name, key, None);
        };
        let (kind, bytes) = match value {
            Value::Json(json) => (VALUE | JSON, json.as_str().as_bytes()),
            Value::Bytes(bytes) => (VALUE, &**bytes),
        };
        engine.keep(filling, &self.name, key, Some(&[&head(times, kind), bytes]));
    }
}

pub(super) fn lives(store: &Store, times: &Times) -> bool {
    times.expires_ms.is_none_or(|expires| expires > store.shared().engine.shared_now())
}

fn head(times: &Times, kind: u8) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    let has = |number: Option<i64>, flag| if number.is_some() { flag } else { 0 };
    head[0] = kind | has(times.expires_ms, EXPIRES) | has(times.ttl_ms, TTL);
    let numbers = [
        times.revision.cast_signed(),
        times.created_ms,
        times.updated_ms,
        times.expires_ms.unwrap_or_default(),
        times.ttl_ms.unwrap_or_default(),
    ];
    for (bytes, number) in head[1..].as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
        *bytes = number.to_ne_bytes();
    }
    head
}

pub(super) fn times(body: &[u8]) -> Times {
    let (numbers, _) = body[1..HEAD].as_chunks::<8>();
    let number = |at: usize| i64::from_ne_bytes(numbers[at]);
    Times {
        revision: number(0).cast_unsigned(),
        created_ms: number(1),
        updated_ms: number(2),
        expires_ms: (body[0] & EXPIRES != 0).then(|| number(3)),
        ttl_ms: (body[0] & TTL != 0).then(|| number(4)),
    }
}

/// The whole row; none if only its times were kept.
#[allow(clippy::option_option)] // what is kept may be nothing, and it may not be enough
pub(super) fn row(body: Option<&[u8]>) -> Option<Option<Stored>> {
    let Some(body) = body else { return Some(None) };
    if body[0] & VALUE == 0 {
        return None;
    }
    let bytes = &body[HEAD..];
    let value = if body[0] & JSON == 0 {
        Value::Bytes(bytes.to_vec())
    } else {
        let text = std::str::from_utf8(bytes).expect("it was a text when it was kept");
        Value::Json(Json::trusted(text.to_owned()))
    };
    Some(Some(Stored { value, times: times(body) }))
}
