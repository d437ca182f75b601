//! What is measured. Each measurement fills a store of its own first.

mod beside;
mod durable;
mod growth;
mod open;
mod point;
mod ycsb;

use std::fmt;
use std::path::Path;

use anyhow::Result;
use fastrand::Rng;

pub(crate) use beside::commit;
use ycsb::Mix;

use crate::data::{FEW, MANY, pairs};
use crate::figures::Figures;
use crate::peer::{Name, Peer, Terms};

/// Keys that are set in one commit.
const BATCH: usize = 1_000;

/// A child measures one of these, for one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Workload {
    GetCached,
    GetCold,
    GetMissing,
    SetNormal,
    SetFull,
    BatchGet,
    BatchSet,
    List,
    Ycsb(Mix),
    Open,
    /// By so many threads.
    DurableSets(usize),
    /// While another process makes so many commits a second.
    BesideCommits(u32),
    /// A store with so many keys: what is slower than in a small one, and how large it is.
    Growth(usize),
}

/// A line of figures. One measurement can give several.
pub(crate) struct Measured {
    pub(crate) workload: String,
    pub(crate) keys: usize,
    pub(crate) workers: usize,
    pub(crate) figures: Figures,
    /// Of the closed store, if it was looked at before the measurement had ended.
    pub(crate) file_bytes: Option<u64>,
}

/// Where and how a child measures.
pub(crate) struct Turn<'a> {
    pub(crate) peer: Name,
    /// Empty, and the child's own.
    pub(crate) folder: &'a Path,
    pub(crate) chance: Rng,
    /// Divides how much is done, to see soon that it runs.
    pub(crate) haste: usize,
}

impl Turn<'_> {
    /// How often something is done of which the full run does `full`.
    fn count(&self, full: usize) -> usize {
        (full / self.haste).max(10)
    }

    /// A store with so many keys, in the order of their numbers.
    fn filled(&self, terms: Terms, keys: usize) -> Result<Box<dyn Peer>> {
        let peer = self.peer.open(self.folder, terms)?;
        fill_up(&*peer, keys)?;
        Ok(peer)
    }
}

/// Makes a store of 10,000 keys in a folder: what the process does that only fills one.
pub(crate) fn fill(peer: Name, folder: &Path) -> Result<()> {
    fill_up(&*peer.open(folder, Terms::normal())?, FEW)
}

fn fill_up(peer: &dyn Peer, keys: usize) -> Result<()> {
    for first in (0..keys).step_by(BATCH) {
        peer.set_all(&pairs(first..(first + BATCH).min(keys), 0, keys))?;
    }
    Ok(())
}

impl Workload {
    /// All of them; those of a large store are left out in haste, as filling it takes seconds.
    pub(crate) fn all(quick: bool) -> Vec<Self> {
        let mut all = vec![
            Self::GetCached,
            Self::GetCold,
            Self::GetMissing,
            Self::SetNormal,
            Self::SetFull,
            Self::BatchGet,
            Self::BatchSet,
            Self::List,
            Self::Open,
            Self::BesideCommits(1_000),
        ];
        all.extend(Mix::ALL.map(Self::Ycsb));
        all.extend([1, 2, 4, 8, 32].map(Self::DurableSets));
        all.extend(if quick { [FEW, 10 * FEW] } else { [FEW, MANY] }.map(Self::Growth));
        all
    }

    /// Those that can do it at all.
    pub(crate) fn peers(self) -> Vec<Name> {
        match self {
            Self::GetCached | Self::GetMissing => [&Name::STORES[..], &[Name::HashMap]].concat(),
            Self::DurableSets(_) => vec![Name::Statehold, Name::Rusqlite, Name::RusqliteShared],
            // redb and fjall are for one process at a time, as they are opened here.
            Self::BesideCommits(_) => vec![Name::Statehold, Name::Rusqlite, Name::Heed],
            _ => Name::STORES.to_vec(),
        }
    }

    /// In how many rounds it is measured at most: a large store takes seconds to fill.
    pub(crate) fn rounds(self) -> usize {
        if matches!(self, Self::Growth(_)) { 3 } else { usize::MAX }
    }

    pub(crate) fn measure(self, turn: Turn<'_>) -> Result<Vec<Measured>> {
        let figures = match self {
            Self::GetCached => point::get(turn, Terms::normal())?,
            Self::GetCold => point::get(turn, Terms::uncached())?,
            Self::GetMissing => point::missing(turn)?,
            Self::SetNormal => point::set(turn, Terms::normal(), 30_000)?,
            Self::SetFull => point::set(turn, Terms::full(), 2_000)?,
            Self::BatchGet => point::batch_get(turn)?,
            Self::BatchSet => point::batch_set(turn)?,
            Self::List => point::list(turn)?,
            Self::Ycsb(mix) => ycsb::run(turn, mix)?,
            Self::Open => open::open(&turn)?,
            Self::DurableSets(threads) => durable::sets(&turn, threads)?,
            Self::BesideCommits(rate) => beside::get(turn, rate)?,
            Self::Growth(keys) => return growth::measure(turn, keys),
        };
        let workers = if let Self::DurableSets(threads) = self { threads } else { 1 };
        Ok(vec![Measured { workload: self.line(), keys: FEW, workers, figures, file_bytes: None }])
    }

    /// As the figures have it, where the number of workers or keys has a place of its own.
    fn line(self) -> String {
        let name = match self {
            Self::GetCached => "get cached",
            Self::GetCold => "get cold",
            Self::GetMissing => "get missing",
            Self::SetNormal => "set normal",
            Self::SetFull => "set full",
            Self::BatchGet => "batch get",
            Self::BatchSet => "batch set",
            Self::List => "list 100",
            Self::Open => "open",
            Self::DurableSets(_) => "durable sets",
            Self::BesideCommits(_) => "get beside commits",
            Self::Growth(_) => "growth",
            Self::Ycsb(mix) => return format!("ycsb {mix}"),
        };
        name.to_owned()
    }
}

/// The name that `--only` and a child know it by.
impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line())?;
        match self {
            Self::DurableSets(count) | Self::Growth(count) => write!(f, " {count}"),
            _ => Ok(()),
        }
    }
}
