//! The arguments that every command takes, and the list of the commands.

use std::path::PathBuf;

use clap::{ColorChoice, Parser, Subcommand};

use crate::commands::{
    Run, backup, care, case, completions, environment, look, mock, plugin, read, transfer, watch, write,
};
use crate::failure::Outcome;

/// How an example is shown below the help of a command. A test runs each line of it.
macro_rules! examples {
    ($($line:literal),+ $(,)?) => { concat!("Examples:", $("\n  $ ", $line),+) };
}
pub(crate) use examples;

/// Above the options that every command takes.
const GLOBAL: &str = "Options of every command";
const AFTER: &str = "\
Exit codes:
  0  done; the answer is yes
  1  the answer is no: not found, or `verify` or `doctor` has found something
  2  the command line, a name or a value is wrong
  3  what is stored does not allow it: a conflict, a transition that there isn't, a newer version
  4  somebody else holds the lock; try again
  5  the file is no store, damaged, or of a newer format
  6  the system refused: no such file, no permission, no room

`statehold COMMAND --help` tells more of a command, with examples.";

/// Look at a statehold store, change it, and take care of it.
#[derive(Parser)]
#[command(name = "statehold", bin_name = "statehold", version, after_help = AFTER, max_term_width = 120)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// The store's file
    #[arg(short, long, global = true, help_heading = GLOBAL, value_name = "FILE", env = "STATEHOLD_STORE", hide_env_values = true)]
    pub(crate) store: Option<PathBuf>,

    /// Answer with JSON: a document, or for a list a document a line
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,

    /// Whether to use colours
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColorChoice,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done, in the order of the help.
#[derive(Subcommand)]
pub(crate) enum Command {
    Get(read::Get),
    Set(write::Set),
    Del(write::Del),
    Ls(read::Ls),
    Ttl(write::Ttl),
    Incr(write::Incr),
    Namespaces(read::Namespaces),
    Watch(watch::Watch),
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    #[command(subcommand)]
    Case(case::Case),
    #[command(subcommand)]
    Env(environment::Env),
    #[command(subcommand)]
    Mock(mock::Mock),
    Info(look::Info),
    Stats(look::Stats),
    Backup(backup::Backup),
    Snapshot(backup::Snapshot),
    Restore(backup::Restore),
    Export(transfer::Export),
    Import(transfer::Import),
    Verify(care::Verify),
    Doctor(care::Doctor),
    Vacuum(care::Vacuum),
    Purge(care::Purge),
    Upgrade(backup::Upgrade),
    Completions(completions::Completions),
}

impl Command {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Get(command) => command.run(run),
            Self::Set(command) => command.run(run),
            Self::Del(command) => command.run(run),
            Self::Ls(command) => command.run(run),
            Self::Ttl(command) => command.run(run),
            Self::Incr(command) => command.run(run),
            Self::Namespaces(command) => command.run(run),
            Self::Watch(command) => command.run(run),
            Self::Plugin(command) => command.run(run),
            Self::Case(command) => command.run(run),
            Self::Env(command) => command.run(run),
            Self::Mock(command) => command.run(run),
            Self::Info(command) => command.run(run),
            Self::Stats(command) => command.run(run),
            Self::Backup(command) => command.run(run),
            Self::Snapshot(command) => command.run(run),
            Self::Restore(command) => command.run(run),
            Self::Export(command) => command.run(run),
            Self::Import(command) => command.run(run),
            Self::Verify(command) => command.run(run),
            Self::Doctor(command) => command.run(run),
            Self::Vacuum(command) => command.run(run),
            Self::Purge(command) => command.run(run),
            Self::Upgrade(command) => command.run(run),
            Self::Completions(command) => command.run(run),
        }
    }
}
