//! Goal: every operation that faults can be set on is entered by its public method, once a call, and nothing that the method
//! is made of is entered besides. Method: a table with a call for each of the operations (and for each way in), which is
//! compared with the journal of calls that it leaves, and with the names that the library knows.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeSet;

use common::{ms, new_path};
use serde_json::json;
use statehold::{
    BegunEffect, Case, CaseFilter, CaseOptions, CaseStatus, Claimed, EffectOptions, EffectOutcome,
    EnvironmentCommand, Environments, Error, ExportOptions, Faults, History, ImportOptions, Json, JsonSchema,
    Lifecycle, LockOptions, ManualClock, Migrations, Namespace, Orchestrator, Plugin, Registration,
    RotateOptions, SaveOptions, SetOptions, Store, TransactionOptions, Value, WatchOptions,
};

/// What is called, once all that it needs is there.
type Call = Box<dyn FnOnce()>;

/// Operations by name, each with how to call it on what.
type Table<T> = &'static [(&'static str, fn(T) -> Call)];

fn call<T>(f: impl FnOnce() -> Result<T, Error> + 'static) -> Call {
    Box::new(move || drop(f().unwrap()))
}

/// A namespace of the store, of a transaction; a plugin, a case, the environments likewise.
fn inside(store: &Store) -> statehold::Transaction {
    store.begin(TransactionOptions::new()).unwrap()
}

fn lint(store: &Store) -> Plugin {
    store.plugin("lint")
}

fn order(store: &Store) -> Case {
    store.case("order").unwrap()
}

fn patch() -> Json {
    Json::new(r#"{"a":1}"#).unwrap()
}

fn schema() -> JsonSchema {
    JsonSchema::new(&Json::new(r#"{"type":"array"}"#).unwrap()).unwrap()
}

fn to_two() -> Migrations {
    Migrations::new().step(2, |data, _| Ok(Json::from_serialize(&[data])?))
}

fn own_lifecycle() -> Lifecycle {
    let mut own = Lifecycle::deployment().clone();
    "own".clone_into(&mut own.name);
    own
}

/// The operations of a namespace, wherever it is.
const NAMESPACE: Table<Namespace> = &[
    ("namespace.get", |ns| call(move || ns.get::<u8>("k"))),
    ("namespace.get", |ns| call(move || ns.get_value("k"))),
    ("namespace.get", |ns| call(move || ns.get_bytes("bytes"))),
    ("namespace.entry", |ns| call(move || ns.entry("k"))),
    ("namespace.exists", |ns| call(move || ns.exists("k"))),
    ("namespace.get_ttl", |ns| call(move || ns.get_ttl("k"))),
    ("namespace.list", |ns| call(move || ns.list("*"))),
    ("namespace.items", |ns| call(move || ns.items("*")?.collect::<Result<Vec<_>, _>>())),
    ("namespace.count", |ns| call(move || ns.count("*"))),
    ("namespace.batch_get", |ns| call(move || ns.batch_get(&["k", "bytes"]))),
    ("namespace.set", |ns| call(move || ns.set("k", &2))),
    ("namespace.set", |ns| call(move || ns.set_bytes("k", b"2"))),
    ("namespace.set", |ns| call(move || ns.set_with("new", &2, &SetOptions::new().only_if_absent()))),
    ("namespace.delete", |ns| call(move || ns.delete("k"))),
    ("namespace.pop", |ns| call(move || ns.pop("k"))),
    ("namespace.set_ttl", |ns| call(move || ns.set_ttl("k", Some(ms(1_000))))),
    ("namespace.touch", |ns| call(move || ns.touch("k"))),
    ("namespace.batch_set", |ns| call(move || ns.batch_set([("k", Value::json(&2)?)], None))),
    ("namespace.batch_set", |ns| call(move || ns.batch_set(Vec::<(&str, Value)>::new(), None))),
    ("namespace.batch_delete", |ns| call(move || ns.batch_delete(&["k"]))),
    ("namespace.clear", |ns| call(move || ns.clear())),
    ("namespace.update", |ns| call(move || ns.update("k", |_| Value::json(&2)))),
    ("namespace.merge", |ns| call(move || ns.merge("k", &patch()))),
    ("namespace.increment", |ns| call(move || ns.increment("k", 1))),
    ("namespace.increment", |ns| call(move || ns.increment("k", 0.5))),
    ("namespace.get_or_set", |ns| call(move || ns.get_or_set("k", || Value::json(&2), None))),
    ("namespace.get_or_set", |ns| call(move || ns.get_or_set("new", || Value::json(&2), None))),
    ("namespace.get_or_set", |ns| {
        call(move || match ns.get_or_claim("new")? {
            Claimed::Claim(claim) => claim.set(Value::json(&2)?, &SetOptions::new()),
            other => panic!("{other:?}"),
        })
    }),
    ("namespace.delete_matching", |ns| call(move || ns.delete_matching("*"))),
];

/// The operations of a plugin, wherever it is.
const PLUGIN: Table<Plugin> = &[
    ("plugin.load", |plugin| call(move || plugin.load())),
    ("plugin.exists", |plugin| call(move || plugin.exists())),
    ("plugin.validate", |plugin| call(move || plugin.validate(&schema()))),
    ("plugin.validate", |plugin| call(move || plugin.validate_with(|_| Ok::<_, Error>(true)))),
    ("plugin.violations", |plugin| call(move || plugin.violations(&schema()))),
    ("plugin.list_backups", |plugin| call(move || plugin.list_backups())),
    ("plugin.diff", |plugin| call(move || plugin.diff(0))),
    ("plugin.dry_run_migrate", |plugin| call(move || plugin.dry_run_migrate(2, &to_two()))),
    ("plugin.export", |plugin| call(move || plugin.export())),
    ("plugin.export_file", |plugin| {
        call(move || plugin.export_file(tempfile::tempdir().unwrap().path().join("lint.json")))
    }),
    ("plugin.save", |plugin| call(move || plugin.save(&[3]))),
    ("plugin.save", |plugin| call(move || plugin.save_with(Json::new("[3]")?, &SaveOptions::new()))),
    ("plugin.clear", |plugin| call(move || plugin.clear())),
    ("plugin.clear_all", |plugin| call(move || plugin.clear_all())),
    ("plugin.restore", |plugin| call(move || plugin.restore(0))),
    ("plugin.migrate", |plugin| call(move || plugin.migrate(2, &to_two()))),
    ("plugin.import", |plugin| {
        call(move || plugin.import(r#"{"version":1,"data":[4]}"#, &SaveOptions::new()))
    }),
    ("plugin.import_file", |plugin| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lint.json");
        std::fs::write(&path, r#"{"version":1,"data":[4]}"#).unwrap();
        call(move || {
            let _kept = folder;
            plugin.import_file(path, &SaveOptions::new())
        })
    }),
];

/// The operations of a case, wherever it is.
const CASE: Table<Case> = &[
    ("case.reload", |case| call(move || case.reload())),
    ("case.receipts", |case| call(move || case.receipts(0, None))),
    ("case.effects", |case| call(move || case.effects())),
    ("case.lookup", |case| call(move || case.lookup("mail"))),
    ("case.lookup_by_key", |case| call(move || case.lookup_by_key("mail"))),
    ("case.commit", |case| {
        case.set_ctx(&json!({"paid": true})).unwrap();
        call(move || case.commit(0))
    }),
    ("case.commit", |case| {
        case.update_ctx(Ok::<_, Error>);
        call(move || case.commit(3))
    }),
    ("case.close", |case| call(move || case.close(CaseStatus::Done))),
    ("case.delete", |case| call(move || case.delete())),
    ("case.restore", |case| {
        let snapshot = case.snapshot();
        call(move || case.restore(&snapshot))
    }),
];

/// Those that a case inside a transaction has not.
const CASE_OF_STORE: Table<Case> = &[
    ("case.at", |case| call(move || case.at(1))),
    ("case.verify", |case| call(move || case.verify(None))),
    ("case.effect", |case| {
        call(move || case.effect("new", &json!({}), || Ok::<_, Error>(1), &EffectOptions::new()))
    }),
    ("case.effect", |case| call(move || case.begin_effect("mail", &Json::new("{}")?, &EffectOptions::new()))),
    ("case.resolve_effect", |case| {
        drop(case.begin_effect("doubtful", &patch(), &EffectOptions::new()).unwrap());
        call(move || case.resolve_effect("doubtful", EffectOutcome::Ok(patch())))
    }),
    ("case.rotate_receipts", |case| {
        let folder = tempfile::tempdir().unwrap();
        let options = RotateOptions::new().archive(folder.path().join("receipts.jsonl"));
        call(move || {
            let _kept = folder;
            case.rotate_receipts(&options)
        })
    }),
];

/// The operations of environments, wherever they are.
const ENVIRONMENT: Table<Environments> = &[
    ("environment.load", |all| call(move || all.load("web"))),
    ("environment.find", |all| call(move || all.find("web"))),
    ("environment.exists", |all| call(move || all.exists("web"))),
    ("environment.list", |all| call(move || all.list())),
    ("environment.history", |all| call(move || all.history("web"))),
    ("environment.at", |all| call(move || all.at("web", 1))),
    ("environment.interrupted", |all| call(move || all.interrupted())),
    ("environment.lifecycle", |all| call(move || all.lifecycle("deployment"))),
    ("environment.lifecycles", |all| call(move || all.lifecycles())),
    ("environment.lock_info", |all| call(move || all.lock_info("web"))),
    ("environment.create", |all| call(move || all.create("new", patch()))),
    ("environment.save", |all| {
        let record = all.load("web").unwrap();
        call(move || all.save(&record))
    }),
    ("environment.transition", |all| call(move || all.transition("web", "provisioning"))),
    ("environment.delete", |all| call(move || all.delete("web"))),
    ("environment.set_step", |all| {
        all.transition("web", "provisioning").unwrap();
        call(move || all.set_step("web", "network"))
    }),
    ("environment.recover", |all| {
        all.transition("web", "provisioning").unwrap();
        call(move || all.recover("web", "provisioned", "by hand"))
    }),
];

/// Those that environments inside a transaction have not.
const ENVIRONMENT_OF_STORE: Table<Environments> = &[
    ("environment.register_lifecycle", |all| call(move || all.register_lifecycle(&own_lifecycle()))),
    ("environment.lock", |all| call(move || all.lock_with("web", &LockOptions::new()))),
    ("environment.is_held", |all| {
        let lock = all.lock("web").unwrap();
        call(move || lock.is_held())
    }),
    ("environment.transition", |all| {
        let lock = all.lock("web").unwrap();
        call(move || lock.transition("provisioning"))
    }),
    ("environment.release", |all| {
        let lock = all.lock("web").unwrap();
        call(move || lock.release())
    }),
    ("environment.force_unlock", |all| {
        let lock = all.lock("web").unwrap();
        call(move || all.force_unlock("web", lock.token()))
    }),
];

/// The operations on the store itself.
const STORE: Table<Store> = &[
    ("namespace.watch", |store| call(move || store.namespace("a").watch("*"))),
    ("namespace.clear", |store| call(move || store.clear_namespace("a"))),
    ("plugin.names", |store| call(move || store.plugin_states().names("*"))),
    ("plugin.save", |store| call(move || store.plugin_states().save("lint", &[3]))),
    ("case.create", |store| call(move || store.create_case(&json!({}), &CaseOptions::new()))),
    ("case.open", |store| call(move || store.case("order"))),
    ("case.list", |store| call(move || store.cases(&CaseFilter::new()))),
    ("store.begin", |store| call(move || store.begin(TransactionOptions::new()))),
    ("store.commit", |store| call(move || store.atomic().delete("a", "k").commit())),
    ("store.commit", |store| {
        let tx = inside(&store);
        tx.namespace("a").set("k", &2).unwrap();
        call(move || tx.commit())
    }),
    ("store.snapshot", |store| call(move || store.snapshot())),
    ("store.namespaces", |store| call(move || store.namespaces("*"))),
    ("store.revision", |store| call(move || store.revision())),
    ("store.journal", |store| call(move || store.journal(0, 10))),
    ("store.watch", |store| call(move || store.watch(WatchOptions::new()))),
    ("store.verify", |store| call(move || store.verify())),
    ("store.verify_journal", |store| call(move || store.verify_journal())),
    ("store.info", |store| call(move || store.info())),
    ("store.backup", |store| {
        call(move || store.backup(tempfile::tempdir().unwrap().path().join("backup.db")))
    }),
    ("store.export", |store| call(move || store.export(&mut Vec::new(), &ExportOptions::new(), |_| ()))),
    ("store.import", |store| {
        let mut text = Vec::new();
        statehold::open(":memory:").unwrap().export(&mut text, &ExportOptions::new(), |_| ()).unwrap();
        call(move || store.import(&text[..], &ImportOptions::new().merge(true), |_| ()))
    }),
    ("store.purge_expired", |store| call(move || store.purge_expired())),
    ("store.flush", |store| call(move || store.flush())),
    ("store.vacuum", |store| call(move || store.vacuum())),
];

/// A store with something of each facet in it.
fn furnished() -> Store {
    let store = Store::options().faults(true).clock(ManualClock::new()).open(":memory:").unwrap();
    store.namespace("a").set("k", &1).unwrap();
    store.namespace("a").set_bytes("bytes", b"1").unwrap();
    lint(&store).save(&[1]).unwrap();
    lint(&store).save(&[1, 2]).unwrap();
    let case =
        store.create_case(&json!({}), &CaseOptions::new().case_id("order").history(History::Full)).unwrap();
    case.effect("mail", &json!({}), || Ok::<_, Error>(1), &EffectOptions::new()).unwrap();
    case.set_ctx(&json!({"a": 1})).unwrap();
    case.commit(0).unwrap();
    store.environments().create("web", patch()).unwrap();
    store
}

fn called(faults: &Faults) -> Vec<String> {
    faults.calls("*").unwrap().into_iter().map(|call| call.operation).collect()
}

/// Makes each call of a table on a store of its own.
fn check<T: 'static>(table: Table<T>, of: impl Fn(&Store) -> T) -> BTreeSet<&'static str> {
    for (place, (operation, prepare)) in table.iter().enumerate() {
        let store = furnished();
        let prepared = prepare(of(&store));
        store.faults().clear_calls().unwrap();
        prepared();
        assert_eq!(called(&store.faults()), [*operation], "row {place}");
        assert_eq!(store.faults().count(operation).unwrap(), 1);
    }
    table.iter().map(|(operation, _)| *operation).collect()
}

#[test]
fn each_operation_of_a_store_is_entered_once() {
    let mut seen = check(NAMESPACE, |store| store.namespace("a"));
    seen.extend(check(PLUGIN, lint));
    seen.extend(check(CASE, order));
    seen.extend(check(CASE_OF_STORE, order));
    seen.extend(check(ENVIRONMENT, Store::environments));
    seen.extend(check(ENVIRONMENT_OF_STORE, Store::environments));
    seen.extend(check(STORE, Store::clone));
    let known = Faults::operations().into_iter().filter(|operation| !operation.starts_with("mock."));
    assert_eq!(seen, known.collect());
}

#[test]
fn each_operation_of_a_transaction_is_entered_once() {
    check(NAMESPACE, |store| inside(store).namespace("a"));
    check(PLUGIN, |store| inside(store).plugin("lint"));
    check(CASE, |store| inside(store).case("order").unwrap());
    check(ENVIRONMENT, |store| inside(store).environments());
}

#[test]
fn reading_a_snapshot_passes_the_faults() {
    let store = furnished();
    let ns = store.snapshot().unwrap().namespace("a");
    store.faults().clear_calls().unwrap();
    ns.get::<u8>("k").unwrap();
    ns.get_bytes("bytes").unwrap();
    ns.entry("k").unwrap();
    ns.exists("k").unwrap();
    ns.get_ttl("k").unwrap();
    ns.list("*").unwrap();
    assert_eq!(ns.items("*").unwrap().count(), 2);
    ns.count("*").unwrap();
    ns.batch_get(&["k"]).unwrap();
    let expected = ["get", "get", "entry", "exists", "get_ttl", "list", "items", "count", "batch_get"];
    assert_eq!(called(&store.faults()), expected.map(|name| format!("namespace.{name}")));
}

#[test]
fn what_a_function_of_the_caller_calls_is_entered_as_well() {
    let store = furnished();
    let (ns, other) = (store.namespace("a"), store.namespace("b"));
    store.faults().clear_calls().unwrap();
    ns.update("k", |_| Value::json(&other.count("*")?)).unwrap();
    store
        .transaction(|tx| {
            tx.namespace("a").set("k", &2)?;
            tx.plugin("lint").save(&[9])
        })
        .unwrap();
    assert_eq!(
        called(&store.faults()),
        [
            "namespace.update",
            "namespace.count",
            "store.begin",
            "namespace.set",
            "plugin.save",
            "store.commit"
        ]
    );
}

#[test]
fn a_load_that_migrates_first_is_one_call() {
    let store = furnished();
    lint(&store).register(Registration::new().migrations(to_two())).unwrap();
    store.faults().clear_calls().unwrap();
    assert_eq!(lint(&store).load().unwrap().unwrap().version, 2);
    assert_eq!(called(&store.faults()), ["plugin.load"]);
}

#[test]
fn a_command_is_the_operations_that_it_is_made_of() {
    let store = furnished();
    store.faults().clear_calls().unwrap();
    Orchestrator::new(&store.environments())
        .run("web", &EnvironmentCommand::provision(), |progress| Ok(progress.step("network")?))
        .unwrap();
    let expected = ["lock", "transition", "set_step", "transition"];
    assert_eq!(called(&store.faults()), expected.map(|name| format!("environment.{name}")));
}

#[test]
fn an_effect_that_is_stored_is_a_call_too() {
    let store = furnished();
    let case = order(&store);
    store.faults().clear_calls().unwrap();
    let begun = case.begin_effect("mail", &Json::new("{}").unwrap(), &EffectOptions::new()).unwrap();
    assert!(matches!(begun, BegunEffect::Stored(_)));
    assert_eq!(called(&store.faults()), ["case.effect"]);
}

#[test]
fn environments_in_memory_have_no_faults() {
    let (_folder, path) = new_path();
    let store = common::fast().faults(true).open(&path).unwrap();
    Environments::in_memory().create("web", patch()).unwrap();
    assert_eq!(called(&store.faults()), [""; 0]);
}
