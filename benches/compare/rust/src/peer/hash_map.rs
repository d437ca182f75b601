//! A map in memory, which keeps nothing: what a `get` costs at the least.

use std::cell::RefCell;

use anyhow::{Result, bail};

use super::Peer;

#[derive(Default)]
pub(super) struct HashMap(RefCell<std::collections::HashMap<String, Vec<u8>>>);

impl Peer for HashMap {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        self.0.borrow_mut().insert(key.to_owned(), value.into());
        Ok(())
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        keys.iter().filter_map(|key| self.get(key).transpose()).collect()
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        pairs.iter().try_for_each(|(key, value)| self.set(key, value))
    }

    fn list(&self, _: &str) -> Result<Vec<String>> {
        bail!("a HashMap has no order, so it lists no prefix")
    }
}
