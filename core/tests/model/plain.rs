//! The plain map, and what each operation means on it.

use std::collections::BTreeMap;

use serde_json::Value as JsonValue;
use statehold::Value;

use super::op::{By, Made, When};

/// What the store is to hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plain {
    pub(crate) rows: BTreeMap<(&'static str, String), Row>,
    /// The effective time.
    pub(crate) now: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) value: Held,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) expires: Option<i64>,
    pub(crate) ttl: Option<i64>,
    /// The revision, where an operation has told it; 0 in a transaction.
    pub(crate) revision: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Held {
    Json(JsonValue),
    Bytes(Vec<u8>),
}

impl From<&Made> for Held {
    fn from(made: &Made) -> Self {
        match made {
            Made::Json(text) => Self::Json(serde_json::from_str(text).unwrap()),
            Made::Bytes(bytes) => Self::Bytes(bytes.clone()),
        }
    }
}

impl From<&Value> for Held {
    fn from(value: &Value) -> Self {
        match value {
            Value::Json(json) => Self::Json(serde_json::from_str(json.as_str()).unwrap()),
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
        }
    }
}

/// What becomes of the expiry.
#[derive(Clone, Copy)]
pub(crate) enum Life {
    New(Option<u64>),
    /// A live key keeps its own; another gets this.
    Keep(Option<u64>),
}

impl Plain {
    pub(crate) fn live(&self, name: &'static str, key: &str) -> Option<&Row> {
        self.rows
            .get(&(name, key.to_owned()))
            .filter(|row| row.expires.is_none_or(|expires| expires > self.now))
    }

    pub(crate) fn put(
        &mut self,
        name: &'static str,
        key: &str,
        value: Held,
        life: Life,
        revision: Option<u64>,
    ) {
        let after = |ttl: Option<u64>| {
            let ttl = ttl.map(u64::cast_signed);
            (ttl.map(|ttl| self.now + ttl), ttl)
        };
        let before = self.live(name, key);
        let (expires, ttl) = match (life, before) {
            (Life::Keep(_), Some(before)) => (before.expires, before.ttl),
            (Life::New(ttl) | Life::Keep(ttl), _) => after(ttl),
        };
        let created = before.map_or(self.now, |before| before.created);
        let row = Row { value, created, updated: self.now, expires, ttl, revision };
        self.rows.insert((name, key.to_owned()), row);
    }

    pub(crate) fn remove(&mut self, name: &'static str, key: &str) -> Option<Row> {
        self.live(name, key)?;
        self.rows.remove(&(name, key.to_owned()))
    }

    /// Whether the key is there.
    pub(crate) fn set_ttl(&mut self, name: &'static str, key: &str, ttl: Option<i64>) -> bool {
        let now = self.now;
        let live = self.live(name, key).is_some();
        if live && let Some(row) = self.rows.get_mut(&(name, key.to_owned())) {
            (row.expires, row.ttl) = (ttl.map(|ttl| now + ttl), ttl);
        }
        live
    }

    /// Whether a condition holds.
    pub(crate) fn allows(&self, name: &'static str, key: &str, when: When) -> bool {
        let live = self.live(name, key);
        match when {
            When::Always => true,
            When::Absent => live.is_none(),
            When::Present => live.is_some(),
            // Inside a transaction a key that it wrote itself has no revision yet.
            When::AtIts => live.is_none_or(|row| row.revision != Some(0)),
            When::AtAnother => false,
        }
    }

    /// The live keys that match, in order.
    pub(crate) fn matching(&self, name: &'static str, pattern: &str) -> Vec<String> {
        let pattern: Vec<char> = pattern.chars().collect();
        let keys = self.rows.keys().filter(|(of, key)| *of == name && self.live(name, key).is_some());
        keys.map(|(_, key)| key.clone())
            .filter(|key| glob(&pattern, &key.chars().collect::<Vec<_>>()))
            .collect()
    }

    /// The sum that an increment gives; none if there is none.
    pub(crate) fn sum(&self, name: &'static str, key: &str, by: By, initial: i64) -> Option<JsonValue> {
        let start = match self.live(name, key) {
            None => JsonValue::from(initial),
            Some(Row { value: Held::Json(start @ JsonValue::Number(_)), .. }) => start.clone(),
            Some(_) => return None,
        };
        let whole =
            |number: &JsonValue| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        match (whole(&start), by) {
            (Some(start), By::Int(by)) => {
                let sum = start + i128::from(by);
                i64::try_from(sum)
                    .map(JsonValue::from)
                    .or_else(|_| u64::try_from(sum).map(JsonValue::from))
                    .ok()
            }
            (_, By::Int(by)) => {
                by.to_string().parse::<f64>().ok().map(|by| (start.as_f64().unwrap() + by).into())
            }
            (_, By::Float(by)) => Some((start.as_f64().unwrap() + by).into()),
        }
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self
            .rows
            .keys()
            .filter(|(name, key)| self.live(name, key).is_some())
            .map(|(name, _)| *name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// RFC 7396, as its section 2 has it.
pub(crate) fn merged(target: Option<&JsonValue>, patch: &JsonValue) -> JsonValue {
    let JsonValue::Object(patch) = patch else { return patch.clone() };
    let mut target = match target {
        Some(JsonValue::Object(target)) => target.clone(),
        _ => serde_json::Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            let value = merged(target.get(name), value);
            target.insert(name.clone(), value);
        }
    }
    JsonValue::Object(target)
}

/// As plain as it gets; the patterns are short.
#[allow(clippy::match_same_arms)] // one arm a part of a pattern
fn glob(pattern: &[char], key: &[char]) -> bool {
    match (pattern, key) {
        ([], []) => true,
        (['*', rest @ ..], _) => (0..=key.len()).any(|from| glob(rest, &key[from..])),
        (['?', rest @ ..], [_, key @ ..]) => glob(rest, key),
        (['\\', wanted, rest @ ..], [found, key @ ..]) => wanted == found && glob(rest, key),
        (['[', '!', unwanted, ']', rest @ ..], [found, key @ ..]) => unwanted != found && glob(rest, key),
        (['[', low, '-', high, ']', rest @ ..], [found, key @ ..]) => {
            (low..=high).contains(&found) && glob(rest, key)
        }
        ([wanted, rest @ ..], [found, key @ ..]) => wanted == found && glob(rest, key),
        _ => false,
    }
}
