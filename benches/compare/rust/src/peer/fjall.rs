//! fjall: one keyspace. By itself it hands each write to the system; for power loss it is told to sync.

use std::path::Path;

use anyhow::Result;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Durability, Peer};

pub(super) struct Fjall {
    database: Database,
    entries: Keyspace,
    durability: Durability,
}

pub(super) fn open(folder: &Path, durability: Durability) -> Result<Fjall> {
    let database = Database::builder(folder.join("store.fjall")).open()?;
    let entries = database.keyspace("entry", KeyspaceCreateOptions::default)?;
    Ok(Fjall { database, entries, durability })
}

impl Fjall {
    fn persist(&self) -> Result<()> {
        if self.durability == Durability::Full {
            self.database.persist(PersistMode::SyncData)?;
        }
        Ok(())
    }
}

impl Peer for Fjall {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.entries.get(key)?.map(|found| found.to_vec()))
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        self.entries.insert(key, value)?;
        self.persist()
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        keys.iter().filter_map(|key| self.get(key).transpose()).collect()
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        let mut batch = self.database.batch();
        for (key, value) in pairs {
            batch.insert(&self.entries, key.as_str(), value.as_str());
        }
        batch.commit()?;
        self.persist()
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.entries.prefix(prefix).map(|pair| Ok(String::from_utf8(pair.key()?.to_vec())?)).collect()
    }
}
