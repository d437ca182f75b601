//! What can happen to a store, and how likely it is.

use proptest::prelude::*;
use proptest::sample::select;

/// One thing that is done to a namespace.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Set { key: String, value: Made, ttl: Option<u64>, keep: bool, when: When },
    Delete(String),
    Pop(String),
    SetTtl(String, Option<u64>),
    Touch(String),
    Get(String),
    Increment { key: String, by: By, initial: i64, ttl: Option<u64> },
    Merge(String, &'static str),
    Update(String),
    BatchSet(Vec<(String, Made)>, Option<u64>),
    BatchGet(Vec<String>),
    BatchDelete(Vec<String>),
    List { pattern: &'static str, limit: Option<usize>, after: Option<String>, reverse: bool },
    Count(&'static str),
    Clear,
    DeleteMatching(&'static str),
}

/// A value to be stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Made {
    Json(&'static str),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Int(i64),
    Float(f64),
}

/// The condition of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    Always,
    Absent,
    Present,
    /// The revision that the key has.
    AtIts,
    /// A revision that no key has.
    AtAnother,
}

/// One thing that is done to a store; a namespace comes first where one is meant.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Op(&'static str, Op),
    Transaction { steps: Vec<Inner>, commit: bool },
    Advance(u64),
    Back(u64),
    Purge,
    Reopen,
}

/// One thing that is done inside a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Inner {
    Op(&'static str, Op),
    Savepoint { steps: Vec<Inner>, keep: bool },
}

pub(crate) const NAMES: [&str; 3] = ["n", "m", "naïve \"name\""];
const KEYS: [&str; 9] = ["a", "b", "ab", "b:1", "b:2", "b:21", "é", "*", "z\"\\\n"];
const PATTERNS: [&str; 12] = ["*", "a*", "?", "b:*", "b:?", "[a-b]*", "[!a]*", "\\*", "*1", "a", "*b*", ""];
const JSON: [&str; 10] = [
    "null",
    "true",
    "7",
    "-3",
    "2.5",
    "9223372036854775807",
    "\"text\"",
    "[1,2]",
    "{\"x\":1,\"y\":{\"z\":2}}",
    "{\"x\":null}",
];
const PATCHES: [&str; 6] = ["{}", "{\"x\":2}", "{\"x\":null}", "{\"y\":{\"z\":null,\"w\":[1]}}", "5", "null"];
/// Milliseconds; the clock moves in steps of the same size, so that keys expire at the very moment.
const TTLS: [u64; 4] = [1, 100, 1_000, 60_000];

fn key() -> impl Strategy<Value = String> {
    select(&KEYS[..]).prop_map(str::to_owned)
}

fn made() -> impl Strategy<Value = Made> {
    prop_oneof![
        6 => select(&JSON[..]).prop_map(Made::Json),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(Made::Bytes),
    ]
}

fn ttl() -> impl Strategy<Value = Option<u64>> {
    proptest::option::weighted(0.4, select(&TTLS[..]))
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        4 => (-5_i64..10).prop_map(By::Int),
        1 => Just(By::Int(i64::MAX)),
        1 => Just(By::Float(0.5)),
    ]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        6 => Just(When::Always),
        1 => Just(When::Absent),
        1 => Just(When::Present),
        1 => Just(When::AtIts),
        1 => Just(When::AtAnother),
    ]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let pattern = || select(&PATTERNS[..]);
    prop_oneof![
        8 => (key(), made(), ttl(), any::<bool>(), when())
            .prop_map(|(key, value, ttl, keep, when)| Op::Set { key, value, ttl, keep: keep && ttl.is_none(), when }),
        2 => key().prop_map(Op::Delete),
        1 => key().prop_map(Op::Pop),
        2 => (key(), ttl()).prop_map(|(key, ttl)| Op::SetTtl(key, ttl)),
        1 => key().prop_map(Op::Touch),
        3 => key().prop_map(Op::Get),
        3 => (key(), by(), -1_i64..3, ttl()).prop_map(|(key, by, initial, ttl)| Op::Increment { key, by, initial, ttl }),
        2 => (key(), select(&PATCHES[..])).prop_map(|(key, patch)| Op::Merge(key, patch)),
        1 => key().prop_map(Op::Update),
        2 => (prop::collection::vec((key(), made()), 0..5), ttl()).prop_map(|(entries, ttl)| Op::BatchSet(entries, ttl)),
        1 => prop::collection::vec(key(), 0..5).prop_map(Op::BatchGet),
        1 => prop::collection::vec(key(), 0..5).prop_map(Op::BatchDelete),
        3 => (pattern(), proptest::option::of(0_usize..4), proptest::option::of(key()), any::<bool>())
            .prop_map(|(pattern, limit, after, reverse)| Op::List { pattern, limit, after, reverse }),
        1 => pattern().prop_map(Op::Count),
        1 => Just(Op::Clear),
        1 => pattern().prop_map(Op::DeleteMatching),
    ]
}

fn named() -> impl Strategy<Value = &'static str> {
    select(&NAMES[..])
}

fn inner() -> impl Strategy<Value = Inner> {
    let leaf = (named(), op()).prop_map(|(name, op)| Inner::Op(name, op));
    leaf.prop_recursive(2, 12, 4, |inner| {
        (prop::collection::vec(inner, 1..4), any::<bool>())
            .prop_map(|(steps, keep)| Inner::Savepoint { steps, keep })
    })
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (named(), op()).prop_map(|(name, op)| Step::Op(name, op)),
        6 => (prop::collection::vec(inner(), 0..8), prop::bool::weighted(0.75))
            .prop_map(|(steps, commit)| Step::Transaction { steps, commit }),
        4 => select(&TTLS[..]).prop_map(Step::Advance),
        1 => select(&TTLS[..]).prop_map(Step::Back),
        1 => Just(Step::Purge),
        1 => Just(Step::Reopen),
    ]
}
