//! How much memory the cache takes.
//!
//! Goal: it keeps to its budget within a tenth, the table, the free places and what the allocator adds to each piece
//! included, while many more keys are read than fit; it uses what it is given, and gives it back. Method: an allocator
//! that counts. SQLite does not go through it, so what grows is the cache.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not
#![allow(unsafe_code)] // an allocator is one

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use statehold::{Store, Value};

use common::{Random, fast, new_path, rounds};

static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which keeps a word beside each piece and gives pieces of 16 bytes.
struct Counting;

fn cost(layout: Layout) -> usize {
    (layout.size() + 8).next_multiple_of(16)
}

// SAFETY: everything is left to the system's allocator, as it was asked for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.fetch_add(cost(layout), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(cost(layout), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(piece, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn key(number: usize) -> String {
    format!("some key {number}")
}

fn fill(store: &Store, keys: usize) {
    let mut random = Random(7);
    for first in (0..keys).step_by(10_000) {
        let entries = (first..first + 10_000).map(|number| {
            let length = usize::try_from(random.below(250)).unwrap();
            (key(number), Value::Bytes(vec![7; length]))
        });
        store.namespace("a").batch_set(entries, None).unwrap();
    }
}

// One test alone: others would be counted as well.
#[test]
fn it_keeps_to_its_budget() {
    let (_folder, path) = new_path();
    let (keys, budget) = (rounds(20_000, 1_000_000), rounds(4 << 20, 32 << 20));
    let store = fast().cache_bytes(budget).background(false).open(&path).unwrap();
    fill(&store, keys);
    let ns = store.namespace("a");
    let before = TAKEN.load(Ordering::Relaxed);
    let taken = || TAKEN.load(Ordering::Relaxed).saturating_sub(before);
    let (mut most, mut counted_most) = (0, 0);
    for number in 0..keys {
        assert!(ns.get_value(&key(number)).unwrap().is_some());
        // Two that aren't there for each that is.
        assert!(!ns.exists(&key(number + keys)).unwrap() && !ns.exists(&key(number + 2 * keys)).unwrap());
        most = most.max(taken());
        if number % 100 == 0 {
            counted_most = counted_most.max(store.stats().cache_bytes);
        }
    }
    let counted = usize::try_from(store.stats().cache_bytes).unwrap();
    println!(
        "of a budget of {budget}: {most} bytes at the most, {} at the end, {counted} of them counted",
        taken()
    );
    assert!(most <= budget + budget / 10, "{most} bytes at the most");
    assert!(counted_most <= (budget + budget / 50) as u64, "{counted_most} bytes counted at the most");
    assert!(taken() >= budget * 9 / 10, "{} bytes: much of the budget is not used", taken());
    assert!(taken().abs_diff(counted) <= budget / 20, "{} bytes, of which {counted} are counted", taken());
    store.close().unwrap();
    assert!(taken() < budget / 20, "{} bytes are not given back", taken());
}
