//! statehold beside other stores, from Rust: rusqlite, redb, fjall, heed (LMDB), and for reads a `HashMap`.
//!
//! ```text
//! cargo run --release -p statehold-compare -- --json target/rust.jsonl
//! ```
//!
//! Each measurement runs in a process of its own. In each round every peer is measured once, in a shuffled order. Figures
//! are written as they come, one JSON object a line, in the format of `report.py`; at the end stand tables of the
//! medians. What each peer stores and how is in the head of its file; all are asked for a value that the caller
//! owns. statehold and rusqlite share the one SQLite that is compiled in, so there are never two in a process.
//!
//! `--quick` does everything once and little of it, to see in a minute that it runs. `--only "set,ycsb a"` measures what has
//! one of these in its name. Files are made in the folder for temporary ones, which must lie on the disk
//! that is to be measured; `--folder` names another one.
#![allow(clippy::cast_precision_loss)] // figures are rounded anyway

mod compare;
mod data;
mod figures;
mod peer;
mod process;
mod record;
mod table;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::peer::Name;

/// statehold beside other stores, from Rust.
#[derive(Parser)]
#[command(name = "statehold-compare")]
struct Arguments {
    /// What this process does, if it was started by this program itself.
    #[command(subcommand)]
    role: Option<Role>,
    /// How often each measurement is made.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// One round, and little in it, to see that it runs.
    #[arg(long, global = true)]
    quick: bool,
    /// Only what has one of these in its name.
    #[arg(long, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<String>,
    /// The file to which the figures are written, besides the output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the stores are made.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// Decides the order of turns and keys.
    #[arg(long, global = true)]
    seed: Option<u64>,
}

#[derive(Subcommand)]
#[command(hide = true)]
enum Role {
    /// Measures one workload of one peer.
    #[command(hide = true)]
    Measure {
        workload: String,
        peer: Name,
        #[arg(long)]
        round: usize,
    },
    /// Fills a store and ends.
    #[command(hide = true)]
    Fill { peer: Name, store: PathBuf },
    /// Commits to a store, so many times a second, until it is killed.
    #[command(hide = true)]
    Commit { peer: Name, store: PathBuf, rate: u32 },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.role {
        None => compare::run(arguments),
        Some(Role::Measure { workload, peer, round }) => compare::measure(arguments, workload, *peer, *round),
        Some(Role::Fill { peer, store }) => workload::fill(*peer, store),
        Some(Role::Commit { peer, store, rate }) => workload::commit(*peer, store, *rate),
    }
}
