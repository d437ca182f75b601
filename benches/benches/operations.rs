//! Goal: what the care of a whole store costs: verify, backup, export, import. Method: a store of 10,000 keys with values of
//! about 100 bytes. How it grows with the store is what the example `growth` shows.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use statehold::{BackupOptions, ExportOptions, ImportOptions, Json, Store, Value};

const KEYS: u64 = 10_000;

fn value(number: u64) -> Value {
    let text = format!(
        r#"{{"id":"{number:09}","name":"Ada Lovelace","tags":["first","second"],"score":12.5,"note":"0123456789abcdef"}}"#
    );
    Value::Json(Json::new(text).unwrap())
}

fn operations(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store.db")).unwrap();
    let keys = (0..KEYS).map(|number| (format!("key:{number:05}"), value(number)));
    store.namespace("bench").batch_set(keys, None).unwrap();
    let mut exported = Vec::new();
    store.export(&mut exported, &ExportOptions::new(), |_| ()).unwrap();

    let mut group = criterion.benchmark_group("operations");
    group.sample_size(10).throughput(Throughput::Elements(KEYS));
    group.bench_function("verify", |bencher| {
        bencher.iter(|| assert!(store.verify().unwrap().problems.is_empty()));
    });
    group.bench_function("backup", |bencher| {
        let overwrite = BackupOptions::new().overwrite(true);
        bencher.iter(|| store.backup_with(folder.path().join("backup.db"), overwrite, |_| ()).unwrap());
    });
    group.bench_function("export", |bencher| {
        bencher.iter(|| store.export(std::io::sink(), &ExportOptions::new(), |_| ()).unwrap());
    });
    let mut number = 0;
    group.bench_function("import", |bencher| {
        bencher.iter_batched_ref(
            || {
                number += 1;
                Store::open(folder.path().join(format!("import-{number}.db"))).unwrap()
            },
            |new| new.import(&exported[..], &ImportOptions::new(), |_| ()).unwrap(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, operations);
criterion_main!(benches);
