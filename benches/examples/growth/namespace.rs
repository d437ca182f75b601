//! Keys of a namespace.

use std::path::Path;
use std::time::Duration;

use statehold::{Json, Namespace, Result, SetOptions, Store, Value};

use crate::options;
use crate::sample::{Sample, by_thousands};

/// How long a watch waits at most; it never has to.
const PATIENCE: Duration = Duration::from_secs(30);

fn key(number: usize) -> String {
    format!("key:{number:06}")
}

/// An object of about 100 bytes, another one for each version.
fn value(number: usize, version: usize) -> Result<Value> {
    let text = format!(
        r#"{{"id":{number},"name":"Ada Lovelace","tags":["first","second"],"score":12.5,"version":{version}}}"#
    );
    Json::new(text).map(Value::Json)
}

/// A namespace with so many keys.
pub(crate) fn filled(store: &Store, records: usize) -> Result<Namespace> {
    let ns = store.namespace("bench");
    by_thousands(records, |numbers| {
        let pairs: Result<Vec<_>> = numbers.map(|number| Ok((key(number), value(number, 0)?))).collect();
        ns.batch_set(pairs?, None).map(|_| ())
    })?;
    Ok(ns)
}

pub(crate) fn keys(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = options().open(path)?;
    let ns = filled(&store, records)?;
    let any = || key(fastrand::usize(..records));
    (0..20_000).try_for_each(|_| ns.get_value(&any()).map(|_| ()))?;
    let watch = ns.watch("*")?;
    Ok(vec![
        Sample::of("get", 20_000, |_| ns.get_value(&any()).map(|_| ()))?,
        Sample::of("get, missing", 20_000, |number| ns.get_value(&format!("none:{number}")).map(|_| ()))?,
        Sample::of("list 100 by prefix", 2_000, |_| {
            let hundred = fastrand::usize(..records / 100);
            ns.list(&format!("key:{hundred:04}*")).map(|keys| assert_eq!(keys.len(), 100))
        })?,
        Sample::of("set", 10_000, |version| {
            let number = fastrand::usize(..records);
            ns.set_value(&key(number), value(number, version + 1)?, &SetOptions::new()).map(|_| ())
        })?,
        Sample::of("set, then heard by a watch", 500, |version| {
            let revision = ns.set("heard", &version)?;
            while watch.next_within(PATIENCE)?.is_some_and(|change| change.revision < revision) {}
            Ok(())
        })?,
    ])
}
