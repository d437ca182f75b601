//! Durable commits by many threads at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use fastrand::Rng;

use super::Turn;
use crate::data::{FEW, any, pairs};
use crate::figures::{Figures, each};
use crate::peer::{Peer, Terms};

/// All threads begin at once; the time is that until the last one is done. Each call is timed, which is little beside a
/// sync.
pub(super) fn sets(turn: &Turn<'_>, threads: usize) -> Result<Figures> {
    drop(turn.filled(Terms::normal(), FEW)?);
    let peers = turn.peer.open_for(threads, turn.folder, Terms::full())?;
    // More threads take longer at it than one does, and not so many times longer.
    let count = turn.count(1_500 + 100 * threads).div_ceil(threads);
    let start = Barrier::new(threads + 1);
    let mut chance = turn.chance.clone();
    let (took, calls) = std::thread::scope(|scope| {
        let running: Vec<_> = peers
            .into_iter()
            .enumerate()
            .map(|(thread, peer)| {
                let (start, chance) = (&start, chance.fork());
                scope.spawn(move || {
                    let changed = changes(thread * count, count, chance);
                    start.wait();
                    write(&*peer, &changed)
                })
            })
            .collect();
        start.wait();
        let begun = Instant::now();
        let calls: Result<Vec<_>> = running
            .into_iter()
            .map(|thread| thread.join().map_err(|_| anyhow!("a writing thread panicked"))?)
            .collect();
        (begun.elapsed(), calls)
    });
    let calls: Vec<Duration> = calls.context("writing failed")?.concat();
    Ok(Figures::rate(calls.len(), took).with(calls))
}

fn changes(first: usize, count: usize, mut chance: Rng) -> Vec<(String, String)> {
    let numbers = any(count, FEW, &mut chance).into_iter().enumerate();
    numbers.flat_map(|(at, number)| pairs([number], first + at + 1, FEW)).collect()
}

fn write(peer: &dyn Peer, changed: &[(String, String)]) -> Result<Vec<Duration>> {
    each(changed, |(key, value)| peer.set(key, value))
}
