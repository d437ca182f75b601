//! Goal: what a get costs that is answered from memory, beside one that is not, and while another process commits.
//! Method: one thread, values of about 100 bytes, all keys in a scattered order; the other process is this program.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use statehold::{Durability, Json, Namespace, Store, Value};

const KEYS: u64 = 10_000;
/// Says to this program that it is to commit to the store of this path, and how often a second.
const COMMIT: &str = "STATEHOLD_BENCH_COMMIT";
const RATE: &str = "STATEHOLD_BENCH_RATE";

fn key(number: u64) -> String {
    // A fixed odd factor scatters the keys over the table.
    format!("key:{:05}", number.wrapping_mul(7919) % KEYS)
}

fn value(number: u64) -> Value {
    let text = format!(
        r#"{{"id":"{number:09}","name":"Ada Lovelace","tags":["first","second"],"score":12.5,"note":"0123456789abcdef"}}"#
    );
    Value::Json(Json::new(text).unwrap())
}

fn open(path: &Path, cache_bytes: usize) -> Store {
    Store::options().durability(Durability::Normal).cache_bytes(cache_bytes).open(path).unwrap()
}

/// Gets all keys again and again.
fn get(bencher: &mut criterion::Bencher<'_>, ns: &Namespace, keys: &[String]) {
    for key in keys {
        ns.get_value(key).unwrap();
    }
    let mut keys = keys.iter().cycle();
    bencher.iter(|| ns.get_value(black_box(keys.next().unwrap())).unwrap());
}

/// Ends the other process, also after a panic.
struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn committing(path: &Path, rate: u32) -> Other {
    let child = Command::new(std::env::current_exe().unwrap())
        .env(COMMIT, path)
        .env(RATE, rate.to_string())
        .spawn()
        .unwrap();
    Other(child)
}

/// Commits until it is killed.
fn commit(path: &Path) {
    let rate: u32 = std::env::var(RATE).unwrap().parse().unwrap();
    let ns = open(path, 0).namespace("another");
    let start = Instant::now();
    for number in 0_u32.. {
        ns.set("k", &number).unwrap();
        let due = Duration::from_secs(1) / rate * number;
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
}

fn gets(criterion: &mut Criterion) {
    if let Some(path) = std::env::var_os(COMMIT) {
        return commit(Path::new(&path));
    }
    let mut group = criterion.benchmark_group("cache");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let keys: Vec<String> = (0..KEYS).map(key).collect();
    let none: Vec<String> = (0..KEYS).map(|number| format!("none:{number}")).collect();
    let (cached, uncached) = (open(&path, 32 << 20), open(&path, 0));
    cached.namespace("a").batch_set((0..KEYS).map(|number| (key(number), value(number))), None).unwrap();
    for (name, store) in [("cached", &cached), ("uncached", &uncached)] {
        let ns = store.namespace("a");
        group.bench_function(format!("get, {name}"), |bencher| get(bencher, &ns, &keys));
        group.bench_function(format!("get of a missing key, {name}"), |bencher| get(bencher, &ns, &none));
    }
    for rate in [100, 1_000] {
        let _other = committing(&path, rate);
        for (name, store) in [("cached", &cached), ("uncached", &uncached)] {
            let ns = store.namespace("a");
            let title = format!("get, {name}, at {rate} commits a second by another process");
            group.bench_function(title, |bencher| get(bencher, &ns, &keys));
        }
    }
    group.finish();
}

criterion_group!(benches, gets);
criterion_main!(benches);
