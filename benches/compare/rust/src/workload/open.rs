//! How long a process waits for its first value.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::Turn;
use crate::data::{FEW, key};
use crate::figures::Figures;
use crate::peer::Terms;

/// Another process fills the store and ends; then this one, which has had to do with none, opens it.
pub(super) fn open(turn: &Turn<'_>) -> Result<Figures> {
    let program = std::env::current_exe().context("this program has a path")?;
    let filled = Command::new(program).arg("fill").arg(turn.peer.shown()).arg(turn.folder).status()?;
    ensure!(filled.success(), "the process that was to fill the store failed");
    let key = key(FEW / 2);
    let start = Instant::now();
    let peer = turn.peer.open(turn.folder, Terms::full())?;
    let found = peer.get(&key)?;
    let took = start.elapsed();
    ensure!(found.is_some(), "{key} is not there");
    Ok(Figures::rate(1, took).with(vec![took]))
}
