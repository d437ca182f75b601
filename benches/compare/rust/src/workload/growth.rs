//! What becomes slower as a store grows.

use std::time::Instant;

use anyhow::Result;

use super::point::{lists, reads, writes};
use super::{BATCH, Measured, Turn, fill_up};
use crate::data::{any, key};
use crate::figures::Figures;
use crate::peer::Terms;
use crate::process::bytes_in;

/// Fills a store with so many keys, and measures how fast that was, how large it is once it is closed, and then uncached
/// reads, lists and writes.
pub(super) fn measure(mut turn: Turn<'_>, keys: usize) -> Result<Vec<Measured>> {
    let peer = turn.peer.open(turn.folder, Terms::uncached())?;
    let start = Instant::now();
    fill_up(&*peer, keys)?;
    let filled = Figures::rate(keys / BATCH, start.elapsed());
    drop(peer);
    let file_bytes = bytes_in(turn.folder)?;
    let peer = turn.peer.open(turn.folder, Terms::uncached())?;
    let mut numbers = any(turn.count(200_000), keys, &mut turn.chance).into_iter();
    let mut some = |count| numbers.by_ref().take(count).map(key).collect::<Vec<String>>();
    let (warm, timed) = (some(turn.count(50_000)), some(turn.count(20_000)));
    let often: Vec<String> = some(usize::MAX);
    for key in &warm {
        peer.get(key)?;
    }
    let got = reads(&*peer, &often, &timed)?;
    let listed = lists(&*peer, keys, &mut turn)?;
    let count = turn.count(30_000);
    let set = writes(&*peer, keys, count, &mut turn)?;
    let lines = [("fill", filled), ("get cold", got), ("list 100", listed), ("set normal", set)];
    Ok(lines
        .map(|(workload, figures)| Measured {
            workload: workload.to_owned(),
            keys,
            workers: 1,
            figures,
            file_bytes: Some(file_bytes),
        })
        .into())
}
