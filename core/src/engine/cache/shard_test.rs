//! Goal: a shard gives back what was last put in under a key and nothing else, keeps to its budget, and lets go first of
//! what nobody asks for. Method: random operations beside a plain map, with the sizes worked out anew.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Few hashes, so that many keys meet in one.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0_u64, |sum, byte| sum + u64::from(byte)) << 57 | (key.len() as u64 % 3)
}

fn entry(key: &str, body: Option<&[u8]>, era: u64) -> Entry {
    Entry::new(hash(key), "a".into(), key, body.as_ref().map(std::slice::from_ref), era)
}

#[allow(clippy::option_option)] // as `find`
fn get(shard: &mut Shard, key: &str, era: u64) -> Option<Option<Vec<u8>>> {
    shard.find(hash(key), "a", key, era).map(|body| body.map(<[u8]>::to_vec))
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
    Era,
}

fn step() -> impl Strategy<Value = Step> {
    let body = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..60));
    prop_oneof![
        4 => (0..40_u8, body).prop_map(|(key, body)| Step::Put(key, body)),
        1 => (0..40_u8).prop_map(Step::Remove),
        4 => (0..40_u8).prop_map(Step::Get),
        1 => Just(Step::Era),
    ]
}

proptest! {
    #[test]
    fn it_is_a_map_that_may_forget(steps in proptest::collection::vec(step(), 1..400), most in 600..6_000_usize) {
        let mut shard = Shard::new(most);
        let mut map: HashMap<u8, Option<Vec<u8>>> = HashMap::new();
        let mut era = 1;
        for step in steps {
            match step {
                Step::Put(key, body) => {
                    shard.put(entry(&format!("key{key}"), body.as_deref(), era));
                    map.insert(key, body);
                }
                Step::Remove(key) => {
                    let text = format!("key{key}");
                    shard.remove(hash(&text), "a", &text);
                    map.remove(&key);
                }
                Step::Get(key) => {
                    let found = get(&mut shard, &format!("key{key}"), era);
                    prop_assert!(found.is_none() || found.as_ref() == map.get(&key), "{found:?}");
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
        let mut shard = Shard::new(most);
        for (number, length) in lengths.into_iter().enumerate() {
            shard.put(entry(&format!("{number}"), Some(&vec![7; length]), 1));
            // The table grows by doubling, which the next one to come makes up for.
            prop_assert!(shard.bytes() <= most + most / 10 + 200, "{} of {most}", shard.bytes());
        }
        assert_whole(&shard);
    }
}

#[test]
fn what_is_asked_for_stays_and_what_is_out_of_date_leaves_first() {
    let mut shard = Shard::new(10_000);
    for number in 0..40 {
        shard.put(entry(&format!("old{number}"), Some(&[1; 100]), 1));
    }
    shard.put(entry("wanted", None, 2));
    for number in 0..500 {
        assert_eq!(get(&mut shard, "wanted", 2), Some(None), "after {number}");
        shard.put(entry(&format!("new{number}"), Some(&[1; 100]), 2));
    }
    assert!(shard.entries.iter().all(|entry| entry.era == 2));
    let kept = shard.entries.len();
    assert!(kept > 30, "{kept} entries in 10,000 bytes");
}

#[test]
fn a_key_is_known_by_its_whole_name() {
    let mut shard = Shard::new(10_000);
    let put = |shard: &mut Shard, name: &str, key: &str, body: &[u8]| {
        shard.put(Entry::new(1, name.into(), key, Some(&[body]), 1));
    };
    put(&mut shard, "a", "bc", b"1");
    put(&mut shard, "ab", "c", b"2");
    put(&mut shard, "a", "b", b"c1");
    for (name, key, body) in [("a", "bc", "1"), ("ab", "c", "2"), ("a", "b", "c1")] {
        assert_eq!(shard.find(1, name, key, 1), Some(Some(body.as_bytes())), "{name} {key}");
    }
    assert_eq!(shard.find(1, "a", "c", 1), None);
    assert_eq!(shard.find(1, "a", "b", 2), None, "of another era");
    shard.close();
    assert_eq!(shard.find(1, "a", "b", 1), None);
    assert_eq!(shard.bytes(), 0);
}

#[test]
fn the_places_of_many_small_ones_make_room_for_a_large_one() {
    let mut shard = Shard::new(10_000);
    for number in 0..1_000 {
        shard.put(entry(&format!("{number}"), None, 1));
    }
    shard.put(entry("large", Some(&[1; 9_000]), 1));
    assert_eq!(get(&mut shard, "large", 1), Some(Some(vec![1; 9_000])));
    assert!(shard.bytes() <= 10_000, "{}", shard.bytes());
}
