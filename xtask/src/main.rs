//! The project's chores: `cargo xtask test`, `lint`, `regenerate`, `demo`. Each sets up what it needs under
//! `target/xtask` and leaves the machine's own Python and Node packages alone.

mod bindings;
mod demo;
mod generated;
mod lint;
mod node;
mod python;
mod step;
mod test;
mod timing;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use xshell::Shell;

/// The project's chores.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds the bindings and runs the tests of Rust, Python and Node.
    Test {
        /// Budget of the cache of every store that a test opens without choosing one: 0 turns it off, 4096 is a page.
        #[arg(long)]
        cache_bytes: Option<usize>,
    },
    /// Checks format, lints, types, and that the generated files are up to date.
    Lint,
    /// Writes the generated files anew: the Python stub, the Node loader and its types.
    Regenerate,
    /// Has Rust, Python and Node work on one file at the same time, with real data, and check each other.
    Demo,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let shell = Shell::new()?;
    shell.change_dir(root);
    // napi always names the target that it builds for. Cargo keeps what is built for a named one apart, even if
    // that is this machine; so it is named everywhere, and whatever is built is built once.
    shell.set_var("CARGO_BUILD_TARGET", step::host(&shell)?);
    match &arguments.chore {
        Chore::Test { cache_bytes } => test::run(&shell, *cache_bytes),
        Chore::Lint => lint::run(&shell),
        Chore::Regenerate => generated::regenerate(&shell),
        Chore::Demo => demo::run(&shell),
    }
}
