//! Goal: all versions agree on which key has which counter, and keys are spread evenly over them. Method: keys as programs
//! make them, and some places worked out once and for all. What is told of commits is tested beside the cache.

use super::*;

fn place(facet: &str, name: &str, key: &str) -> usize {
    Places::of(facet).place(name, key)
}

#[test]
fn a_key_has_the_counter_that_it_always_had() {
    for (key, expected) in [
        (("namespace", "a", "k"), 2252),
        (("namespace", "sessions", "user:00000042"), 3436),
        (("plugin", "lint", ""), 1253),
    ] {
        assert_eq!(place(key.0, key.1, key.2), expected, "{key:?}");
    }
}

#[test]
fn keys_are_spread_evenly() {
    let keys = 20 * COUNTERS;
    let ways: [fn(usize) -> String; 4] = [
        |n| format!("key:{n:05}"),
        |n| format!("{n}"),
        |n| format!("user/{}/session/{}", n % 97, n / 97),
        |n| format!("{n:032x}"),
    ];
    for (way, key) in ways.iter().enumerate() {
        let mut counts = vec![0_u32; COUNTERS];
        for number in 0..keys {
            counts[place("namespace", "a", &key(number))] += 1;
        }
        let most = counts.iter().max().unwrap();
        let none = counts.iter().filter(|count| **count == 0).count();
        assert!(
            *most < 60 && none == 0,
            "way {way}: {most} keys have one counter, {none} counters have none"
        );
    }
}

#[test]
fn texts_that_meet_differently_are_different() {
    let texts = [
        ("a", "b", "c"),
        ("ab", "", "c"),
        ("a", "bc", ""),
        ("a", "", "bc"),
        ("a", "b", "c\0"),
        ("a", "b\0", "c"),
    ];
    let mut places: Vec<usize> = texts.iter().map(|text| place(text.0, text.1, text.2)).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), texts.len());
}
