//! What ends a command early, and how the user is told.

use std::io;
use std::path::PathBuf;

use clap::error::ErrorKind;
use serde_json::json;
use statehold::Error;

use crate::exit;
use crate::output::Output;

/// What a command gives: its exit code, or why it could not be done.
pub(crate) type Outcome = Result<u8, Failure>;

/// Why a command could not be done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core refused.
    Core(Error),
    /// The arguments don't fit together, or can't be read.
    Usage(String),
    /// What clap says of the arguments; `--help` and `--version` are among it.
    Arguments(clap::Error),
    /// Input can't be read.
    Input { what: String, error: io::Error },
    /// Output can't be written.
    Output(io::Error),
    /// A folder can't be made.
    Folder { path: PathBuf, error: io::Error },
    /// A program that was to be run can't be, or failed.
    Program { program: String, reason: String },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Tells the user, and gives the exit code.
    pub(crate) fn tell(self, output: &mut Output) -> u8 {
        // When the reader of the output has gone, as `head` does, nobody is left to be told and nothing is wrong. What
        // comes after a first failure to write can't be told either.
        match self {
            Self::Arguments(error) if !error.use_stderr() => {
                let text = error.render().ansi().to_string();
                output
                    .text(&text)
                    .and_then(|()| output.flush())
                    .map_or_else(|failure| failure.code(), |()| exit::OK)
            }
            Self::Output(ref error) if error.kind() == io::ErrorKind::BrokenPipe => exit::OK,
            failure => {
                let code = failure.code();
                let document = json!({ "error": {
                    "code": failure.name(),
                    "message": failure.message(),
                    "is_retryable": failure.is_retryable(),
                }});
                let told = match &failure {
                    Self::Arguments(error) => output.refuse(&error.render().ansi().to_string(), &document),
                    other => output.error(&other.message(), &document),
                };
                drop(told);
                code
            }
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Core(error) => exit::of(error),
            Self::Usage(_) | Self::Arguments(_) => exit::USAGE,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => exit::OK,
            Self::Input { .. } | Self::Output(_) | Self::Folder { .. } | Self::Program { .. } => exit::SYSTEM,
        }
    }

    /// The stable name: the core's own codes, and four of the command line.
    fn name(&self) -> &'static str {
        match self {
            Self::Core(error) => error.code(),
            Self::Usage(_) | Self::Arguments(_) => "USAGE",
            Self::Input { .. } => "INPUT",
            Self::Output(_) | Self::Folder { .. } => "OUTPUT",
            Self::Program { .. } => "PROGRAM",
        }
    }

    fn is_retryable(&self) -> bool {
        matches!(self, Self::Core(error) if error.is_retryable())
    }

    fn message(&self) -> String {
        match self {
            Self::Core(error) => error.to_string(),
            Self::Usage(message) => message.clone(),
            Self::Arguments(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                "no command was given".to_owned()
            }
            Self::Arguments(error) => {
                let text = error.render().to_string();
                let line = text.lines().next().unwrap_or_default();
                line.strip_prefix("error: ").unwrap_or(line).to_owned()
            }
            Self::Input { what, error } => format!("{what} can't be read: {error}"),
            Self::Output(error) => format!("the output can't be written: {error}"),
            Self::Folder { path, error } => format!("the folder {} can't be made: {error}", path.display()),
            Self::Program { program, reason } => format!("{program:?} {reason}"),
        }
    }
}
