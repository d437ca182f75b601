//! The mixes of the Yahoo! Cloud Serving Benchmark (Cooper and others, 2010), over records that are one value.

use std::fmt;

use anyhow::{Result, ensure};
use fastrand::Rng;

use super::Turn;
use crate::data::{FEW, Zipf, key, shuffled, value};
use crate::figures::{Figures, measure};
use crate::peer::Terms;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mix {
    /// Half reads, half overwrites.
    A,
    /// 95 reads, 5 overwrites.
    B,
    /// Reads.
    C,
    /// 95 reads of what is new, 5 new keys.
    D,
    /// Half reads, half reads with an overwrite.
    F,
}

impl Mix {
    pub(crate) const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::F];

    /// How many of a hundred only read.
    fn reads(self) -> u32 {
        match self {
            Self::A | Self::F => 50,
            Self::B | Self::D => 95,
            Self::C => 100,
        }
    }
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::D => "d",
            Self::F => "f",
        })
    }
}

/// What is done, with nothing left to make up while it is timed.
enum Step {
    Read(String),
    Write(String, String),
    ReadAndWrite(String, String),
}

fn steps(mix: Mix, count: usize, chance: &mut Rng) -> Vec<Step> {
    let zipf = Zipf::new(FEW);
    // The popular ones lie scattered over the table.
    let places = shuffled(FEW, chance);
    let mut keys = FEW;
    (1..=count)
        .map(|version| {
            let rank = zipf.draw(chance);
            let reads = chance.u32(..100) < mix.reads();
            let number = match mix {
                Mix::D if reads => keys - 1 - rank,
                Mix::D => {
                    keys += 1;
                    keys - 1
                }
                _ => places[rank],
            };
            let changed = || value(number, version, FEW);
            match mix {
                _ if reads => Step::Read(key(number)),
                Mix::F => Step::ReadAndWrite(key(number), changed()),
                _ => Step::Write(key(number), changed()),
            }
        })
        .collect()
}

pub(super) fn run(mut turn: Turn<'_>, mix: Mix) -> Result<Figures> {
    let peer = turn.filled(Terms::normal(), FEW)?;
    for number in 0..FEW {
        peer.get(&key(number))?;
    }
    let count = turn.count(if mix.reads() > 50 { 60_000 } else { 30_000 });
    let steps = steps(mix, count + count / 3, &mut turn.chance);
    let (untimed, timed) = steps.split_at(count);
    let read = |key: &str| {
        ensure!(peer.get(key)?.is_some(), "{key} is not there");
        Ok(())
    };
    measure(untimed, timed, |step| match step {
        Step::Read(key) => read(key),
        Step::Write(key, value) => peer.set(key, value),
        Step::ReadAndWrite(key, value) => {
            read(key)?;
            peer.set(key, value)
        }
    })
}
