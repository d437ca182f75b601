//! Patterns against a matcher that is too plain to be wrong, and ranges against `starts_with`.

use proptest::prelude::*;

use super::Glob;

fn matches(pattern: &str, key: &str) -> bool {
    Glob::new(pattern).unwrap().matches(key)
}

#[test]
fn patterns_match_whole_keys() {
    for (pattern, matching, others) in [
        ("", &[""][..], &["a"][..]),
        ("a", &["a"], &["", "A", "aa", "ab"]),
        ("*", &["", "a", "a/b/c", "ä𝄞"], &[]),
        ("?", &["a", "𝄞", "/"], &["", "ab"]),
        ("db:*", &["db:", "db:a:b"], &["db", "xdb:a"]),
        ("*.json", &[".json", "a.json", "a.json.json"], &["json", "a.jsonx"]),
        ("a*b*c", &["abc", "aXbXc", "abcbc"], &["ab", "acb", "abcd"]),
        ("a**b", &["ab", "aXb"], &["a"]),
        ("*?", &["a", "abc"], &[""]),
        ("[a-c]", &["a", "b", "c"], &["d", "-", "", "ab"]),
        ("[!a-c]x", &["dx", "-x", "äx"], &["ax", "x"]),
        ("[]]", &["]"], &["a"]),
        ("[]a]", &["]", "a"], &["[", "b"]),
        ("[!]a]", &["b"], &["]", "a"]),
        ("[a-]", &["a", "-"], &["b"]),
        ("[-a]", &["a", "-"], &["b"]),
        ("[a-c-e]", &["a", "c", "-", "e"], &["d"]),
        ("[^a]", &["^", "a"], &["b"]),
        ("[a!]", &["a", "!"], &["b"]),
        (r"[\]-_]", &["]", "^", "_"], &["\\", "a"]),
        (r"[\!a]", &["!", "a"], &["\\", "b"]),
        (r"[+-\-]", &["+", ",", "-"], &["\\", "."]),
        ("[ä-ü]", &["ä", "ö"], &["a", "ÿ"]),
        ("[*]", &["*"], &["a"]),
        (r"\*\?\[\\\a", &["*?[\\a"], &["xx[\\a"]),
        ("]", &["]"], &[""]),
        ("a-b!", &["a-b!"], &["ab!"]),
    ] {
        for key in matching {
            assert!(matches(pattern, key), "{pattern} matches {key:?}");
        }
        for key in others {
            assert!(!matches(pattern, key), "{pattern} doesn't match {key:?}");
        }
    }
}

#[test]
fn patterns_that_make_no_sense_are_refused() {
    let long = "a".repeat(1025);
    for (pattern, part) in [
        ("[", "not closed"),
        ("[a", "not closed"),
        ("[a-", "not closed"),
        ("[]", "not closed"),
        ("[!]", "not closed"),
        ("[!", "not closed"),
        (r"[\]", "not closed"),
        (r"[a\", "not closed"),
        (r"[a-\", "not closed"),
        (r"a\", "backslash"),
        (r"\\\", "backslash"),
        ("[b-a]", "backwards"),
        ("a\0b", "NUL"),
        (long.as_str(), "1024"),
    ] {
        let error = Glob::new(pattern).unwrap_err();
        assert_eq!(error.code(), "INVALID_NAME");
        let message = error.to_string();
        assert!(message.contains(part) && message.starts_with("pattern"), "{pattern}: {message}");
        assert!(message.len() < 250, "{message}");
    }
    assert!(Glob::new(&"a".repeat(1024)).is_ok());
}

#[test]
fn what_a_range_can_answer_is_known() {
    for (pattern, prefix, literal, prefix_only) in [
        ("", "", true, false),
        ("*", "", false, true),
        ("db:*", "db:", false, true),
        ("db:**", "db:", false, true),
        (r"d\*b[*]*", "d*b*", false, true),
        ("db:?*", "db:", false, false),
        ("db:*x", "db:", false, false),
        ("a[bc]", "a", false, false),
        ("a[!b]", "a", false, false),
        (r"\[a\]", "[a]", true, false),
    ] {
        let glob = Glob::new(pattern).unwrap();
        assert_eq!(glob.literal_prefix(), prefix, "{pattern}");
        assert_eq!(glob.is_literal(), literal.then_some(prefix), "{pattern}");
        assert_eq!(glob.is_prefix_only(), prefix_only, "{pattern}");
    }
}

#[test]
fn ranges_end_before_the_next_prefix() {
    for (prefix, upper) in [
        ("", None),
        ("db:", Some("db;")),
        ("a\u{7f}", Some("a\u{80}")),
        ("\u{7ff}", Some("\u{800}")),
        ("\u{d7ff}", Some("\u{e000}")),
        ("\u{ffff}", Some("\u{10000}")),
        ("a\u{10ffff}", Some("b")),
        ("\u{10ffff}\u{10ffff}", None),
    ] {
        let range = Glob::new(&format!("{prefix}*")).unwrap().range();
        assert_eq!(range, (prefix.to_owned(), upper.map(str::to_owned)));
    }
}

#[test]
fn a_hostile_pattern_takes_no_exponential_time() {
    let key = "a".repeat(1024);
    for pattern in ["*a".repeat(511) + "b", format!("*{}b", "a".repeat(1000)), "*[!b]".repeat(200) + "b"] {
        let glob = Glob::new(&pattern).unwrap();
        let started = std::time::Instant::now();
        assert!(!glob.matches(&key));
        assert!(started.elapsed().as_millis() < 1000, "{pattern}");
    }
}

/// A part of a pattern, and how it is written.
#[derive(Debug, Clone)]
enum Piece {
    Char(char),
    Any,
    Star,
    Set(bool, Vec<(char, char)>),
}

fn char() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['a', 'b', 'c', '*', '?', '[', ']', '!', '-', '\\', '/', 'ä', '𝄞'])
}

fn piece() -> impl Strategy<Value = Piece> {
    let range = (char(), char()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    prop_oneof![
        4 => char().prop_map(Piece::Char),
        1 => Just(Piece::Any),
        2 => Just(Piece::Star),
        2 => (any::<bool>(), prop::collection::vec(range, 1..3)).prop_map(|(negated, set)| Piece::Set(negated, set)),
    ]
}

fn pattern(pieces: &[Piece]) -> String {
    let escaped =
        |char: char| if char.is_ascii_punctuation() { format!("\\{char}") } else { char.to_string() };
    let write = |piece: &Piece| match piece {
        Piece::Char(char) => escaped(*char),
        Piece::Any => "?".to_owned(),
        Piece::Star => "*".to_owned(),
        Piece::Set(negated, ranges) => {
            let write = |&(low, high): &(char, char)| format!("{}-{}", escaped(low), escaped(high));
            let ranges: String = ranges.iter().map(write).collect();
            format!("[{}{ranges}]", if *negated { "!" } else { "" })
        }
    };
    pieces.iter().map(write).collect()
}

fn reference(pieces: &[Piece], key: &[char]) -> bool {
    let Some((piece, later)) = pieces.split_first() else { return key.is_empty() };
    if let Piece::Star = piece {
        return (0..=key.len()).any(|taken| reference(later, &key[taken..]));
    }
    let Some((char, rest)) = key.split_first() else { return false };
    let fits = match piece {
        Piece::Char(expected) => expected == char,
        Piece::Set(negated, ranges) => {
            ranges.iter().any(|(low, high)| low <= char && char <= high) != *negated
        }
        Piece::Any | Piece::Star => true,
    };
    fits && reference(later, rest)
}

/// A key that the pieces match, unless a choice goes wrong.
fn likely_key(pieces: &[Piece], filler: &[char]) -> Vec<char> {
    let take = |piece: &Piece| match piece {
        Piece::Char(char) => vec![*char],
        Piece::Any => filler.iter().take(1).copied().collect(),
        Piece::Star => filler.to_vec(),
        Piece::Set(_, ranges) => vec![ranges[0].0],
    };
    pieces.iter().flat_map(take).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn matching_follows_the_reference(
        pieces in prop::collection::vec(piece(), 0..6),
        filler in prop::collection::vec(char(), 0..3),
        key in prop::collection::vec(char(), 0..6),
    ) {
        let glob = Glob::new(&pattern(&pieces)).unwrap();
        for key in [key, likely_key(&pieces, &filler)] {
            let expected = reference(&pieces, &key);
            let key: String = key.into_iter().collect();
            prop_assert_eq!(glob.matches(&key), expected, "{} {:?}", pattern(&pieces), key);
            if expected {
                let (lower, upper) = glob.range();
                prop_assert!(lower <= key && upper.is_none_or(|upper| key < upper));
                prop_assert!(glob.is_literal().is_none_or(|literal| literal == key));
            }
        }
    }

    #[test]
    fn a_range_holds_the_keys_with_the_prefix_and_no_other(
        prefix in "[a\\u{d7ff}\\u{e000}\\u{10fffe}\\u{10ffff}]{0,3}",
        keys in prop::collection::vec("[ab\\u{d7ff}\\u{e000}\\u{e001}\\u{10fffe}\\u{10ffff}]{0,4}", 20),
    ) {
        let glob = Glob::new(&format!("{prefix}*")).unwrap();
        let (lower, upper) = glob.range();
        for key in keys {
            let within = lower <= key && upper.as_ref().is_none_or(|upper| key < *upper);
            prop_assert_eq!(within, key.starts_with(&prefix), "{:?}", key);
            prop_assert_eq!(within, glob.matches(&key), "{:?}", key);
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_refused(pattern in "[\\[\\]!a\\-\\\\*?ä]{0,12}", key in "[\\[\\]!a\\-ä]{0,8}") {
        if let Ok(glob) = Glob::new(&pattern) {
            prop_assert!(!glob.matches(&key) || key.starts_with(glob.literal_prefix()));
        }
    }
}
