//! Runs each step on a store and on the plain map, and compares.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use statehold::{
    Error, IncrementOptions, Json, ListOptions, ManualClock, Namespace, Number, Result, SetOptions, Store,
    Transaction, TransactionOptions, Value,
};

use super::common::{assert_journal_whole, ms, new_path, still};
use super::op::{By, Inner, Made, NAMES, Op, Step, When};
use super::plain::{Held, Life, Plain, merged};

const START: Duration = Duration::from_secs(1_700_000_000);

pub(crate) struct Run {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
    clock: ManualClock,
    wall: i64,
    store: Store,
    plain: Plain,
}

fn time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms.unsigned_abs())
}

fn value(made: &Made) -> Value {
    match made {
        Made::Json(text) => Value::Json(Json::new(*text).unwrap()),
        Made::Bytes(bytes) => Value::Bytes(bytes.clone()),
    }
}

impl Run {
    pub(crate) fn new() -> Self {
        let (folder, path) = new_path();
        let clock = ManualClock::at(UNIX_EPOCH + START);
        let store = open(&clock, &path);
        let now = i64::try_from(START.as_millis()).unwrap();
        let plain = Plain { now, ..Plain::default() };
        let run = Self { _folder: folder, path, clock, wall: now, store, plain };
        // What the store has not seen of the time can't hold it from going back.
        run.look();
        run
    }

    pub(crate) fn step(&mut self, step: &Step) {
        match step {
            Step::Op(name, op) => apply(&self.store.namespace(name), &mut self.plain, name, op, false),
            Step::Transaction { steps, commit } => self.transaction(steps, *commit),
            Step::Advance(by) => {
                self.clock.advance(ms(*by));
                self.wall += by.cast_signed();
                // While the clock is behind what was seen, time goes on at the clock's pace.
                let paced = self.plain.now + by.cast_signed();
                self.plain.now = if self.wall >= self.plain.now { self.wall } else { paced };
                self.look();
            }
            Step::Back(by) => {
                self.wall -= by.cast_signed();
                self.clock.set(time(self.wall));
                self.look();
            }
            Step::Purge => {
                self.store.purge_expired().unwrap();
                assert_eq!(self.store.purge_expired().unwrap(), 0, "nothing is left to purge");
                let now = self.plain.now;
                self.plain.rows.retain(|_, row| row.expires.is_none_or(|at| at > now));
            }
            Step::Reopen => {
                self.store.close().unwrap();
                self.store = open(&self.clock, &self.path);
                assert_eq!(self.store.lost_commits(), None);
                self.look();
            }
        }
    }

    /// The store sees the clock, and lists the namespaces that hold something.
    fn look(&self) {
        assert_eq!(self.store.namespaces("*").unwrap(), self.plain.names());
    }

    fn transaction(&mut self, steps: &[Inner], commit: bool) {
        let tx = self.store.begin(TransactionOptions::new()).unwrap();
        let mut inside = self.plain.clone();
        run_inner(&tx, &mut inside, steps);
        if !commit {
            tx.rollback();
            assert!(matches!(tx.commit(), Err(Error::Closed { .. })));
            return;
        }
        let before = self.store.revision().unwrap();
        let receipt = tx.commit().unwrap();
        assert!(receipt.revision == before || receipt.revision == before + 1, "one commit, or none");
        assert_eq!(tx.receipt(), Some(receipt.clone()));
        for row in inside.rows.values_mut().filter(|row| row.revision == Some(0)) {
            assert_eq!(receipt.revision, before + 1, "something was written");
            row.revision = Some(receipt.revision);
        }
        self.plain = inside;
    }

    pub(crate) fn compare_all(&self) {
        self.look();
        for name in NAMES {
            let found = self.store.namespace(name);
            let wanted = self.plain.matching(name, "*");
            assert_eq!(found.list("*").unwrap(), wanted);
            for key in &wanted {
                compare(&found, &self.plain, name, key);
            }
        }
        assert_journal_whole(&self.store);
    }
}

fn open(clock: &ManualClock, path: &std::path::Path) -> Store {
    still(clock).durability(statehold::Durability::Normal).open(path).unwrap()
}

fn run_inner(tx: &Transaction, plain: &mut Plain, steps: &[Inner]) {
    for step in steps {
        match step {
            Inner::Op(name, op) => apply(&tx.namespace(name), plain, name, op, true),
            Inner::Savepoint { steps, keep } => {
                let mut inside = plain.clone();
                let result = tx.savepoint(|tx| {
                    run_inner(tx, &mut inside, steps);
                    if *keep {
                        Ok(())
                    } else {
                        Err(Error::KeyNotFound { namespace: String::new(), key: String::new() })
                    }
                });
                assert_eq!(result.is_ok(), *keep);
                if *keep {
                    *plain = inside;
                }
            }
        }
    }
}

/// Compares one key with all that is known of it.
fn compare(found: &Namespace, plain: &Plain, name: &'static str, key: &str) {
    let wanted = plain.live(name, key);
    let entry = found.entry(key).unwrap();
    assert_eq!(found.exists(key).unwrap(), wanted.is_some());
    let left = match (found.get_ttl(key), wanted) {
        (Err(Error::KeyNotFound { .. }), None) => None,
        (left, Some(_)) => left.unwrap(),
        (left, None) => panic!("{key:?} is absent, and its TTL {left:?}"),
    };
    let Some(row) = wanted else {
        assert_eq!(entry, None);
        return;
    };
    let entry = entry.unwrap();
    assert_eq!(Held::from(&entry.value), row.value);
    assert_eq!(entry.created_at, time(row.created), "created");
    assert_eq!(entry.updated_at, time(row.updated), "updated");
    assert_eq!(entry.expires_at, row.expires.map(time), "expires");
    assert_eq!(left, row.expires.map(|at| Duration::from_millis((at - plain.now).unsigned_abs())));
    if let Some(revision) = row.revision {
        assert_eq!(entry.revision, revision, "revision of {key:?}");
    }
}

/// Asserts that a call failed as the model says, and otherwise gives its result.
fn agree<T: std::fmt::Debug>(result: Result<T>, may: bool, code: &str) -> Option<T> {
    match result {
        Ok(value) => {
            assert!(may, "expected {code}, got {value:?}");
            Some(value)
        }
        Err(error) => {
            assert!(!may && error.code() == code, "{error}");
            None
        }
    }
}

#[allow(clippy::too_many_lines)] // one arm an operation, in the order of the enum
fn apply(on: &Namespace, plain: &mut Plain, name: &'static str, op: &Op, buffered: bool) {
    // In a transaction a revision of 0 stands for "not committed yet".
    let unknown = buffered.then_some(0);
    match op {
        Op::Set { key, value: made, ttl, keep, when } => {
            let mut options = SetOptions::new();
            options.ttl = ttl.map(ms);
            options.keep_ttl = *keep;
            options = match when {
                When::Always => options,
                When::Absent => options.only_if_absent(),
                When::Present => options.only_if_present(),
                When::AtIts => options.if_revision(on.entry(key).unwrap().map_or(0, |entry| entry.revision)),
                When::AtAnother => options.if_revision(u64::MAX >> 1),
            };
            let may = plain.allows(name, key, *when);
            if let Some(revision) = agree(on.set_value(key, value(made), &options), may, "CONFLICT") {
                assert_eq!(revision == 0, buffered);
                let life = if *keep { Life::Keep(None) } else { Life::New(*ttl) };
                plain.put(name, key, made.into(), life, Some(revision));
            }
        }
        Op::Delete(key) => assert_eq!(on.delete(key).unwrap(), plain.remove(name, key).is_some()),
        Op::Pop(key) => {
            let popped = on.pop(key).unwrap().as_ref().map(Held::from);
            assert_eq!(popped, plain.remove(name, key).map(|row| row.value));
        }
        Op::SetTtl(key, ttl) => {
            let there = plain.set_ttl(name, key, ttl.map(u64::cast_signed));
            assert_eq!(on.set_ttl(key, ttl.map(ms)).unwrap(), there);
        }
        Op::Touch(key) => {
            let ttl = plain.live(name, key).and_then(|row| row.ttl);
            assert_eq!(on.touch(key).unwrap(), plain.set_ttl(name, key, ttl));
        }
        Op::Get(key) => {
            assert_eq!(on.get_value(key).unwrap().is_some(), plain.live(name, key).is_some());
            compare(on, plain, name, key);
        }
        Op::Increment { key, by, initial, ttl } => {
            let mut options = IncrementOptions::new().initial(*initial);
            options.ttl = ttl.map(ms);
            let number = match by {
                By::Int(by) => Number::from(*by),
                By::Float(by) => Number::from(*by),
            };
            let sum = plain.sum(name, key, *by, *initial);
            let done = agree(on.increment_with(key, number, &options), sum.is_some(), "INVALID_VALUE");
            if let (Some(found), Some(sum)) = (done, sum) {
                assert_eq!(Held::from(&Value::Json(found.to_json().unwrap())), Held::Json(sum.clone()));
                plain.put(name, key, Held::Json(sum), Life::Keep(*ttl), unknown);
            }
        }
        Op::Merge(key, patch) => {
            let target = plain.live(name, key).map(|row| row.value.clone());
            let result = on.merge(key, &Json::new(*patch).unwrap());
            let may = !matches!(target, Some(Held::Bytes(_)));
            if let Some(found) = agree(result, may, "INVALID_VALUE") {
                let target = if let Some(Held::Json(target)) = target { Some(target) } else { None };
                let wanted = Held::Json(merged(target.as_ref(), &serde_json::from_str(patch).unwrap()));
                assert_eq!(Held::from(&Value::Json(found)), wanted);
                plain.put(name, key, wanted, Life::Keep(None), unknown);
            }
        }
        Op::Update(key) => {
            let there = plain.live(name, key).is_some();
            let updated = on.update(key, |old| Value::json(&old.is_some())).unwrap();
            assert_eq!(updated, Value::json(&there).unwrap());
            plain.put(name, key, Held::Json(there.into()), Life::Keep(None), unknown);
        }
        Op::BatchSet(entries, ttl) => {
            let values = entries.iter().map(|(key, made)| (key, value(made)));
            let revision = on.batch_set(values, ttl.map(ms)).unwrap();
            for (key, made) in entries {
                plain.put(name, key, made.into(), Life::New(*ttl), Some(revision));
            }
        }
        Op::BatchGet(keys) => {
            let found = on.batch_get(keys).unwrap();
            let found: Vec<_> = found.iter().map(|(key, value)| (key, Held::from(value))).collect();
            // A key that is asked for twice is given once.
            let first = |(at, key): &(usize, &String)| keys[..*at].iter().all(|earlier| earlier != *key);
            let wanted = keys.iter().enumerate().filter(first).map(|(_, key)| key);
            let wanted = wanted.filter_map(|key| Some((key, plain.live(name, key)?.value.clone())));
            assert_eq!(found, wanted.collect::<Vec<_>>());
        }
        Op::BatchDelete(keys) => {
            let deleted = keys.iter().filter(|key| plain.remove(name, key).is_some()).count();
            assert_eq!(on.batch_delete(keys).unwrap(), deleted as u64);
        }
        Op::List { pattern, limit, after, reverse } => {
            list(on, plain, name, pattern, *limit, after.as_ref(), *reverse);
        }
        Op::Count(pattern) => {
            assert_eq!(on.count(pattern).unwrap(), plain.matching(name, pattern).len() as u64);
        }
        Op::Clear | Op::DeleteMatching(_) => {
            let pattern = if let Op::DeleteMatching(pattern) = op { pattern } else { "*" };
            let deleted = if let Op::Clear = op { on.clear() } else { on.delete_matching(pattern) };
            let keys = plain.matching(name, pattern);
            assert_eq!(deleted.unwrap(), keys.len() as u64);
            for key in &keys {
                plain.remove(name, key);
            }
        }
    }
}

fn list(
    on: &Namespace,
    plain: &Plain,
    name: &'static str,
    pattern: &str,
    limit: Option<usize>,
    after: Option<&String>,
    reverse: bool,
) {
    let mut options = ListOptions::new().reverse(reverse);
    (options.limit, options.start_after) = (limit, after.cloned());
    let mut wanted = plain.matching(name, pattern);
    if reverse {
        wanted.reverse();
    }
    wanted.retain(|key| after.is_none_or(|after| if reverse { key < after } else { key > after }));
    wanted.truncate(limit.unwrap_or(usize::MAX));
    assert_eq!(on.list_with(pattern, &options).unwrap(), wanted);
    let items = on.items_with(pattern, &options).unwrap().map(|item| item.unwrap());
    let items: Vec<_> = items.map(|(key, value)| (key, Held::from(&value))).collect();
    let held = |key: String| (key.clone(), plain.live(name, &key).unwrap().value.clone());
    assert_eq!(items, wanted.into_iter().map(held).collect::<Vec<_>>());
}
