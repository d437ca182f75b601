//! Goal: what the store costs over SQLite itself. Method: the same table, pragmas and values through
//! rusqlite with a held statement, beside `set` and `get` of one thread.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use rusqlite::Connection;
use statehold::{Durability, Json, SetOptions, Store, Value};

const KEYS: u64 = 10_000;

/// About 100 bytes of JSON that differ with every call, since an identical overwrite writes nothing.
fn text(number: u64) -> String {
    format!(
        r#"{{"id":"{number:09}","name":"Ada Lovelace","tags":["first","second"],"score":12.5,"note":"0123456789abcdef"}}"#
    )
}

fn key(number: u64) -> String {
    // A fixed odd factor scatters the keys over the table.
    format!("key:{:05}", number.wrapping_mul(7919) % KEYS)
}

fn bare(path: &std::path::Path, synchronous: &str) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = {synchronous}; PRAGMA cache_size = -16384;
             CREATE TABLE entry (namespace INTEGER, key TEXT, revision INTEGER, created_ms INTEGER,
                updated_ms INTEGER, expires_ms INTEGER, ttl_ms INTEGER, value ANY, PRIMARY KEY (namespace, key))
             STRICT, WITHOUT ROWID;"
        ))
        .unwrap();
    connection
}

const BARE_SET: &str = "INSERT INTO entry (namespace, key, value) VALUES (1, ?1, ?2)
    ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value";
const BARE_GET: &str = "SELECT value FROM entry WHERE namespace = 1 AND key = ?1";

/// What a store does in a commit, by hand: the value, and a row of 96 bytes of hashes with a line of text.
fn journaled_sets(connection: &Connection, bencher: &mut criterion::Bencher<'_>) {
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS journal (revision INTEGER PRIMARY KEY, time_ms INTEGER, actor TEXT,
                touched TEXT, digest BLOB, previous BLOB, hash BLOB) STRICT",
        )
        .unwrap();
    let prepare = |sql| connection.prepare(sql).unwrap();
    let (mut begin, mut commit) = (prepare("BEGIN IMMEDIATE"), prepare("COMMIT"));
    let mut set = prepare(BARE_SET);
    let mut note = prepare(
        "INSERT INTO journal (time_ms, actor, touched, digest, previous, hash) VALUES (?1, ?2, ?3, ?4, ?4, ?4)",
    );
    let mut number: u64 = 0;
    bencher.iter(|| {
        number += 1;
        begin.execute([]).unwrap();
        set.execute((key(number), text(number))).unwrap();
        let touched = format!(r#"[["namespace","bench","{}","set"]]"#, key(number));
        note.execute((number, "host/12345", touched, [number.to_le_bytes()[0]; 32].as_slice())).unwrap();
        commit.execute([]).unwrap()
    });
}

fn sets(criterion: &mut Criterion) {
    for (name, durability, synchronous) in
        [("normal", Durability::Normal, "normal"), ("full", Durability::Full, "full")]
    {
        let mut group = criterion.benchmark_group("set");
        let folder = tempfile::tempdir().unwrap();
        let connection = bare(&folder.path().join("bare.db"), synchronous);
        let mut statement = connection.prepare(BARE_SET).unwrap();
        let mut number = 0;
        group.bench_function(BenchmarkId::new("rusqlite", name), |bencher| {
            bencher.iter(|| {
                number += 1;
                statement.execute((key(number), text(number))).unwrap()
            });
        });
        drop(statement);
        group.bench_function(BenchmarkId::new("rusqlite with a journal row", name), |bencher| {
            journaled_sets(&connection, bencher);
        });
        let store = Store::options().durability(durability).open(folder.path().join("store.db")).unwrap();
        let namespace = store.namespace("bench");
        let mut number = 0;
        group.bench_function(BenchmarkId::new("statehold", name), |bencher| {
            bencher.iter(|| {
                number += 1;
                let value = Value::Json(Json::new(text(number)).unwrap());
                namespace.set_value(&key(number), value, &SetOptions::new()).unwrap()
            });
        });
        group.finish();
    }
}

fn gets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("get");
    let folder = tempfile::tempdir().unwrap();
    let connection = bare(&folder.path().join("bare.db"), "normal");
    let store = Store::options().durability(Durability::Normal).open(folder.path().join("store.db")).unwrap();
    let namespace = store.namespace("bench");
    connection.execute_batch("BEGIN").unwrap();
    for number in 0..KEYS {
        connection.execute(BARE_SET, (key(number), text(number))).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    let all = (0..KEYS).map(|number| (key(number), Value::Json(Json::new(text(number)).unwrap())));
    namespace.batch_set(all, None).unwrap();

    let mut statement = connection.prepare(BARE_GET).unwrap();
    let mut number = 0;
    group.bench_function("rusqlite", |bencher| {
        bencher.iter(|| {
            number += 1;
            statement.query_row([key(number)], |row| row.get::<_, String>(0)).unwrap()
        });
    });
    let mut number = 0;
    group.bench_function("statehold", |bencher| {
        bencher.iter(|| {
            number += 1;
            namespace.get_value(black_box(&key(number))).unwrap().unwrap()
        });
    });
    group.bench_function("statehold, missing key", |bencher| {
        bencher.iter(|| namespace.get_value(black_box("missing")).unwrap());
    });
    group.bench_function("statehold, list 100 of 10,000 by prefix", |bencher| {
        bencher.iter(|| namespace.list(black_box("key:012*")).unwrap().len());
    });
    group.finish();
}

criterion_group!(benches, sets, gets);
criterion_main!(benches);
