//! Goal: what a transition of an environment costs, and loading one. Method: one thread, one environment that goes back
//! and forth between two states, with data of about 100 bytes; with its history growing, which must not matter.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use statehold::{Durability, Environments, Json, Lifecycle, Store};

const MACHINE: &str = r#"{"name": "machine", "states": ["stopped", "running"], "initial": "stopped",
    "transitions": [["stopped", "running"], ["running", "stopped"]]}"#;

/// The environments of a store that has one, `web`.
fn environments(store: &Store) -> Environments {
    let environments = store.environments();
    environments.register_lifecycle(&Lifecycle::parse(MACHINE).unwrap()).unwrap();
    let data = r#"{"region":"eu-central-1","size":"large","owner":"Ada Lovelace","note":"0123456789abcdef"}"#;
    environments.create_with("web", Json::new(data).unwrap(), "machine").unwrap();
    environments
}

fn transitions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("environment, transition");
    for (name, durability) in [("normal", Durability::Normal), ("full", Durability::Full)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::options().durability(durability).open(folder.path().join("store.db")).unwrap();
        let environments = environments(&store);
        let mut states = ["running", "stopped"].into_iter().cycle();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| environments.transition("web", states.next().unwrap()).unwrap());
        });
    }
    group.finish();
}

fn loads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("environment, load");
    for (name, cache_bytes) in [("cached", 32 << 20), ("uncached", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::options().cache_bytes(cache_bytes).open(folder.path().join("store.db")).unwrap();
        let environments = environments(&store);
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| environments.load(black_box("web")).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, transitions, loads);
criterion_main!(benches);
