//! Goal: a store that was opened without faults pays nothing for them, and what they cost where they are on. Method: `get`
//! and `set` of one thread on three stores that differ in nothing else, in turns: opened as ever, once more as ever (what
//! differs between these two is noise), and with faults on, without a rule and with 20 of them.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use statehold::{Durability, Json, Namespace, OperationFailure, SetOptions, Store, Value};

const KEYS: u64 = 10_000;

fn text(number: u64) -> String {
    format!(
        r#"{{"id":"{number:09}","name":"Ada Lovelace","tags":["first","second"],"note":"0123456789abcdef"}}"#
    )
}

fn key(number: u64) -> String {
    // A fixed odd factor scatters the keys over the table.
    format!("key:{:05}", number.wrapping_mul(7919) % KEYS)
}

fn value(number: u64) -> Value {
    Value::Json(Json::new(text(number)).unwrap())
}

fn filled(folder: &std::path::Path, name: &str, faults: bool) -> Store {
    let store =
        Store::options().durability(Durability::Normal).faults(faults).open(folder.join(name)).unwrap();
    store.namespace("bench").batch_set((0..KEYS).map(|number| (key(number), value(number))), None).unwrap();
    store
}

fn get(namespace: &Namespace, bencher: &mut criterion::Bencher<'_>) {
    let mut number = 0;
    bencher.iter(|| {
        number += 1;
        namespace.get_value(black_box(&key(number))).unwrap().unwrap()
    });
}

fn set(namespace: &Namespace, bencher: &mut criterion::Bencher<'_>) {
    let mut number = 0;
    bencher.iter(|| {
        number += 1;
        namespace.set_value(&key(number), value(number), &SetOptions::new()).unwrap()
    });
}

fn faults(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let stores = [
        ("off", filled(folder.path(), "off.db", false)),
        ("off again", filled(folder.path(), "again.db", false)),
        ("on", filled(folder.path(), "on.db", true)),
        ("on, 20 rules", filled(folder.path(), "rules.db", true)),
    ];
    for operation in statehold::Faults::operations().into_iter().filter(|name| name.starts_with("case.")) {
        stores[3].1.faults().set_operation_failure(operation, OperationFailure::new().fail_next()).unwrap();
    }
    for pattern in ["namespace.*", "plugin.*", "*"] {
        stores[3]
            .1
            .faults()
            .set_operation_failure(pattern, OperationFailure::new().probability(0.0))
            .unwrap();
    }
    for (operation, bench) in [("get", get as fn(&Namespace, &mut criterion::Bencher<'_>)), ("set", set)] {
        let mut group = criterion.benchmark_group(format!("faults, {operation}"));
        for (name, store) in &stores {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bench(&store.namespace("bench"), bencher);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, faults);
criterion_main!(benches);
