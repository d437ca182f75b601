//! Which changes a watch lets through.

use crate::engine::request::{STORE, Touch};
use crate::namespace::Glob;

/// What a change must be to be let through; what is none does not matter.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) facet: Option<&'static str>,
    pub(super) name: Option<String>,
    pub(super) pattern: Option<Glob>,
}

impl Filter {
    pub(super) fn lets_through(&self, touch: &Touch<'_>) -> bool {
        if touch.facet == STORE {
            // What is done to the whole store is done to whatever is watched.
            return true;
        }
        // What has no keys is told with an empty one, which no key is.
        let subject = if touch.key.is_empty() { touch.name } else { touch.key };
        self.facet.is_none_or(|facet| facet == touch.facet)
            && self.name.as_ref().is_none_or(|name| name == touch.name)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(subject))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_for_keys_or_where_there_are_none_for_names() {
        let filter = Filter { facet: None, name: None, pattern: Some(Glob::new("git*").unwrap()) };
        let touch = |name, key| Touch { facet: "plugin", name, key, operation: "save" };
        assert!(filter.lets_through(&touch("github", "")));
        assert!(!filter.lets_through(&touch("slack", "")));
        assert!(filter.lets_through(&touch("slack", "github")));
        assert!(!filter.lets_through(&touch("github", "slack")));
    }

    #[test]
    fn every_part_must_fit() {
        let filter = Filter { facet: Some("namespace"), name: Some("a".to_owned()), pattern: None };
        let touch = |facet, name| Touch { facet, name, key: "k", operation: "set" };
        assert!(filter.lets_through(&touch("namespace", "a")));
        assert!(!filter.lets_through(&touch("namespace", "b")));
        assert!(!filter.lets_through(&touch("plugin", "a")));
    }
}
