//! Goal: what stands in the file beside the store is the same for all, and what is damaged says nothing; and whether
//! somebody has the store open is known. Method: several companions of one store, of which each counts as a process.

use super::*;
use crate::clock::{ManualClock, from_ms};

#[test]
fn a_damaged_record_says_nothing() {
    let witnessed = Witnessed { store_id: [7; 16], revision: 42, hash: [9; 32] };
    let record = witnessed.encode();
    assert_eq!(Witnessed::decode(&record), Some(witnessed));
    for at in 0..LENGTH {
        let mut damaged = record;
        damaged[at] ^= 1;
        assert_eq!(Witnessed::decode(&damaged), None, "byte {at}");
    }
}

#[test]
fn a_damaged_time_says_nothing() {
    for time in [i64::MIN >> CHECK_BITS, -1, 0, 1, 1_700_000_000_000, i64::MAX >> CHECK_BITS] {
        let word = pack(time).unwrap();
        assert_eq!(unpack(word), Some(time));
        for bit in 0..64 {
            assert_eq!(unpack(word ^ (1 << bit)), None, "{time}, bit {bit}");
        }
    }
    assert_eq!(unpack(0), None);
    assert_eq!((pack(1 << 47), pack(i64::MIN)), (None, None));
    assert!(pack(-5).unwrap() < pack(3).unwrap());
}

#[test]
fn the_latest_time_of_all_handles_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let at = |ms| Timeline::new(Box::new(ManualClock::at(from_ms(ms))));
    let handles: Vec<Companion> = (0..4).map(|_| Companion::open(&store).unwrap()).collect();
    std::thread::scope(|scope| {
        for (first, handle) in (0..).zip(&handles) {
            scope.spawn(move || {
                for step in 0..1_000 {
                    let own = first + 4 * step;
                    assert!(handle.agree(&at(own)) >= own);
                }
            });
        }
    });
    assert_eq!(handles[0].agree(&at(5)), 3 + 4 * 999, "none is lost to an earlier one");
    handles[1].page.words()[TIME_AT].store(u64::MAX / 3, Ordering::Relaxed);
    assert_eq!(handles[0].agree(&at(5)), 5, "what is damaged is replaced");
    assert_eq!(handles[2].agree(&at(4)), 5);
}

#[test]
fn a_record_is_the_same_for_all_handles_and_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    // An earlier file may be shorter than a page.
    std::fs::write(Companion::path_of(&store), [1; 7]).unwrap();
    let (one, other) = (Companion::open(&store).unwrap(), Companion::open(&store).unwrap());
    assert_eq!(one.read(), None);
    let witnessed = Witnessed { store_id: [7; 16], revision: 42, hash: [9; 32] };
    one.write(&witnessed);
    assert_eq!(other.read(), Some(witnessed));
    assert_eq!(std::fs::read(Companion::path_of(&store)).unwrap()[..LENGTH], witnessed.encode());
}

#[test]
#[cfg(unix)]
fn who_has_the_store_open_for_a_moment_more_is_waited_for_and_who_keeps_it_open_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let other = Companion::open(&store).unwrap();
    assert!(other.register());
    let begun = Instant::now();
    assert!(Companion::alone(&store).unwrap().is_none(), "the other one has it open");
    assert!(begun.elapsed() >= MOMENT, "it was given up after {:?}", begun.elapsed());
    std::thread::scope(|scope| {
        let alone = scope.spawn(|| {
            // However late the other one is closed, in the end it is alone.
            std::iter::repeat_with(|| Companion::alone(&store).unwrap()).find_map(|found| found).unwrap()
        });
        std::thread::sleep(MOMENT / 5);
        drop(other);
        let alone = alone.join().unwrap();
        assert!(!Companion::open(&store).unwrap().register(), "it counts as one who has the store open");
        drop(alone);
    });
    assert!(Companion::open(&store).unwrap().register(), "and no longer once it is dropped");
}
