//! One run of one case.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value as Case;
use statehold::{Durability, Error, ManualClock, OptionValue, Snapshot, Spelling, Store, Transaction};

use crate::case::{self, Handle};
use crate::convert::{duration, optional, time};
use crate::environment::{self, Held};
use crate::event::Listening;
use crate::format::{Data, START_MS, Saved, decode};
use crate::mock::{self, Clouds};
use crate::watch::Watched;

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
    pub(crate) calls: Arc<AtomicU64>,
    pub(crate) first_run: Cell<bool>,
    /// The steps that registered something for a plugin, to be done again after opening.
    pub(crate) registered: RefCell<Vec<Case>>,
    pub(crate) listening: RefCell<Listening>,
    pub(crate) watches: RefCell<Vec<Watched>>,
    pub(crate) handles: RefCell<Vec<Handle>>,
    pub(crate) held: RefCell<Held>,
    pub(crate) clouds: RefCell<Clouds>,
}

impl<'a> Executor<'a> {
    pub(crate) fn new(case: &'a Case, mode: &'a str, path: PathBuf) -> Self {
        let clock = ManualClock::at(time(START_MS));
        let store = open(case, &clock, &path);
        Self::of(case, mode, path, store, clock)
    }

    /// One that only performs steps on a store that another one works with.
    pub(crate) fn beside(store: &Store, clock: &ManualClock) -> Self {
        Self::of(&Case::Null, "direct", store.path().clone(), store.clone(), clock.clone())
    }

    fn of(case: &'a Case, mode: &'a str, path: PathBuf, store: Store, clock: ManualClock) -> Self {
        Self {
            case,
            mode,
            path,
            clock,
            store: RefCell::new(store),
            saved: RefCell::default(),
            snapshots: RefCell::default(),
            last_revision: Cell::new(0),
            calls: Arc::default(),
            first_run: Cell::new(false),
            registered: RefCell::default(),
            listening: RefCell::default(),
            watches: RefCell::default(),
            handles: RefCell::default(),
            held: RefCell::default(),
            clouds: RefCell::default(),
        }
    }

    /// Runs the steps and gives everything that the store holds in the end.
    pub(crate) fn run(&self) -> Option<Data> {
        let mut group = Vec::new();
        for step in steps(self.case) {
            if self.mode == "transaction" && works_in_transaction(step) {
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

    /// Forgets what was read of cases and environments, since another transaction reads it anew.
    pub(crate) fn forget(&self) {
        self.handles.take();
        self.held.borrow_mut().forget_records();
    }

    pub(crate) fn store(&self) -> Store {
        self.store.borrow().clone()
    }

    pub(crate) fn reopen(&self) {
        self.forget();
        self.store().close().unwrap();
        self.held.take();
        self.store.replace(open(self.case, &self.clock, &self.path));
        self.register_again();
        self.listen_again();
        self.watch_again();
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
        content.extend(self.dump_plugins());
        content.extend(self.dump_cases());
        content.extend(self.dump_environments());
        content.extend(self.dump_mocks());
        Data::List(content)
    }

    pub(crate) fn transact(&self, group: &mut Vec<&Case>) {
        if group.is_empty() {
            return;
        }
        let outcome: Outcome<()> = self.store().transaction(|tx| {
            self.forget();
            group.iter().try_for_each(|step| self.step(Target::Transaction(tx), step, 0))
        });
        outcome.unwrap();
        self.forget();
        group.clear();
    }

    /// Performs a step and compares its result or its error with what is expected.
    pub(crate) fn step(&self, target: Target, step: &Case, run: usize) -> Outcome<()> {
        self.calls.store(0, Ordering::Relaxed);
        let outcome = self.perform(target, step);
        if let Some(calls) = step["calls"].as_u64() {
            assert_eq!(self.calls.load(Ordering::Relaxed), calls, "calls of the function in {step}");
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
        if let (true, Data::Int(revision)) = (gives_revision(step), &result) {
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

    pub(crate) fn decode(&self, data: &Case) -> Data {
        decode(data, &self.saved.borrow())
    }
}

fn open(case: &Case, clock: &ManualClock, path: &Path) -> Store {
    let mut options = Store::options().clock(clock.clone()).background(false).durability(Durability::Normal);
    for (name, value) in case["options"].as_object().into_iter().flatten() {
        let value = match value {
            Case::Bool(on) => OptionValue::Bool(*on),
            Case::String(text) => OptionValue::Text(text.clone()),
            number => OptionValue::Number(number.as_f64().unwrap()),
        };
        options.set(name, &value, Spelling::Snake).unwrap();
    }
    options.open(path).unwrap()
}

/// Whether the mode `transaction` runs a step inside one.
fn works_in_transaction(step: &Case) -> bool {
    let in_namespace = NAMESPACE_OPS.contains(&op(step)) && step.get("on").is_none();
    let on_case = ["case", "create_case"].contains(&op(step)) || step.get("case").is_some();
    let of_environments = step.get("env").is_some() || environment::WITHOUT_NAME.contains(&op(step));
    let on_cloud = step.get("mock").is_some() && !mock::PAST_TRANSACTIONS.contains(&op(step));
    in_namespace
        || on_cloud && step.get("on").is_none()
        || step.get("plugin").is_some()
        || on_case && !case::PAST_TRANSACTIONS.contains(&op(step))
        || of_environments && !environment::PAST_TRANSACTIONS.contains(&op(step)) && step.get("on").is_none()
        || ["plugin_names", "cases"].contains(&op(step))
}

/// Whether what a step gives is the revision of its commit, which inside a transaction is none yet.
pub(crate) fn gives_revision(step: &Case) -> bool {
    match op(step) {
        "set" => true,
        "save" | "restore" | "import" | "import_file" => step.get("plugin").is_some(),
        _ => false,
    }
}

pub(crate) fn op(step: &Case) -> &str {
    step["op"].as_str().unwrap()
}

pub(crate) fn steps(of: &Case) -> std::slice::Iter<'_, Case> {
    of["steps"].as_array().unwrap().iter()
}
