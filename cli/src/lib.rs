//! The command line of statehold, as a function: the program `statehold`, `python -m statehold` and `npx statehold`
//! are this with the arguments and streams of their process.
//!
//! A command reads its arguments, calls the core, and prints what came of it: no rule stands here. [`run`] gives the
//! exit code, which [`exit`] has the list of.
//!
//! ```
//! let streams = |_| statehold_cli::Streams::given(std::io::empty(), std::io::sink(), std::io::sink());
//! assert_eq!(statehold_cli::run(["statehold", "--version"].map(Into::into), streams), 0);
//! assert_eq!(statehold_cli::run(["statehold", "get"].map(Into::into), streams), 2);
//! ```
#![allow(clippy::doc_markdown, reason = "the doc comments of arguments are their help, which is plain text")]

mod arguments;
mod commands;
pub mod exit;
mod failure;
mod input;
mod output;
mod streams;

use std::ffi::OsString;

pub use clap::ColorChoice;
use clap::Parser;

use self::arguments::Arguments;
use self::commands::Run;
use self::failure::Failure;
use self::output::Output;
pub use self::streams::Streams;

/// Runs one command. The first of `arguments` is the program's own name. `streams` says where it reads and writes, given
/// whether the user wants colours. Returns the exit code of the process.
pub fn run<A, S>(arguments: A, streams: S) -> u8
where
    A: IntoIterator<Item = OsString>,
    S: FnOnce(ColorChoice) -> Streams,
{
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let (outcome, mut output) = match Arguments::try_parse_from(&arguments) {
        Ok(Arguments { command, store, json, color }) => {
            let mut run = Run::new(store, Output::new(streams(color), json));
            (command.run(&mut run), run.output)
        }
        Err(error) => {
            // What can't be parsed has no options, but who asks for JSON gets it.
            let json = arguments.iter().take_while(|argument| *argument != "--").any(|one| one == "--json");
            (Err(Failure::Arguments(error)), Output::new(streams(ColorChoice::Auto), json))
        }
    };
    let outcome = outcome.and_then(|code| output.flush().map(|()| code));
    outcome.unwrap_or_else(|failure| failure.tell(&mut output))
}
