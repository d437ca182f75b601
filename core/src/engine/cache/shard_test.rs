//! Goal: a shard gives back what was last put in under a key and nothing else, keeps to its budget, and lets go first of
//! what nobody asks for. Method: random operations beside a plain map, with the sizes worked out anew.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const PLACES: usize = 4;

/// Few hashes, so that many keys meet in one.
fn spot(key: &str) -> Spot {
    let sum = key.bytes().fold(0_u64, |sum, byte| sum + u64::from(byte));
    let place = u16::try_from(sum % PLACES as u64).unwrap();
    Spot { hash: sum << 57 | (key.len() as u64 % 3), place }
}

fn shard(most_bytes: usize) -> Shard {
    let mut shard = Shard::new(most_bytes);
    shard.places = vec![Place::default(); PLACES].into_boxed_slice();
    shard
}

fn entry(key: &str, body: Option<&[u8]>) -> Entry {
    Entry::new(spot(key), "a".into(), key, body.as_ref().map(std::slice::from_ref))
}

#[allow(clippy::option_option)] // as `find`
fn get(shard: &mut Shard, key: &str, era: u64, counter: u64) -> Option<Option<Vec<u8>>> {
    shard.find(spot(key), "a", key, era, counter).map(|body| body.map(<[u8]>::to_vec))
}

fn assert_whole(shard: &Shard) {
    assert_eq!(shard.table.len(), shard.entries.len());
    for (at, entry) in shard.entries.iter().enumerate() {
        assert!(shard.table.find(entry.hash, |&place| place as usize == at).is_some(), "place {at}");
    }
    assert_eq!(shard.heap_bytes, shard.entries.iter().map(Entry::heap_bytes).sum::<usize>());
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<Vec<u8>>),
    Remove(u8),
    Get(u8),
    /// This handle changes a key, and another one something of the place of a key.
    Own(u8),
    Stranger(u8),
    Era,
}

fn step() -> impl Strategy<Value = Step> {
    let body = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..60));
    prop_oneof![
        4 => (0..40_u8, body).prop_map(|(key, body)| Step::Put(key, body)),
        1 => (0..40_u8).prop_map(Step::Remove),
        8 => (0..40_u8).prop_map(Step::Get),
        1 => (0..40_u8).prop_map(Step::Own),
        1 => (0..40_u8).prop_map(Step::Stranger),
        1 => Just(Step::Era),
    ]
}

proptest! {
    #[test]
    fn it_is_a_map_that_may_forget(steps in proptest::collection::vec(step(), 1..400), most in 600..6_000_usize) {
        let mut shard = shard(most);
        let mut map: HashMap<u8, Option<Vec<u8>>> = HashMap::new();
        let (mut era, mut counters) = (1, [u64::MAX; PLACES]);
        let text = |key: u8| format!("key{key}");
        let place = |key: u8| usize::from(spot(&text(key)).place);
        for step in steps {
            match step {
                Step::Put(key, body) => {
                    shard.put(entry(&text(key), body.as_deref()), era, counters[place(key)]);
                    map.insert(key, body);
                }
                Step::Get(key) => {
                    let found = get(&mut shard, &text(key), era, counters[place(key)]);
                    prop_assert!(found.is_none() || found.as_ref() == map.get(&key), "{found:?}");
                }
                Step::Remove(key) | Step::Own(key) => {
                    shard.remove(spot(&text(key)).hash, "a", &text(key));
                    map.remove(&key);
                    if let Step::Own(_) = step {
                        let counter = &mut counters[place(key)];
                        shard.counted(spot(&text(key)).place, *counter);
                        *counter = counter.wrapping_add(1);
                    }
                }
                Step::Stranger(key) => {
                    counters[place(key)] = counters[place(key)].wrapping_add(1);
                    map.retain(|other, _| place(*other) != place(key));
                }
                Step::Era => {
                    era += 1;
                    map.clear();
                }
            }
            assert_whole(&shard);
        }
    }

    #[test]
    fn it_keeps_to_its_budget(lengths in proptest::collection::vec(0..700_usize, 50..500), most in 2_000..50_000_usize) {
        let mut shard = shard(most);
        for (number, length) in lengths.into_iter().enumerate() {
            shard.put(entry(&format!("{number}"), Some(&vec![7; length])), 1, 0);
            // The table grows by doubling, which the next one to come makes up for.
            prop_assert!(shard.bytes() <= most + most / 10 + 200, "{} of {most}", shard.bytes());
        }
        assert_whole(&shard);
    }
}

#[test]
fn what_is_asked_for_stays_and_what_is_out_of_date_leaves_first() {
    for (era, counter) in [(2, 0), (1, 1)] {
        let mut shard = shard(10_000);
        for number in 0..40 {
            shard.put(entry(&format!("old{number}"), Some(&[1; 100])), 1, 0);
            assert!(get(&mut shard, &format!("old{number}"), 1, 0).is_some());
        }
        shard.put(entry("wanted", None), era, counter);
        for number in 0..500 {
            assert_eq!(get(&mut shard, "wanted", era, counter), Some(None), "after {number}");
            shard.put(entry(&format!("new{number}"), Some(&[1; 100])), era, counter);
        }
        let old = |entry: &Entry| entry.parts().0.starts_with(b"old");
        assert!(!shard.entries.iter().any(old));
        let kept = shard.entries.len();
        assert!(kept > 30, "{kept} entries in 10,000 bytes");
    }
}

#[test]
fn what_a_stranger_counts_ends_a_place_and_what_one_counts_oneself_does_not() {
    let mut shard = shard(10_000);
    let (key, same, other) = ("a", "e", "b");
    assert!(spot(key).place == spot(same).place && spot(key).place != spot(other).place);
    for key in [key, same, other] {
        shard.put(entry(key, None), 1, 0);
    }
    shard.counted(spot(key).place, 0);
    assert!(get(&mut shard, same, 1, 1).is_some(), "only this handle has counted");
    // Somebody else has counted before.
    shard.counted(spot(key).place, 2);
    assert!(get(&mut shard, same, 1, 3).is_none());
    assert!(get(&mut shard, other, 1, 0).is_some());
    shard.put(entry(same, None), 1, 3);
    assert!(get(&mut shard, key, 1, 3).is_none() && get(&mut shard, same, 1, 3).is_some());
    // A counter that comes back to what it was, as one that is made anew does.
    assert!(get(&mut shard, same, 1, 0).is_none() && get(&mut shard, key, 1, 0).is_none());
}

#[test]
fn a_key_is_known_by_its_whole_name() {
    let mut shard = shard(10_000);
    let one = Spot { hash: 1, place: 0 };
    let put = |shard: &mut Shard, name: &str, key: &str, body: &[u8]| {
        shard.put(Entry::new(one, name.into(), key, Some(&[body])), 1, 0);
    };
    put(&mut shard, "a", "bc", b"1");
    put(&mut shard, "ab", "c", b"2");
    put(&mut shard, "a", "b", b"c1");
    for (name, key, body) in [("a", "bc", "1"), ("ab", "c", "2"), ("a", "b", "c1")] {
        assert_eq!(shard.find(one, name, key, 1, 0), Some(Some(body.as_bytes())), "{name} {key}");
    }
    assert_eq!(shard.find(one, "a", "c", 1, 0), None);
    assert_eq!(shard.find(one, "a", "b", 2, 0), None, "of another era");
    assert_eq!(shard.find(one, "a", "b", 1, 0), None, "it does not come back");
    shard.close();
    assert_eq!(shard.bytes(), 0);
}

#[test]
fn the_places_of_many_small_ones_make_room_for_a_large_one() {
    let mut shard = shard(10_000);
    for number in 0..1_000 {
        shard.put(entry(&format!("{number}"), None), 1, 0);
    }
    shard.put(entry("large", Some(&[1; 9_000])), 1, 0);
    assert_eq!(get(&mut shard, "large", 1, 0), Some(Some(vec![1; 9_000])));
    assert!(shard.bytes() <= 10_000, "{}", shard.bytes());
}
