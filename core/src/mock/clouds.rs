//! The clouds of a store.

use std::sync::Arc;

use super::change::{ROUNDS, restless};
use super::faults::FaultPlan;
use super::scope::{Scope, Write};
use super::{MockCloud, MockCloudOptions, sql};
use crate::engine::reader::{Arg, Next};
use crate::error::Result;
use crate::namespace::Glob;
use crate::store::Store;

impl Store {
    /// A mock cloud of the store, by its name; several names are isolated from each other. Makes nothing: a cloud comes to
    /// be with the first operation on it. A name that can't be one is refused by its operations.
    pub fn mock_cloud(&self, name: &str) -> MockCloud {
        self.mock_cloud_with(name, MockCloudOptions::new())
    }

    /// As [`mock_cloud`](Self::mock_cloud), with fixtures of one's own: for a cloud that is not there yet, and for
    /// resetting it. What is wrong with the options is told by the cloud's operations.
    ///
    /// ```
    /// use statehold::{Json, MockCloudOptions};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let fixtures = Json::new(r#"{"instance": {"instance_id": "i-1"}, "backups": []}"#)?;
    /// let cloud = store.mock_cloud_with("mine", MockCloudOptions::new().fixtures(fixtures));
    /// assert_eq!(cloud.get_instance()?.instance_id, "i-1");
    /// assert_eq!(cloud.get_backups()?, []);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn mock_cloud_with(&self, name: &str, options: MockCloudOptions) -> MockCloud {
        MockCloud::of_store(self, name, options)
    }

    /// The names of the mock clouds that match a glob pattern, sorted by their UTF-8 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a pattern.
    pub fn mock_clouds(&self, pattern: &str) -> Result<Vec<String>> {
        let glob = Glob::new(pattern)?;
        let (lower, upper) = glob.range();
        let upper = upper.as_deref().map_or(Arg::Highest, Arg::Text);
        self.shared().engine.read(|reader| {
            let mut names = Vec::new();
            reader.each(sql::NAMES, &[Arg::Text(&lower), upper], |row| {
                let name = row.text(0)?;
                if glob.matches(name) {
                    names.push(name.to_owned());
                }
                Ok(Next::Row)
            })?;
            Ok(names)
        })
    }

    /// Deletes a mock cloud with its faults, and says whether there was one.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// store.mock_cloud("a").start_instance()?;
    /// assert_eq!(store.mock_clouds("*")?, ["a"]);
    /// assert!(store.delete_mock_cloud("a")?);
    /// assert!(!store.delete_mock_cloud("a")?);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a name; those of a commit.
    pub fn delete_mock_cloud(&self, name: &str) -> Result<bool> {
        self.mock_cloud(name).ready()?;
        let (name, scope): (Arc<str>, _) = (name.into(), Scope::Store(self.clone()));
        for _ in 0..ROUNDS {
            let before = scope.see(&name)?;
            let was_there = before.is_some();
            let plans = vec![FaultPlan { afresh: true, ..FaultPlan::default() }];
            if scope.write(Write { name: &name, before, after: None, operation: "delete", plans })? {
                return Ok(was_there);
            }
        }
        Err(restless(&name))
    }
}
