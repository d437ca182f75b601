//! What a transaction has read: keys that were there, keys that were not, and ranges. Whether a commit
//! of somebody else has changed any of it is decided from this alone.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::request::{Footprint, Touch};
use crate::namespace::earlier;

/// How much of a key was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Its value, or that it is there.
    Value,
    /// Its expiry as well, which changes without the value.
    Expiry,
}

/// The operation that only lets a key live longer.
const TOUCH: &str = "touch";

/// A part of what a facet holds.
#[derive(Clone)]
pub(crate) struct Range {
    pub(crate) facet: &'static str,
    /// Whether a key of a name is in it. In a facet whose names have no keys, the key is empty.
    pub(crate) contains: Contains,
}

type Contains = Arc<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// A facet and a name in it.
type FacetName = (&'static str, Arc<str>);

/// The reads of one transaction.
#[derive(Clone, Default)]
pub(crate) struct Reads {
    keys: HashMap<FacetName, HashMap<Box<str>, Depth>>,
    ranges: Vec<Range>,
    valid_until: Option<i64>,
}

impl Reads {
    /// Notes that a key was read, whether it was there or not.
    pub(crate) fn key(&mut self, facet: &'static str, name: &Arc<str>, key: &str, depth: Depth) {
        let keys = self.keys.entry((facet, name.clone())).or_default();
        match keys.get_mut(key) {
            Some(known) => *known = depth.max(*known),
            None => {
                keys.insert(key.into(), depth);
            }
        }
    }

    /// Notes that all keys of a range were read, those that were not there among them.
    pub(crate) fn range(&mut self, range: Range) {
        self.ranges.push(range);
    }

    /// Notes that something was seen that expires then.
    pub(crate) fn expires(&mut self, at_ms: Option<i64>) {
        self.valid_until = earlier(self.valid_until, at_ms);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.ranges.is_empty()
    }
}

impl Footprint for Reads {
    fn meets(&self, touch: &Touch<'_>) -> bool {
        let key = self.keys.iter().any(|((facet, name), keys)| {
            *facet == touch.facet
                && **name == *touch.name
                && keys
                    .get(touch.key)
                    .is_some_and(|depth| touch.operation != TOUCH || *depth == Depth::Expiry)
        });
        key || (touch.operation != TOUCH
            && self
                .ranges
                .iter()
                .any(|range| range.facet == touch.facet && (range.contains)(touch.name, touch.key)))
    }

    fn valid_until(&self) -> Option<i64> {
        self.valid_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch<'a>(name: &'a str, key: &'a str, operation: &'a str) -> Touch<'a> {
        Touch { facet: "namespace", name, key, operation }
    }

    #[test]
    fn keys_meet_exactly() {
        let mut reads = Reads::default();
        let name: Arc<str> = "a".into();
        reads.key("namespace", &name, "k", Depth::Value);
        assert!(reads.meets(&touch("a", "k", "set")));
        assert!(reads.meets(&touch("a", "k", "delete")));
        assert!(!reads.meets(&touch("a", "l", "set")), "another key of the namespace");
        assert!(!reads.meets(&touch("b", "k", "set")), "the key in another namespace");
        assert!(!reads.meets(&touch("a", "k", "touch")), "a renewed TTL does not change a value");
        reads.key("namespace", &name, "k", Depth::Expiry);
        assert!(reads.meets(&touch("a", "k", "touch")));
        reads.key("namespace", &name, "k", Depth::Value);
        assert!(reads.meets(&touch("a", "k", "touch")), "what was read stays read");
    }

    #[test]
    fn ranges_meet_absent_keys_too() {
        let mut reads = Reads::default();
        let contains = Arc::new(|name: &str, key: &str| name == "a" && key.starts_with("db:"));
        reads.range(Range { facet: "namespace", contains });
        assert!(reads.meets(&touch("a", "db:new", "set")));
        assert!(!reads.meets(&touch("a", "other", "set")));
        assert!(!reads.meets(&touch("b", "db:new", "set")));
    }

    #[test]
    fn the_earliest_expiry_counts() {
        let mut reads = Reads::default();
        for at in [None, Some(7), Some(3), None, Some(5)] {
            reads.expires(at);
        }
        assert_eq!(reads.valid_until(), Some(3));
    }
}
