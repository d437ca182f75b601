//! Every peer takes its turn in every round, in a shuffled order, each in a process of its own.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;

use crate::peer::Name;
use crate::process::{bytes_in, resident_bytes};
use crate::record::{Record, machine};
use crate::workload::{Turn, Workload};
use crate::{Arguments, table};

/// How much less is done in haste.
const HASTE: usize = 20;

/// Measures all that was asked for, says each figure as it comes, and prints the tables.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let rounds = if arguments.quick { 1 } else { arguments.rounds };
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let mut turns = Vec::new();
    for workload in asked_for(arguments)? {
        turns.extend(workload.peers().into_iter().map(|peer| (workload, peer)));
    }
    let mut json =
        arguments.json.as_ref().map(File::create).transpose().context("--json can't be written")?;
    let mut chance = Rng::with_seed(seed);
    let mut records = Vec::new();
    let mut say = |line: &str| -> Result<()> {
        println!("{line}");
        json.as_mut().map_or(Ok(()), |file| writeln!(file, "{line}"))?;
        Ok(())
    };
    eprintln!("seed {seed}, {rounds} rounds of {} measurements", turns.len());
    say(&machine().to_string())?;
    for round in 0..rounds {
        chance.shuffle(&mut turns);
        for &(workload, peer) in turns.iter().filter(|(workload, _)| round < workload.rounds()) {
            for record in in_child(arguments, workload, peer, round, chance.u64(..))? {
                say(&serde_json::to_string(&record)?)?;
                records.push(record);
            }
        }
    }
    println!("\n{}", table::all(&records));
    Ok(())
}

fn asked_for(arguments: &Arguments) -> Result<BTreeSet<Workload>> {
    let mut all = Workload::all(arguments.quick);
    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
    if let Some(unknown) =
        arguments.only.iter().find(|part| !names.iter().any(|name| name.contains(part.as_str())))
    {
        bail!("nothing that is measured has {unknown:?} in its name; there are: {}", names.join(", "));
    }
    let asked = |name: &str| {
        arguments.only.is_empty() || arguments.only.iter().any(|part| name.contains(part.as_str()))
    };
    all.retain(|workload| asked(&workload.to_string()));
    Ok(all.into_iter().collect())
}

/// Measures in a process of its own, which has ended before the next one begins.
fn in_child(
    arguments: &Arguments,
    workload: Workload,
    peer: Name,
    round: usize,
    seed: u64,
) -> Result<Vec<Record>> {
    let mut child = Command::new(std::env::current_exe().context("this program has a path")?);
    child.arg("measure").arg(workload.to_string()).arg(peer.shown());
    child.args(["--round", &round.to_string(), "--seed", &seed.to_string()]);
    if arguments.quick {
        child.arg("--quick");
    }
    if let Some(folder) = &arguments.folder {
        child.arg("--folder").arg(folder);
    }
    let output = child.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "measuring {workload} of {} failed, with seed {seed}", peer.shown());
    let lines = String::from_utf8(output.stdout)?;
    lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// What a child does: measures here, and prints the figures.
pub(crate) fn measure(arguments: &Arguments, workload: &str, peer: Name, round: usize) -> Result<()> {
    let workload = Workload::all(arguments.quick)
        .into_iter()
        .find(|known| known.to_string() == workload)
        .with_context(|| format!("{workload:?} is nothing that is measured"))?;
    let folder = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("statehold-compare-").tempdir_in(folder)?;
    let haste = if arguments.quick { HASTE } else { 1 };
    let chance = Rng::with_seed(arguments.seed.unwrap_or_default());
    let before = resident_bytes();
    let measured = workload.measure(Turn { peer, folder: folder.path(), chance, haste })?;
    let resident = resident_bytes().zip(before).map(|(after, before)| after.saturating_sub(before));
    let file_bytes = bytes_in(folder.path())?;
    for measured in measured {
        let record = Record::new(measured, peer.shown(), round, resident, file_bytes);
        println!("{}", serde_json::to_string(&record)?);
    }
    Ok(())
}
