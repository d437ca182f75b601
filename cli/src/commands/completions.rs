//! Completions for shells.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};
use serde_json::json;

use super::Run;
use crate::arguments::{Arguments, examples};
use crate::exit;
use crate::failure::Outcome;

/// Print the completions for a shell
#[derive(Args)]
#[command(after_help = examples!("statehold completions bash > statehold.bash", "statehold completions zsh > _statehold"))]
pub(crate) struct Completions {
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "statehold", &mut script);
        let document = json!({ "shell": self.shell.to_string(), "script": String::from_utf8_lossy(&script) });
        run.output.answer(&document, |output| output.raw(&script))?;
        Ok(exit::OK)
    }
}
