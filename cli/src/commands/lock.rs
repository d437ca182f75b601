//! The lock of an environment, held while a command runs, or freed by force.

use std::process::{Command, ExitStatus};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use statehold::LockOptions;

use super::Run;
use super::interrupt::on_interrupt;
use crate::arguments::examples;
use crate::failure::{Failure, Outcome};
use crate::output::shown;
use crate::{exit, input};

/// Hold the lock of an environment while a command runs, and end with its exit code
///
/// The lock lasts as long as this process. The command finds STATEHOLD_STORE, STATEHOLD_LOCK_TOKEN and
/// STATEHOLD_LOCK_FENCING in its environment, so that `statehold env transition` in it writes as the holder.
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db env lock web --purpose deploy -- statehold env transition web provisioning",
))]
pub(crate) struct Lock {
    environment: String,
    /// How long to wait for another holder
    #[arg(long, value_name = "TIME", value_parser = input::duration)]
    timeout: Option<Duration>,
    /// A lease, renewed while the command runs: for holders whose end can't be seen from other machines
    #[arg(long, value_name = "TIME", value_parser = input::duration)]
    ttl: Option<Duration>,
    /// What for, to be told to those who wait
    #[arg(long)]
    purpose: Option<String>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<std::ffi::OsString>,
}

impl Lock {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let mut options = LockOptions::new();
        options.ttl = self.ttl;
        options.purpose = self.purpose;
        if let Some(timeout) = self.timeout {
            options.timeout = timeout;
        }
        let lock = store.environments().lock_with(&self.environment, &options)?;
        let (program, arguments) = self.command.split_first().expect("clap demands one");
        let program_name = program.to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("STATEHOLD_STORE", store.path())
            .env("STATEHOLD_LOCK_TOKEN", lock.token())
            .env("STATEHOLD_LOCK_FENCING", lock.fencing().to_string());
        // Ctrl-c reaches the command too; it decides, and the lock is held until it has ended.
        on_interrupt(|| ());
        let ended = command.status();
        let was_held = lock.release()?;
        let status = ended.map_err(|error| Failure::Program {
            program: program_name.clone(),
            reason: format!("can't be run: {error}"),
        })?;
        if !was_held {
            let name = &self.environment;
            let warning =
                format!("the lock of {name:?} was lost while the command ran; see `statehold env history`");
            run.output.warn(&warning)?;
        }
        let code = code_of(status);
        if run.output.json {
            run.output.document(&json!({
                "environment": self.environment,
                "fencing": lock.fencing(),
                "was_held": was_held,
                "exit_code": code,
            }))?;
        }
        Ok(code)
    }
}

/// The exit code of the command, and as a shell has it 128 and the signal that has ended it.
#[cfg(unix)]
fn code_of(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::SYSTEM)
}

/// The exit code of the command.
#[cfg(not(unix))]
fn code_of(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::SYSTEM)
}

/// Free the lock of an environment by force, when its holder is known to be gone
#[derive(Args)]
#[command(after_help = examples!(
    r#"statehold -s app.db env unlock web "$(statehold -s app.db env show web --json | jq -r .lock.token)""#,
))]
pub(crate) struct Unlock {
    environment: String,
    /// The token of the lock, from `env show`: it says which grant is meant
    token: String,
}

impl Unlock {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        run.open()?.environments().force_unlock(&self.environment, &self.token)?;
        let document = json!({ "environment": self.environment, "is_held": false });
        run.output.answer(&document, |output| {
            output.line(format_args!("the lock of {} is free", shown(&self.environment)))
        })?;
        Ok(exit::OK)
    }
}
