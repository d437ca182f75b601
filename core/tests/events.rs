//! Events, told in process.
//!
//! Goal: each thing that happens to a plugin's state is told once, after it is committed, with what it speaks of,
//! and nothing is told that did not happen; a callback may use the store, and one that fails breaks nothing.
//! Method: callbacks that write down the payloads; a subscriber of `tracing` that keeps what is logged.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::sync::{Arc, Mutex};

use statehold::{Error, Event, Json, Migrations, Registration, SaveOptions, Store, TransactionOptions};

use common::fast;

const NAMES: [&str; 7] = [
    "state.saved",
    "state.loaded",
    "state.backup.created",
    "state.migrated",
    "state.cleared",
    "state.restored",
    "state.error",
];

/// A store whose events are written down.
struct Heard {
    store: Store,
    events: Arc<Mutex<Vec<String>>>,
}

impl Heard {
    fn new() -> Self {
        let store = fast().open(":memory:").unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        for name in NAMES {
            let log = events.clone();
            let note = move |event: &Event| {
                assert_eq!(event.name(), name);
                log.lock().unwrap().push(event.payload().to_string());
            };
            store.on(name, note).unwrap();
        }
        Self { store, events }
    }

    /// What was told since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

#[test]
fn each_operation_is_told_with_its_payload() {
    let heard = Heard::new();
    let plugin = heard.store.plugin("a");
    plugin.save(&"ü").unwrap();
    assert_eq!(heard.take(), [r#"{"event":"state.saved","plugin":"a","version":1,"size":4}"#]);
    plugin.save_with(json("[1, 2]"), &SaveOptions::new().version(2)).unwrap();
    assert_eq!(
        heard.take(),
        [
            r#"{"event":"state.backup.created","plugin":"a","version":1,"size":4}"#,
            r#"{"event":"state.saved","plugin":"a","version":2,"size":6}"#,
        ]
    );
    plugin.load().unwrap();
    assert_eq!(heard.take(), [r#"{"event":"state.loaded","plugin":"a","version":2}"#]);
    plugin.migrate(3, &Migrations::new().step(3, |data, _| Ok(data))).unwrap();
    assert_eq!(
        heard.take(),
        [
            r#"{"event":"state.backup.created","plugin":"a","version":2,"size":6}"#,
            r#"{"event":"state.migrated","plugin":"a","from":2,"to":3}"#,
        ]
    );
    plugin.restore(1).unwrap();
    assert_eq!(
        heard.take(),
        [
            r#"{"event":"state.backup.created","plugin":"a","version":3,"size":6}"#,
            r#"{"event":"state.restored","plugin":"a","version":1,"index":1}"#,
        ]
    );
    plugin.clear().unwrap();
    assert_eq!(
        heard.take(),
        [
            r#"{"event":"state.backup.created","plugin":"a","version":1,"size":4}"#,
            r#"{"event":"state.cleared","plugin":"a","backups":false}"#,
        ]
    );
    plugin.clear_all().unwrap();
    assert_eq!(heard.take(), [r#"{"event":"state.cleared","plugin":"a","backups":true}"#]);
    heard.store.atomic().save_plugin("b", json("1"), &SaveOptions::new()).commit().unwrap();
    assert_eq!(heard.take(), [r#"{"event":"state.saved","plugin":"b","version":1,"size":1}"#]);
    plugin.import(r#"{"version": 4, "data": {}}"#, &SaveOptions::new()).unwrap();
    assert_eq!(heard.take(), [r#"{"event":"state.saved","plugin":"a","version":4,"size":2}"#]);
}

#[test]
fn what_does_not_happen_is_not_told() {
    let heard = Heard::new();
    let plugin = heard.store.plugin("a");
    assert!(plugin.load().unwrap().is_none() && !plugin.clear().unwrap() && !plugin.clear_all().unwrap());
    let steps = Migrations::new().step(2, |data, _| Ok(data));
    plugin.migrate(2, &steps).unwrap();
    plugin.dry_run_migrate(2, &steps).unwrap();
    heard
        .store
        .transaction(|tx| {
            assert!(!tx.plugin("a").clear()? && !tx.plugin("a").clear_all()?);
            tx.plugin("a").load().map(|_| ())
        })
        .unwrap();
    assert_eq!(heard.take(), [""; 0]);
    plugin.register(Registration::new().max_backups(0)).unwrap();
    plugin.save(&1).unwrap();
    plugin.save(&2).unwrap();
    assert!(heard.take().iter().all(|event| event.contains("state.saved")), "no backup is kept");
}

#[test]
fn errors_are_told_with_the_operation() {
    let heard = Heard::new();
    let plugin = heard.store.plugin("a");
    plugin.save_with(json("1"), &SaveOptions::new().version(5)).unwrap();
    heard.take();
    let failing = Migrations::new().step(6, |_, _| Err("no".into()));
    plugin.save(&1).unwrap_err();
    plugin.load_with(&statehold::LoadOptions::new().version(1)).unwrap_err();
    plugin.migrate(6, &failing).unwrap_err();
    plugin.migrate(7, &failing).unwrap_err();
    plugin.restore(3).unwrap_err();
    plugin.import("{}", &SaveOptions::new()).unwrap_err();
    plugin.register(Registration::new().migrations(failing)).unwrap();
    plugin.load().unwrap_err();
    heard.store.plugin("../x").clear().unwrap_err();
    let told: Vec<String> = heard
        .take()
        .iter()
        .map(|event| {
            let event: serde_json::Value = serde_json::from_str(event).unwrap();
            assert_eq!(event["event"], "state.error");
            assert!(event["error"].as_str().is_some_and(|message| !message.is_empty()));
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            format!("{} {} {}", text("plugin"), text("operation"), text("code"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "a save STATE_TOO_NEW",
            "a load STATE_TOO_NEW",
            "a migrate MIGRATION",
            "a migrate MIGRATION",
            "a restore NOT_FOUND",
            "a import INVALID_VALUE",
            "a load MIGRATION",
            "../x clear INVALID_NAME",
        ]
    );
}

#[test]
fn a_transaction_is_told_after_its_commit() {
    let heard = Heard::new();
    let tx = heard.store.begin(TransactionOptions::new()).unwrap();
    tx.plugin("a").save(&1).unwrap();
    tx.plugin("a").save(&2).unwrap();
    tx.plugin("b").load().unwrap();
    tx.plugin("a").load().unwrap();
    tx.savepoint(|tx| {
        tx.plugin("c").save(&3)?;
        Err::<(), _>(Error::Closed { what: "it", advice: "undo it" })
    })
    .unwrap_err();
    assert_eq!(heard.take(), [""; 0], "nothing has happened yet");
    tx.plugin("a").restore(9).unwrap_err();
    assert!(heard.take()[0].contains("state.error"), "an error has happened at once");
    tx.commit().unwrap();
    assert_eq!(
        heard.take(),
        [
            r#"{"event":"state.saved","plugin":"a","version":1,"size":1}"#,
            r#"{"event":"state.backup.created","plugin":"a","version":1,"size":1}"#,
            r#"{"event":"state.saved","plugin":"a","version":1,"size":1}"#,
            r#"{"event":"state.loaded","plugin":"a","version":1}"#,
        ]
    );
    let tx = heard.store.begin(TransactionOptions::new()).unwrap();
    tx.plugin("a").save(&4).unwrap();
    tx.rollback();
    assert_eq!(heard.take(), [""; 0], "nor after a rollback");
    // What is run again after a conflict is told once.
    let mut runs = 0;
    let store = heard.store.clone();
    heard
        .store
        .transaction(|tx| {
            runs += 1;
            tx.plugin("a").save(&runs)?;
            if runs == 1 {
                store.plugin("a").save_with(json("5"), &SaveOptions::new())?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    let saved = heard.take().iter().filter(|event| event.contains("state.saved")).count();
    assert_eq!((runs, saved), (2, 2));
}

#[test]
fn a_callback_may_use_the_store_and_end_itself() {
    let store = fast().open(":memory:").unwrap();
    let (inside, own) = (store.clone(), Arc::new(Mutex::new(None)));
    let ended = own.clone();
    let subscription = store
        .on("state.saved", move |event| {
            let Event::StateSaved { plugin, size, .. } = event else { panic!("{event:?}") };
            inside.namespace("sizes").set(plugin, size).unwrap();
            assert!(inside.plugin(plugin).exists().unwrap(), "it is committed");
            inside.plugin(&format!("{plugin}/copy")).load().unwrap();
            let own = ended.lock().unwrap().take();
            assert!(inside.off(own.unwrap()));
        })
        .unwrap();
    *own.lock().unwrap() = Some(subscription);
    store.plugin("a").save(&[1, 2]).unwrap();
    store.plugin("b").save(&[1, 2]).unwrap();
    assert_eq!(store.namespace("sizes").list("*").unwrap(), ["a"]);
    assert!(!store.off(subscription), "it was ended");
}

#[test]
fn closing_ends_what_callbacks_and_registrations_hold() {
    let store = fast().open(":memory:").unwrap();
    let (held, inside, other) = (Arc::new(()), store.clone(), store.clone());
    let (by_callback, by_step) = (held.clone(), held.clone());
    store.on("state.saved", move |_| _ = (&by_callback, inside.is_closed())).unwrap();
    let migrations = Migrations::new().step(2, move |data, _| {
        _ = (&by_step, other.is_closed());
        Ok(data)
    });
    store.plugin("a").register(Registration::new().migrations(migrations)).unwrap();
    assert_eq!(Arc::strong_count(&held), 3);
    let folder = store.path().parent().unwrap().to_owned();
    store.close().unwrap();
    assert_eq!(Arc::strong_count(&held), 1);
    assert!(folder.exists());
    drop(store);
    assert!(!folder.exists(), "nobody holds the store any more");
}

#[test]
fn an_unknown_event_is_refused_with_those_there_are() {
    let store = fast().open(":memory:").unwrap();
    let error = store.on("state.saves", |_| {}).unwrap_err();
    assert_eq!(error.code(), "INVALID_VALUE");
    assert!(NAMES.iter().all(|name| error.to_string().contains(name)), "{error}");
}

/// Keeps what is logged as errors, as text.
struct Log(Arc<Mutex<Vec<String>>>);

struct Fields<'a>(&'a mut String);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        use std::fmt::Write;
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "statehold" && *metadata.level() == tracing::Level::ERROR
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = String::new();
        event.record(&mut Fields(&mut text));
        self.0.lock().unwrap().push(text);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_callback_that_panics_is_logged_and_breaks_nothing() {
    let heard = Heard::new();
    heard.store.on("state.saved", |_| panic!("a mistake in the callback")).unwrap();
    let after = Arc::new(Mutex::new(0));
    let count = after.clone();
    heard.store.on("state.saved", move |_| *count.lock().unwrap() += 1).unwrap();
    let logged = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::with_default(Log(logged.clone()), || {
        heard.store.plugin("a").save(&1).unwrap();
        heard.store.transaction(|tx| tx.plugin("a").save(&2)).unwrap();
    });
    assert_eq!(heard.store.plugin("a").load().unwrap().unwrap().data.as_str(), "2");
    assert_eq!(*after.lock().unwrap(), 2, "those who come after are told all the same");
    let logged = logged.lock().unwrap();
    assert_eq!(logged.len(), 2);
    assert!(
        logged[0].contains("a mistake in the callback") && logged[0].contains("state.saved"),
        "{}",
        logged[0]
    );
}
