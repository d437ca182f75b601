//! The program `statehold`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(statehold_cli::run(std::env::args_os(), statehold_cli::Streams::process))
}
