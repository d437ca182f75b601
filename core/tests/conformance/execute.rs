//! One run of one case.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use serde_json::Value as Case;
use statehold::{Durability, Error, Field, ManualClock, Snapshot, Store, Transaction, Violation};

use crate::convert::{brief, duration, optional, time};
use crate::format::{Data, START_MS, Saved, decode, same};

/// What can end a step besides a mismatch, which panics.
#[derive(Debug)]
pub(crate) enum Failure {
    Store(Error),
    /// What the functions and transactions of a case raise.
    Raised,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

pub(crate) type Outcome<T = Data> = Result<T, Failure>;

/// Where a step works.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    Store,
    Transaction(&'a Transaction),
}

pub(crate) const NAMESPACE_OPS: &[&str] = &[
    "get",
    "entry",
    "set",
    "delete",
    "pop",
    "exists",
    "get_ttl",
    "set_ttl",
    "touch",
    "list",
    "items",
    "count",
    "batch_get",
    "batch_set",
    "batch_delete",
    "increment",
    "update",
    "merge",
    "get_or_set",
    "clear",
    "delete_matching",
    "fill",
    "mutate",
    "value",
    "saved",
];

pub(crate) struct Executor<'a> {
    pub(crate) case: &'a Case,
    pub(crate) mode: &'a str,
    pub(crate) path: PathBuf,
    pub(crate) clock: ManualClock,
    pub(crate) store: RefCell<Store>,
    pub(crate) saved: RefCell<Saved>,
    pub(crate) snapshots: RefCell<Vec<(String, Snapshot)>>,
    pub(crate) last_revision: Cell<i128>,
    pub(crate) calls: Cell<u64>,
    pub(crate) first_run: Cell<bool>,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(case: &'a Case, mode: &'a str, path: PathBuf) -> Self {
        let clock = ManualClock::at(time(START_MS));
        let store = RefCell::new(open(case, &clock, &path));
        Self {
            case,
            mode,
            path,
            clock,
            store,
            saved: RefCell::default(),
            snapshots: RefCell::default(),
            last_revision: Cell::new(0),
            calls: Cell::new(0),
            first_run: Cell::new(false),
        }
    }

    /// Runs the steps and gives everything that the store holds in the end.
    pub(crate) fn run(&self) -> Option<Data> {
        let mut group = Vec::new();
        for step in steps(self.case) {
            if self.mode == "transaction" && NAMESPACE_OPS.contains(&op(step)) && step.get("on").is_none() {
                group.push(step);
                continue;
            }
            self.transact(&mut group);
            self.step(Target::Store, step, 0).unwrap();
            if self.mode == "reopen" {
                self.reopen();
            }
        }
        self.transact(&mut group);
        let content = (!self.store().is_closed()).then(|| self.dump());
        self.store().close().unwrap();
        content
    }

    pub(crate) fn store(&self) -> Store {
        self.store.borrow().clone()
    }

    pub(crate) fn reopen(&self) {
        self.store().close().unwrap();
        self.store.replace(open(self.case, &self.clock, &self.path));
    }

    pub(crate) fn dump(&self) -> Data {
        let mut content = Vec::new();
        for name in self.store().namespaces("*").unwrap() {
            let namespace = self.store().namespace(&name);
            for (key, value) in namespace.items("*").unwrap().map(Result::unwrap) {
                let ttl = optional(namespace.get_ttl(&key).unwrap(), duration);
                content.push(Data::List(vec![
                    Data::Text(name.clone()),
                    Data::Text(key),
                    Data::of(&value),
                    ttl,
                ]));
            }
        }
        Data::List(content)
    }

    pub(crate) fn transact(&self, group: &mut Vec<&Case>) {
        if group.is_empty() {
            return;
        }
        let outcome: Outcome<()> = self
            .store()
            .transaction(|tx| group.iter().try_for_each(|step| self.step(Target::Transaction(tx), step, 0)));
        outcome.unwrap();
        group.clear();
    }

    /// Performs a step and compares its result or its error with what is expected.
    pub(crate) fn step(&self, target: Target, step: &Case, run: usize) -> Outcome<()> {
        self.calls.set(0);
        let outcome = self.perform(target, step);
        if let Some(calls) = step["calls"].as_u64() {
            assert_eq!(self.calls.get(), calls, "calls of the function in {step}");
        }
        let result = match outcome {
            Err(failure) if step.get("error").is_some() && step["throw"] != true => {
                self.check_error(&failure, step);
                return Ok(());
            }
            other => other?,
        };
        assert!(step.get("error").is_none(), "{step} gave {result:?}");
        if let Some(name) = step["save_as"].as_str() {
            self.saved.borrow_mut().insert(name.to_owned(), result.clone());
        }
        if let ("set", Data::Int(revision)) = (op(step), &result) {
            let fits = match target {
                Target::Store => *revision > self.last_revision.get(),
                Target::Transaction(_) => *revision == 0,
            };
            assert!(fits, "{step} gave the revision {revision}");
            self.last_revision.set(self.last_revision.get().max(*revision));
        }
        let expected = step.get("expect_each_run").map(|each| &each[run]).or_else(|| step.get("expect"));
        if let Some(expected) = expected {
            self.check(step, &result, &self.decode(expected));
        }
        Ok(())
    }

    pub(crate) fn check_error(&self, failure: &Failure, step: &Case) {
        let expected = &step["error"];
        let Failure::Store(error) = failure else {
            assert_eq!(expected["raised"], true, "{step} raised");
            return;
        };
        assert_eq!(expected["code"], error.code(), "{step} failed: {error}");
        let fields = error.fields();
        for (name, value) in expected.as_object().unwrap().iter().filter(|(name, _)| *name != "code") {
            let found = fields.iter().find(|(field, _)| field == name);
            let found = match &found.unwrap_or_else(|| panic!("{step}: no {name} in {error:?}")).1 {
                Field::Text(text) => Data::Text(text.clone()),
                Field::Int(int) => Data::Int((*int).into()),
                Field::Duration(duration) => Data::Float(duration.as_secs_f64()),
                Field::Violations(violations) => Data::List(
                    violations
                        .iter()
                        .map(|Violation { path, message, .. }| {
                            let text = |text: &str| Data::Text(text.to_owned());
                            Data::Map(vec![(text("path"), text(path)), (text("message"), text(message))])
                        })
                        .collect(),
                ),
                Field::None => Data::Null,
                other => panic!("{step}: no case asks for {name}, which is {other:?}"),
            };
            assert!(same(&found, &self.decode(value), true), "{step}: {name} is {found:?}");
        }
    }

    pub(crate) fn check(&self, step: &Case, result: &Data, expected: &Data) {
        let op = op(step);
        if self.mode == "transaction" && ["set", "batch_set", "revision"].contains(&op) {
            return;
        }
        match (op, expected) {
            ("entry" | "transaction" | "atomic" | "verify_journal", Data::Map(_)) => {
                self.check_fields(step, result, expected);
            }
            ("journal", Data::List(rows)) => {
                assert_eq!(result.list().len(), rows.len(), "{step} gave {result:?}");
                for (row, expected) in result.list().iter().zip(rows) {
                    self.check_fields(step, row, expected);
                }
            }
            ("get_ttl", Data::Int(_) | Data::Float(_)) => {
                assert_eq!(result.millis(), expected.millis(), "{step} gave {result:?}");
            }
            _ => assert!(same(result, expected, op != "batch_get"), "{step} gave {}", brief(result)),
        }
    }

    pub(crate) fn check_fields(&self, step: &Case, result: &Data, expected: &Data) {
        let Data::Map(fields) = expected else { panic!("{step} expects no fields") };
        for (name, expected) in fields {
            let name = name.text();
            let found = result.member(&name);
            let is_time = ["created_at", "updated_at", "expires_at", "time"].contains(&name.as_str());
            let fits = match expected {
                _ if name == "revision" && self.mode == "transaction" => true,
                Data::Int(_) | Data::Float(_) if is_time => found.millis() == expected.millis(),
                Data::List(changes) if name == "changes" => {
                    let sorted = |changes: &[Data]| {
                        let mut all: Vec<String> =
                            changes.iter().map(|change| format!("{change:?}")).collect();
                        all.sort();
                        all
                    };
                    sorted(found.list()) == sorted(changes)
                }
                expected => same(&found, expected, true),
            };
            assert!(fits, "{step}: {name} is {}", brief(&found));
        }
    }

    pub(crate) fn decode(&self, data: &Case) -> Data {
        decode(data, &self.saved.borrow())
    }
}

fn open(case: &Case, clock: &ManualClock, path: &Path) -> Store {
    let mut options = Store::options().clock(clock.clone()).background(false).durability(Durability::Normal);
    for (name, value) in case["options"].as_object().into_iter().flatten() {
        options = match name.as_str() {
            "max_value_bytes" => options.max_value_bytes(value.as_u64().unwrap() as usize),
            other => panic!("unknown option {other}"),
        };
    }
    options.open(path).unwrap()
}

pub(crate) fn op(step: &Case) -> &str {
    step["op"].as_str().unwrap()
}

pub(crate) fn steps(of: &Case) -> std::slice::Iter<'_, Case> {
    of["steps"].as_array().unwrap().iter()
}
