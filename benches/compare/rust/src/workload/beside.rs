//! Reading while another process commits.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fastrand::Rng;

use super::Turn;
use super::point::reads;
use crate::data::{FEW, any, key, value};
use crate::figures::Figures;
use crate::peer::{Name, Terms};

/// The other process overwrites these, which nobody reads: a hundred more than there are.
const WRITTEN: std::ops::Range<usize> = FEW..FEW + 100;

/// The process that commits; it ends with its measurement, also with a failed one.
struct Committing(Child);

impl Committing {
    fn start(peer: Name, folder: &Path, rate: u32) -> Result<Self> {
        let program = std::env::current_exe().context("this program has a path")?;
        let mut command = Command::new(program);
        command.arg("commit").arg(peer.shown()).arg(folder).arg(rate.to_string());
        Ok(Self(command.stdout(Stdio::null()).spawn()?))
    }
}

impl Drop for Committing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Commits until it is killed: what the other process does. One that comes late makes up for it.
pub(crate) fn commit(peer: Name, folder: &Path, rate: u32) -> Result<()> {
    let peer = peer.open(folder, Terms::normal())?;
    let mut chance = Rng::new();
    let start = Instant::now();
    for version in 0.. {
        let number = chance.usize(WRITTEN);
        peer.set(&key(number), &value(number, version as usize, FEW))?;
        let due = Duration::from_secs(1) / rate * (version + 1);
        std::thread::sleep(due.saturating_sub(start.elapsed()));
    }
    Ok(())
}

pub(super) fn get(mut turn: Turn<'_>, rate: u32) -> Result<Figures> {
    let peer = turn.filled(Terms::normal(), FEW)?;
    let committing = Committing::start(turn.peer, turn.folder, rate)?;
    while peer.get(&key(WRITTEN.start))?.is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let keys: Vec<String> = any(turn.count(200_000), FEW, &mut turn.chance).into_iter().map(key).collect();
    for key in &keys {
        peer.get(key)?;
    }
    let figures = reads(&*peer, &keys, &keys[..keys.len().min(50_000)]);
    drop(committing);
    figures
}
