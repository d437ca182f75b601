//! Which changes are watched.

use super::filter::Filter;
use crate::error::{Error, Result};
use crate::format::FACETS;
use crate::namespace::{self, Glob};

/// Which changes are watched, and from where on. All, from now on, unless set otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WatchOptions {
    /// Only those of this facet: `namespace`.
    pub facet: Option<String>,
    /// Only those of this name in the facet; without a facet, of this namespace.
    pub namespace: Option<String>,
    /// Only those whose key matches this glob pattern, or where there are no keys, whose name does.
    pub pattern: Option<String>,
    /// Only those after this revision; 0: all that the journal has.
    pub after: Option<u64>,
}

impl WatchOptions {
    /// All changes, from now on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`facet`](Self::facet).
    pub fn facet(mut self, facet: impl Into<String>) -> Self {
        self.facet = Some(facet.into());
        self
    }

    /// Sets [`namespace`](Self::namespace).
    pub fn namespace(mut self, name: impl Into<String>) -> Self {
        self.namespace = Some(name.into());
        self
    }

    /// Sets [`pattern`](Self::pattern).
    pub fn pattern(mut self, pattern: impl Into<String>) -> Self {
        self.pattern = Some(pattern.into());
        self
    }

    /// Sets [`after`](Self::after).
    pub fn after(mut self, revision: u64) -> Self {
        self.after = Some(revision);
        self
    }

    pub(super) fn filter(self) -> Result<Filter> {
        let facet = match &self.facet {
            Some(facet) => {
                let mut names = FACETS.iter().map(|known| known.name);
                Some(names.clone().find(|known| known == facet).ok_or_else(|| {
                    let names: Vec<_> = names.by_ref().collect();
                    Error::value(
                        "facet",
                        format!("there is no facet {facet:?}; there are {}", names.join(", ")),
                    )
                })?)
            }
            None => self.namespace.as_ref().map(|_| namespace::FACET),
        };
        let pattern = self.pattern.as_deref().map(Glob::new).transpose()?;
        Ok(Filter { facet, name: self.namespace, pattern })
    }
}
