//! statehold: one namespace. It also writes its journal, which the others have none of.

use std::path::Path;

use anyhow::Result;
use statehold::{Json, Namespace, SetOptions, Store, Value};

use super::{Durability, Peer, Terms};

#[derive(Clone)]
pub(super) struct Statehold(Namespace);

pub(super) fn open(folder: &Path, terms: Terms) -> Result<Statehold> {
    let durability = match terms.durability {
        Durability::Normal => statehold::Durability::Normal,
        Durability::Full => statehold::Durability::Full,
    };
    let options = Store::options().durability(durability);
    let options = if terms.cached { options } else { options.cache_bytes(0) };
    Ok(Statehold(options.open(folder.join("store"))?.namespace("bench")))
}

fn text(value: Value) -> Vec<u8> {
    match value {
        Value::Json(json) => json.into_string().into_bytes(),
        Value::Bytes(bytes) => bytes,
    }
}

/// Its text is checked, as whoever sets a value has it checked.
fn json(text: &str) -> Result<Value> {
    Ok(Value::Json(Json::new(text.to_owned())?))
}

impl Peer for Statehold {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get_value(key)?.map(text))
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        self.0.set_value(key, json(value)?, &SetOptions::new())?;
        Ok(())
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        Ok(self.0.batch_get(keys)?.into_iter().map(|(_, value)| text(value)).collect())
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| Ok((key.clone(), json(value)?))).collect::<Result<_>>()?;
        self.0.batch_set(pairs, None)?;
        Ok(())
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        Ok(self.0.list(&format!("{prefix}*"))?)
    }
}
