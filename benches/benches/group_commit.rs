//! Goal: what group commit gains when many threads commit durably. Method: the same number of `set` at
//! durability `full` by one thread and by many, in one run.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use statehold::Store;

fn durable_sets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("durable sets");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1));
    for threads in [1_u64, 2, 4, 8, 32] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("store.db")).unwrap();
        group.bench_function(BenchmarkId::from_parameter(threads), |bencher| {
            bencher.iter_custom(|rounds| {
                let each = rounds.div_ceil(threads);
                let start = Instant::now();
                std::thread::scope(|scope| {
                    for thread in 0..threads {
                        let namespace = store.namespace("bench");
                        scope.spawn(move || {
                            for round in 0..each {
                                namespace
                                    .set(&format!("{thread}:{}", round % 100), &start.elapsed().as_nanos())
                                    .unwrap();
                            }
                        });
                    }
                });
                start.elapsed()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, durable_sets);
criterion_main!(benches);
