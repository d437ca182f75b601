//! Single keys, batches and lists, in a store of 10,000 keys.

use std::hint::black_box;

use anyhow::{Result, ensure};

use super::{BATCH, Turn};
use crate::data::{FEW, any, key, pairs, shuffled};
use crate::figures::{Figures, measure};
use crate::peer::{Peer, Terms};

/// Reads keys, of which each is there.
pub(super) fn reads(peer: &dyn Peer, keys: &[String], timed: &[String]) -> Result<Figures> {
    measure(keys, timed, |key| {
        ensure!(black_box(peer.get(black_box(key))?).is_some(), "{key} is not there");
        Ok(())
    })
}

/// Overwrites keys with what they don't hold.
pub(super) fn writes(peer: &dyn Peer, keys: usize, count: usize, turn: &mut Turn<'_>) -> Result<Figures> {
    let timed = count.min(turn.count(10_000));
    let changed: Vec<(String, String)> = any(count + timed, keys, &mut turn.chance)
        .into_iter()
        .enumerate()
        .flat_map(|(version, number)| pairs([number], version + 1, keys))
        .collect();
    let (untimed, timed) = changed.split_at(count);
    measure(untimed, timed, |(key, value)| peer.set(key, value))
}

pub(super) fn get(mut turn: Turn<'_>, terms: Terms) -> Result<Figures> {
    let peer = turn.filled(terms, FEW)?;
    let once: Vec<String> = shuffled(FEW, &mut turn.chance).into_iter().map(key).collect();
    for key in &once {
        peer.get(key)?;
    }
    let often: Vec<String> = once.iter().cycle().take(turn.count(200_000)).cloned().collect();
    reads(&*peer, &often, &once)
}

pub(super) fn missing(mut turn: Turn<'_>) -> Result<Figures> {
    let peer = turn.filled(Terms::normal(), FEW)?;
    let once: Vec<String> =
        shuffled(FEW, &mut turn.chance).into_iter().map(|number| format!("none:{number:06}")).collect();
    let look = |key: &String| {
        ensure!(black_box(peer.get(black_box(key))?).is_none(), "{key} is there");
        Ok(())
    };
    once.iter().try_for_each(look)?;
    let often: Vec<String> = once.iter().cycle().take(turn.count(200_000)).cloned().collect();
    measure(&often, &once, look)
}

pub(super) fn set(mut turn: Turn<'_>, terms: Terms, count: usize) -> Result<Figures> {
    let peer = turn.filled(terms, FEW)?;
    let count = turn.count(count);
    writes(&*peer, FEW, count, &mut turn)
}

pub(super) fn batch_get(mut turn: Turn<'_>) -> Result<Figures> {
    let peer = turn.filled(Terms::normal(), FEW)?;
    let batches: Vec<Vec<String>> = (0..turn.count(300))
        .map(|_| shuffled(FEW, &mut turn.chance).into_iter().take(BATCH).map(key).collect())
        .collect();
    let get = |keys: &Vec<String>| {
        ensure!(peer.get_all(black_box(keys))?.len() == BATCH, "a key is not there");
        Ok(())
    };
    batches.iter().take(20).try_for_each(get)?;
    measure(&batches, &batches[..batches.len().min(100)], get)
}

pub(super) fn batch_set(mut turn: Turn<'_>) -> Result<Figures> {
    let peer = turn.filled(Terms::normal(), FEW)?;
    let batches: Vec<Vec<(String, String)>> = (0..turn.count(150))
        .map(|version| {
            let numbers = shuffled(FEW, &mut turn.chance).into_iter().take(BATCH);
            pairs(numbers, version + 1, FEW)
        })
        .collect();
    let (untimed, timed) = batches.split_at(batches.len() * 2 / 3);
    measure(untimed, timed, |pairs| peer.set_all(pairs))
}

pub(super) fn list(mut turn: Turn<'_>) -> Result<Figures> {
    let peer = turn.filled(Terms::normal(), FEW)?;
    lists(&*peer, FEW, &mut turn)
}

/// Lists hundreds of keys whose names differ in their last two digits.
pub(super) fn lists(peer: &dyn Peer, keys: usize, turn: &mut Turn<'_>) -> Result<Figures> {
    let prefixes: Vec<String> = any(turn.count(20_000), keys / 100, &mut turn.chance)
        .into_iter()
        .map(|hundred| format!("key:{hundred:04}"))
        .collect();
    let list = |prefix: &String| {
        ensure!(peer.list(black_box(prefix))?.len() == 100, "{prefix} has not 100 keys");
        Ok(())
    };
    let timed = &prefixes[..prefixes.len().min(5_000)];
    timed.iter().take(1_000).try_for_each(list)?;
    measure(&prefixes, timed, list)
}
