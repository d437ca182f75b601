//! Goal: what saving and loading the state of a plugin costs. Method: one thread, 100 plugins in turn, states of about
//! 100 bytes that differ each time, at both durabilities; loads of what is in memory and of what is not.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use statehold::{Durability, Json, Plugin, SaveOptions, Store};

const PLUGINS: u64 = 100;

fn state(number: u64) -> Json {
    let text = format!(
        r#"{{"rules":["strict","no-unused"],"seen":{number},"owner":"Ada Lovelace","note":"0123456789abcdef"}}"#
    );
    Json::new(text).unwrap()
}

fn plugins(store: &Store) -> Vec<Plugin> {
    (0..PLUGINS).map(|number| store.plugin(&format!("@acme/plugin-{number}"))).collect()
}

fn saves(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plugin, save");
    for (name, durability) in [("normal", Durability::Normal), ("full", Durability::Full)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::options().durability(durability).open(folder.path().join("store.db")).unwrap();
        let plugins = plugins(&store);
        let mut turn = plugins.iter().cycle().zip(0..);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let (plugin, number) = turn.next().unwrap();
                plugin.save_with(state(number), &SaveOptions::new()).unwrap()
            });
        });
    }
    group.finish();
}

fn loads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plugin, load");
    for (name, cache_bytes) in [("cached", 32 << 20), ("uncached", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let options = Store::options().durability(Durability::Normal).cache_bytes(cache_bytes);
        let store = options.open(folder.path().join("store.db")).unwrap();
        let plugins = plugins(&store);
        for (plugin, number) in plugins.iter().zip(0..) {
            plugin.save_with(state(number), &SaveOptions::new()).unwrap();
        }
        let mut turn = plugins.iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| black_box(turn.next().unwrap().load().unwrap().unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, saves, loads);
criterion_main!(benches);
