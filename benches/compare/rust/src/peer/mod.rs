//! The stores under test, behind one face: text keys, values of JSON text, and an owned value for each `get`.

mod fjall;
mod hash_map;
mod heed;
mod redb;
mod rusqlite;
mod statehold;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use clap::ValueEnum;

/// A store under test, open.
pub(crate) trait Peer: Send {
    /// The value of a key, owned by the caller.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>>;

    /// Makes or overwrites one key in a commit of its own.
    fn set(&self, key: &str, value: &str) -> Result<()>;

    /// The values of many keys, in one read where the store has such a thing.
    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>>;

    /// Makes or overwrites many keys in one commit.
    fn set_all(&self, pairs: &[(String, String)]) -> Result<()>;

    /// The keys that begin with a prefix, in order.
    fn list(&self, prefix: &str) -> Result<Vec<String>>;
}

/// What a commit that has returned survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A crash of the process. redb has nothing between power loss and nothing at all, and here it has the latter.
    Normal,
    /// Power loss.
    Full,
}

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) durability: Durability,
    /// Whether statehold may keep what it has read. The others keep what they always do.
    pub(crate) cached: bool,
}

impl Terms {
    pub(crate) fn normal() -> Self {
        Self { durability: Durability::Normal, cached: true }
    }

    pub(crate) fn full() -> Self {
        Self { durability: Durability::Full, cached: true }
    }

    pub(crate) fn uncached() -> Self {
        Self { durability: Durability::Normal, cached: false }
    }
}

/// The name of a peer, as the figures have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub(crate) enum Name {
    #[value(name = "statehold")]
    Statehold,
    #[value(name = "rusqlite")]
    Rusqlite,
    #[value(name = "rusqlite, one connection")]
    RusqliteShared,
    #[value(name = "redb")]
    Redb,
    #[value(name = "fjall")]
    Fjall,
    #[value(name = "heed")]
    Heed,
    #[value(name = "HashMap")]
    HashMap,
}

impl Name {
    /// All that keep what they are given.
    pub(crate) const STORES: [Self; 5] =
        [Self::Statehold, Self::Rusqlite, Self::Redb, Self::Fjall, Self::Heed];

    /// As the figures and the table have it.
    pub(crate) fn shown(self) -> String {
        self.to_possible_value().expect("no name is hidden").get_name().to_owned()
    }

    /// Opens the store in a folder of its own, and makes it if it isn't there.
    pub(crate) fn open(self, folder: &Path, terms: Terms) -> Result<Box<dyn Peer>> {
        Ok(match self {
            Self::Statehold => Box::new(statehold::open(folder, terms)?),
            Self::Rusqlite | Self::RusqliteShared => Box::new(rusqlite::open(folder, terms.durability)?),
            Self::Redb => Box::new(redb::open(folder, terms.durability)?),
            Self::Fjall => Box::new(fjall::open(folder, terms.durability)?),
            Self::Heed => Box::new(heed::open(folder, terms.durability)?),
            Self::HashMap => Box::new(hash_map::HashMap::default()),
        })
    }

    /// Opens it for so many threads, in the way that it is used by several.
    pub(crate) fn open_for(self, threads: usize, folder: &Path, terms: Terms) -> Result<Vec<Box<dyn Peer>>> {
        match self {
            Self::Statehold => {
                let peer = statehold::open(folder, terms)?;
                Ok((0..threads).map(|_| Box::new(peer.clone()) as Box<dyn Peer>).collect())
            }
            Self::RusqliteShared => {
                let peer = Shared(Arc::new(Mutex::new(self.open(folder, terms)?)));
                Ok((0..threads).map(|_| Box::new(peer.clone()) as Box<dyn Peer>).collect())
            }
            _ => (0..threads).map(|_| self.open(folder, terms)).collect(),
        }
    }
}

/// One peer that threads take turns with.
#[derive(Clone)]
struct Shared(Arc<Mutex<Box<dyn Peer>>>);

impl Shared {
    fn with<R>(&self, call: impl FnOnce(&dyn Peer) -> R) -> R {
        call(&**self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Peer for Shared {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.with(|peer| peer.get(key))
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        self.with(|peer| peer.set(key, value))
    }

    fn get_all(&self, keys: &[String]) -> Result<Vec<Vec<u8>>> {
        self.with(|peer| peer.get_all(keys))
    }

    fn set_all(&self, pairs: &[(String, String)]) -> Result<()> {
        self.with(|peer| peer.set_all(pairs))
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>> {
        self.with(|peer| peer.list(prefix))
    }
}
