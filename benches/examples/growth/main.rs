//! How much slower each facet is when there is more of it: 100, 10,000 and a million records.
//!
//! ```text
//! cargo run --release -p statehold-benches --example growth -- --json target/growth.jsonl
//! ```
//!
//! Each row is one operation, in a store that holds so many records of that kind and nothing else, opened at `normal`
//! and without the cache, so that reads are those of the file. A cell is the median of the calls, in microseconds; of
//! what goes over the whole store it is the time divided by the records. The last column is how many times as long it
//! takes at the largest size as at 10,000. A million records take up to a minute to make: `--most 10000` leaves them out,
//! and `--only keys,cases` measures what grows in one of these ways. Receipts, histories and backups of one record are
//! made by one commit each, so there are fewer of them at most.
#![allow(clippy::cast_precision_loss)] // figures are rounded anyway

mod case;
mod environment;
mod namespace;
mod plugin;
mod sample;
mod whole;

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Parser, ValueEnum};
use statehold::{Durability, OpenOptions, Result, Store};

use sample::Sample;

/// How much slower each facet is when there is more of it.
#[derive(Parser)]
struct Arguments {
    /// The most records.
    #[arg(long, default_value_t = 1_000_000)]
    most: usize,
    /// Only what grows in these ways.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Kind>,
    /// The file to which the figures are written, one JSON object a line.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What there are many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Keys of a namespace.
    Keys,
    /// Plugins with a state each.
    Plugins,
    /// Backups that are kept of the state of one plugin.
    Backups,
    Environments,
    /// Entries of the history of one environment.
    History,
    Cases,
    /// Receipts of one case.
    Receipts,
    /// Keys, for what goes over the whole store.
    Store,
}

impl Kind {
    fn measure(self, folder: &Path, records: usize) -> Result<Vec<Sample>> {
        let path = folder.join("store");
        match self {
            Self::Keys => namespace::keys(&path, records),
            Self::Plugins => plugin::plugins(&path, records),
            Self::Backups => plugin::backups(&path, records),
            Self::Environments => environment::environments(&path, records),
            Self::History => environment::history(&path, records),
            Self::Cases => case::cases(&path, records),
            Self::Receipts => case::receipts(&path, records),
            Self::Store => whole::operations(&path, records),
        }
    }

    /// How many of them are worth the time that it takes to make them.
    fn most(self) -> usize {
        match self {
            Self::Backups => 10_000,
            Self::History | Self::Receipts => 100_000,
            _ => 1_000_000,
        }
    }

    fn name(self) -> String {
        self.to_possible_value().expect("no kind is hidden").get_name().to_owned()
    }
}

/// Sizes, of which a kind has those up to its most and the user's.
const SIZES: [usize; 4] = [100, 10_000, 100_000, 1_000_000];
/// What growth is counted from.
const FROM: usize = 10_000;

/// As all stores here are opened.
fn options() -> OpenOptions {
    Store::options().durability(Durability::Normal).cache_bytes(0)
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let mut json = arguments.json.as_ref().map(File::create).transpose()?;
    println!("| records of which kind, operation | 100 | 10,000 | 100,000 | 1,000,000 | growth |");
    println!("|---|---|---|---|---|---|");
    for &kind in Kind::value_variants() {
        if !arguments.only.is_empty() && !arguments.only.contains(&kind) {
            continue;
        }
        let sizes: Vec<usize> =
            SIZES.into_iter().filter(|size| *size <= kind.most().min(arguments.most)).collect();
        let mut found: Vec<(usize, Vec<Sample>)> = Vec::new();
        for records in sizes {
            let folder = tempfile::tempdir()?;
            let start = Instant::now();
            let samples = kind.measure(folder.path(), records)?;
            eprintln!("{records} {}: {:.1} s", kind.name(), start.elapsed().as_secs_f64());
            if let Some(json) = &mut json {
                for sample in &samples {
                    writeln!(json, "{}", sample.line(&kind.name(), records))?;
                }
            }
            found.push((records, samples));
        }
        print!("{}", rows(&kind.name(), &found));
    }
    Ok(())
}

/// The rows of a kind.
fn rows(kind: &str, found: &[(usize, Vec<Sample>)]) -> String {
    let mut rows = String::new();
    let operations = found.first().map_or(0, |(_, samples)| samples.len());
    for at in 0..operations {
        let median = |size: usize| {
            let (_, samples) = found.iter().find(|(records, _)| *records == size)?;
            samples.get(at).map(Sample::p50_us)
        };
        let cells: Vec<String> = SIZES
            .iter()
            .map(|size| median(*size).map_or_else(String::new, |median| format!("{median:.2}")))
            .collect();
        let largest = found.last().and_then(|(records, _)| median(*records).filter(|_| *records > FROM));
        let growth =
            largest.zip(median(FROM)).map_or_else(String::new, |(most, from)| format!("{:.2}x", most / from));
        let operation = found[0].1[at].operation;
        let _ = writeln!(rows, "| {kind}, {operation} | {} | {growth} |", cells.join(" | "));
    }
    rows
}
