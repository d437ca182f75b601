//! Watching a namespace.

use super::{FACET, Namespace};
use crate::error::Result;
use crate::fault::Operation;
use crate::feed::{Watch, WatchOptions};

impl Namespace {
    /// Watches for what is committed to the keys of this namespace that match a glob pattern, from now on and by any
    /// process. [`Store::watch`](crate::Store::watch) can also begin at an earlier revision.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let watch = store.namespace("a").watch("user:*")?;
    /// store.namespace("b").set("user:1", &1)?;
    /// store.namespace("a").set("user:2", &2)?;
    /// assert_eq!(watch.try_next()?.map(|change| change.key), Some("user:2".to_owned()));
    /// assert_eq!(watch.try_next()?, None);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a pattern or a namespace.
    pub fn watch(&self, pattern: &str) -> Result<Watch> {
        self.operation(Operation::NamespaceWatch, || {
            self.check()?;
            let options = WatchOptions::new().facet(FACET).namespace(&*self.name).pattern(pattern);
            Watch::begin(self.shared(), options)
        })
    }
}
