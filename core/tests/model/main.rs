//! Random operations against a plain map.
//!
//! Goal: every operation of a namespace does what its documentation says, on a store, inside transactions
//! with savepoints, and over closing and reopening, with the clock moved forward and back.
//! Method: proptest makes lists of operations. Each runs on a store and on a `BTreeMap` of rows
//! (`plain.rs`), and the results must be equal; after each list every row is compared with all its times.
//! `STATEHOLD_SEED` runs a failed list again, `STATEHOLD_LONG=1` runs thirty times as many.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

#[path = "../common/mod.rs"]
mod common;
mod op;
mod plain;
mod run;

use proptest::collection::vec;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::op::{Step, step};
use self::run::Run;

fn check(name: &str, cases: u32, strategy: &impl proptest::strategy::Strategy<Value = Vec<Step>>) {
    let seed = common::seed(name);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    TestRunner::new_with_rng(config, rng)
        .run(strategy, |steps| {
            let mut run = Run::new();
            for step in &steps {
                run.step(step);
            }
            run.compare_all();
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_store_does_what_a_plain_map_does() {
    let cases = u32::try_from(common::rounds(120, 3_600)).unwrap();
    check("a_store_does_what_a_plain_map_does", cases, &vec(step(), 1..60));
}
