//! Goal: how soon a watch tells what another process has committed, and what waiting costs. Method: a child process
//! that answers each change of one key by a change of another one, and a store that nothing happens to; the way there
//! and back is measured, halved, with both sides at rest in between and without a pause.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group};
use statehold::{Durability, Store, WatchOptions};

/// Says to this program, when it is started as a child, which store to work on.
const PATH: &str = "STATEHOLD_BENCH_PATH";

fn open(path: &PathBuf) -> Store {
    Store::options().durability(Durability::Normal).open(path).unwrap()
}

/// Answers `ping` by `pong` until it is killed.
fn echo(path: &PathBuf) {
    let ns = open(path).namespace("bench");
    let watch = ns.watch("ping").unwrap();
    ns.set("ready", &true).unwrap();
    for change in watch.changes() {
        ns.set("pong", &change.unwrap().revision).unwrap();
    }
}

/// A child process, killed with its bench.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn latency(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("watch");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path);
    let ns = store.namespace("bench");
    let ready = ns.watch("ready").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    let _child = Killed(child.env(PATH, &path).stdout(Stdio::null()).spawn().unwrap());
    ready.next_within(Duration::from_secs(30)).unwrap().expect("the child begins");
    let watch = ns.watch("pong").unwrap();
    for (name, pause) in [("from another process, at rest", 50), ("from another process, busy", 0)] {
        group.sample_size(10).bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                (0..rounds)
                    .map(|round| {
                        std::thread::sleep(Duration::from_millis(pause));
                        let start = Instant::now();
                        ns.set("ping", &(round, start.elapsed().as_nanos())).unwrap();
                        watch.next_within(Duration::from_secs(30)).unwrap().expect("the child answers");
                        start.elapsed() / 2
                    })
                    .sum()
            });
        });
    }
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("watch");
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db"));
    let ns = store.namespace("bench");
    for n in 0..10_000 {
        ns.set(&format!("key {}", n % 100), &n).unwrap();
    }
    group.bench_function("nothing new", |bencher| {
        let watch = store.watch(WatchOptions::new()).unwrap();
        bencher.iter(|| watch.try_next().unwrap());
    });
    group.bench_function("10,000 changes", |bencher| {
        bencher.iter_batched(
            || store.watch(WatchOptions::new().after(0)).unwrap(),
            |watch| std::iter::from_fn(|| watch.try_next().unwrap()).count(),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("set, nobody watching", |bencher| {
        let mut n = 0;
        bencher.iter(|| (n += 1, ns.set("key", &n).unwrap()));
    });
    group.bench_function("set, one watching", |bencher| {
        let watch = store.watch(WatchOptions::new()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| watch.changes().for_each(drop));
            let mut n = 0;
            bencher.iter(|| (n += 1, ns.set("key", &n).unwrap()));
            watch.close();
        });
    });
    group.finish();
}

criterion_group!(benches, latency, reading);

fn main() {
    match std::env::var_os(PATH) {
        Some(path) => echo(&PathBuf::from(path)),
        None => benches(),
    }
}
