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
    /// There is no file where the store should be.
    NoStore(PathBuf),
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
                let text = rendered(&error);
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
                    // Without any argument all help is wanted.
                    Self::Arguments(error) if is_help(error) => output.refuse(&rendered(error), &document),
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
            Self::NoStore(_)
            | Self::Input { .. }
            | Self::Output(_)
            | Self::Folder { .. }
            | Self::Program { .. } => exit::SYSTEM,
        }
    }

    /// The stable name: the core's own codes, and five of the command line.
    fn name(&self) -> &'static str {
        match self {
            Self::Core(error) => error.code(),
            Self::Usage(_) | Self::Arguments(_) => "USAGE",
            Self::NoStore(_) => "NO_STORE",
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
            Self::Arguments(error) if is_help(error) => "no command was given".to_owned(),
            Self::Arguments(error) => on_one_line(&error.render().to_string()),
            Self::NoStore(path) => {
                let path = path.display();
                format!(
                    "there is no store at {path}; see --store, or create one with `statehold set` or `import`"
                )
            }
            Self::Input { what, error } => format!("{what} can't be read: {error}"),
            Self::Output(error) => format!("the output can't be written: {error}"),
            Self::Folder { path, error } => format!("the folder {} can't be made: {error}", path.display()),
            Self::Program { program, reason } => format!("{program:?} {reason}"),
        }
    }
}

/// A help text, with its styles.
fn rendered(error: &clap::Error) -> String {
    format!("{}\n", error.render().ansi().to_string().trim_end())
}

/// Whether clap has nothing to say but its help.
fn is_help(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
}

/// What clap says in several paragraphs, but for the last one, which points to the help.
fn on_one_line(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    });
    let told = paragraphs.filter(|one| !one.is_empty() && !one.starts_with("For more information"));
    let told = told.collect::<Vec<_>>().join("; ").replace("; Usage: ", "; usage: ");
    told.strip_prefix("error: ").unwrap_or(&told).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clap_says_fits_on_a_line() {
        let text =
            "error: these are missing:\n  <KEY>\n\nUsage: x <KEY>\n\nFor more information, try '--help'.\n";
        assert_eq!(on_one_line(text), "these are missing: <KEY>; usage: x <KEY>");
    }
}
