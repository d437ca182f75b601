//! heed, which is LMDB: one database. `NO_SYNC` leaves it to the system when to write, and survives a crash of the
//! process.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result};
use heed::types::{Bytes, Str};
use heed::{CommitOrAbort, Database, Env, EnvFlags, EnvOpenOptions};

use super::{Durability, Peer};

/// The most that the file may become; only what is used is taken from the disk.
const MAP_BYTES: usize = 4 << 30;

/// A process may open LMDB's file once. It measures one store at one durability, so it never needs to close it.
static ENV: OnceLock<Env> = OnceLock::new();

pub(super) struct Heed {
    env: &'static Env,
    entries: Database<'static, Str, Bytes>,
}

pub(super) fn open(folder: &Path, durability: Durability) -> Result<Heed> {
    let env = if let Some(env) = ENV.get() {
        env
    } else {
        let env = open_env(&folder.join("store.lmdb"), durability)?;
        ENV.get_or_init(|| env)
    };
    let made = env.create_databases_and_commit(env.write_txn()?, |databases, write| {
        databases.create_database(write, None).map(CommitOrAbort::<_, ()>::Commit)
    })?;
    Ok(Heed { env, entries: made.commit().context("the database was made")? })
}

#[expect(unsafe_code, reason = "LMDB trusts that nobody else changes its file, and here nobody does")]
fn open_env(folder: &Path, durability: Durability) -> Result<Env> {
    std::fs::create_dir_all(folder)?;
    let mut options = EnvOpenOptions::new();
    options.map_size(MAP_BYTES);
    unsafe {
        if durability == Durability::Normal {
            options.flags(EnvFlags::NO_SYNC);
        }
        Ok(options.open(folder)?)
    }
}

impl Peer for Heed {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let read = self.env.read_txn()?;
        Ok(self.entries.get(&read, key)?.map(<[u8]>::to_vec))
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        let mut write = self.env.write_txn()?;
        self.entries.put(&mut write, key, value.as_bytes())?;
        Ok(write.commit()?)
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        let read = self.env.read_txn()?;
        keys.iter()
            .filter_map(|key| self.entries.get(&read, key).transpose())
            .map(|found| Ok(found?.to_vec()))
            .collect()
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        let mut write = self.env.write_txn()?;
        for (key, value) in pairs {
            self.entries.put(&mut write, key, value.as_bytes())?;
        }
        Ok(write.commit()?)
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let read = self.env.read_txn()?;
        self.entries.prefix_iter(&read, prefix)?.map(|pair| Ok(pair?.0.to_owned())).collect()
    }
}
