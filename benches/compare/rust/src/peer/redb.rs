//! redb: one table. Its `Durability::None` survives no crash, not even that of the process.

use std::path::Path;

use anyhow::Result;
use redb::{Database, ReadableDatabase, TableDefinition, WriteTransaction};

use super::{Durability, Peer};

const TABLE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("entry");

pub(super) struct Redb {
    database: Database,
    durability: redb::Durability,
}

pub(super) fn open(folder: &Path, durability: Durability) -> Result<Redb> {
    let database = Database::create(folder.join("store.redb"))?;
    let write = database.begin_write()?;
    write.open_table(TABLE)?;
    write.commit()?;
    let durability = match durability {
        Durability::Normal => redb::Durability::None,
        Durability::Full => redb::Durability::Immediate,
    };
    Ok(Redb { database, durability })
}

impl Redb {
    fn write(&self) -> Result<WriteTransaction> {
        let mut write = self.database.begin_write()?;
        write.set_durability(self.durability)?;
        Ok(write)
    }
}

impl Peer for Redb {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        Ok(table.get(key)?.map(|found| found.value().to_vec()))
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        let write = self.write()?;
        write.open_table(TABLE)?.insert(key, value.as_bytes())?;
        Ok(write.commit()?)
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.extend(table.get(key.as_str())?.map(|found| found.value().to_vec()));
        }
        Ok(values)
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        let write = self.write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for (key, value) in pairs {
                table.insert(key.as_str(), value.as_bytes())?;
            }
        }
        Ok(write.commit()?)
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        let mut keys = Vec::new();
        for pair in table.range(prefix..)? {
            let (key, _) = pair?;
            if !key.value().starts_with(prefix) {
                break;
            }
            keys.push(key.value().to_owned());
        }
        Ok(keys)
    }
}
