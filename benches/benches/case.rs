//! Goal: what a commit of a case costs, that it does not grow with the receipts that are already there, and how fast
//! receipts are verified. Method: commits of three mutations, by one thread to one case and by 8 threads to 8, to cases
//! with 100 and with 100,000 receipts; a look through 100,000 receipts.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use statehold::{Case, CaseOptions, Durability, Json, Store, Token};

const DURABILITIES: [(&str, Durability); 2] = [("normal", Durability::Normal), ("full", Durability::Full)];

fn open(path: &Path, durability: Durability) -> Store {
    Store::options().durability(durability).open(path).unwrap()
}

/// A case with some tokens and a context of about 100 bytes.
fn new_case(store: &Store) -> Case {
    let ctx = Json::new(r#"{"order":7,"customer":"Ada Lovelace","lines":[1,2,3],"note":"0123456789abcdef"}"#)
        .unwrap();
    let case = store.create_case_json(ctx, &CaseOptions::new()).unwrap();
    for n in 0..4 {
        case.add_token(Token::new(format!("t{n}"), "start"));
    }
    case.commit(0).unwrap();
    case
}

/// A quantum: a token moves on, the context changes, a step is counted.
fn commit(case: &Case, number: u64) {
    case.remove_token(&format!("t{}", number % 4));
    case.add_token(Token::new(format!("t{}", number % 4), "next"));
    case.increment_step_count();
    case.commit(0).unwrap();
}

fn fill(case: &Case, receipts: u64) {
    while case.sequence() < receipts {
        commit(case, case.sequence());
    }
}

fn commits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit of a case");
    for (name, durability) in DURABILITIES {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder.path().join("store.db"), durability);
        let case = new_case(&store);
        let mut number = 0;
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("one case, one thread", name), |bencher| {
            bencher.iter(|| {
                number += 1;
                commit(&case, number);
            });
        });
        group.throughput(Throughput::Elements(8));
        group.bench_function(BenchmarkId::new("8 cases, 8 threads", name), |bencher| {
            bencher.iter_custom(|rounds| eight(&store, rounds));
        });
    }
    group.finish();
}

/// How long 8 threads take for so many commits each.
fn eight(store: &Store, rounds: u64) -> Duration {
    let barrier = Barrier::new(9);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let case = new_case(store);
                    barrier.wait();
                    (0..rounds).for_each(|number| commit(&case, number));
                })
            })
            .collect();
        barrier.wait();
        let start = Instant::now();
        for thread in threads {
            thread.join().unwrap();
        }
        start.elapsed()
    })
}

fn growth(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db"), Durability::Normal);
    let (short, long) = (new_case(&store), new_case(&store));
    fill(&short, 100);
    fill(&long, 100_000);
    let mut group = criterion.benchmark_group("commit of a case with receipts");
    for (receipts, case) in [(100, &short), (100_000, &long)] {
        let mut number = 0;
        group.bench_function(BenchmarkId::from_parameter(receipts), |bencher| {
            bencher.iter(|| {
                number += 1;
                commit(case, number);
            });
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("verify");
    group.sample_size(10).throughput(Throughput::Elements(long.sequence()));
    group.bench_function("receipts of a case", |bencher| {
        bencher.iter(|| assert!(long.verify(None).unwrap().problems.is_empty()));
    });
    group.finish();
}

criterion_group!(benches, commits, growth);
criterion_main!(benches);
