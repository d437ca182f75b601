//! Trying a migration of a plugin's state with commands in the place of functions; nothing is written.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::json;
use statehold::{Json, JsonSchema, LoadOptions, MigrationStep, Violation};

use super::Run;
use super::plugin::{no_state, patch_lines};
use crate::arguments::examples;
use crate::failure::{Failure, Outcome};
use crate::output::{BAD, GOOD, paint, shown};
use crate::{exit, input};

/// Tell whether a plugin's state can be brought to a version, and what that would change; writes nothing
///
/// A step is a command that gets the data on its standard input and prints the new data. Without steps it tells which are
/// needed, with exit code 1 if there are any.
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db plugin migrate-check lint 1",
    "statehold -s app.db plugin migrate-check lint 2 --step '2=sed s/rule/rules/'",
    "statehold -s app.db plugin migrate-check lint 2 --step '2=sed s/rule/rules/' --schema lint-2.json",
))]
pub(crate) struct MigrateCheck {
    plugin: String,
    /// The version that it should have
    version: u32,
    /// The command that leads to a version from the one before
    #[arg(long = "step", value_name = "VERSION=COMMAND", value_parser = input::step)]
    steps: Vec<(u32, String)>,
    /// A file with the JSON Schema that the data must satisfy at that version
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

/// What came of it.
struct Checked {
    from: u32,
    needed: Vec<u32>,
    /// What the steps make of the data, if they were run.
    patch: Option<Json>,
    violations: Vec<Violation>,
}

impl MigrateCheck {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let schema = self.schema.as_deref().map(|path| run.output.streams.bytes(path)).transpose()?;
        let schema =
            schema.map(|text| JsonSchema::new(&Json::new(String::from_utf8_lossy(&text))?)).transpose()?;
        let checked = self.check(run, schema.as_ref())?;
        let Checked { from, needed, patch, violations } = &checked;
        let is_ready = violations.is_empty() && (needed.is_empty() || patch.is_some());
        let document = json!({
            "plugin": self.plugin,
            "from_version": from,
            "to_version": self.version,
            "steps": needed,
            "patch": patch,
            "violations": violations.iter().map(|violation| {
                json!({ "path": violation.path, "message": violation.message })
            }).collect::<Vec<_>>(),
            "is_ready": is_ready,
        });
        let changes = patch.as_ref().map(patch_lines).transpose()?;
        run.output.answer(&document, |output| {
            if needed.is_empty() {
                output.line(format_args!("it has version {from} already"))?;
            } else {
                let steps: Vec<_> = needed.iter().map(u32::to_string).collect();
                let steps = steps.join(", ");
                output.line(format_args!("version {from} -> {}, by the steps to {steps}", self.version))?;
            }
            changes.iter().flatten().try_for_each(|line| output.line(shown(line)))?;
            for violation in violations {
                output.line(format_args!(
                    "{} {}",
                    paint("not valid:", BAD),
                    shown(&violation.to_string())
                ))?;
            }
            match (is_ready, needed.is_empty() || patch.is_some()) {
                (true, _) => output.line(paint("ready", GOOD)),
                (false, true) => Ok(()),
                (false, false) => output.note("try it with --step VERSION=COMMAND for each"),
            }
        })?;
        Ok(if is_ready { exit::OK } else { exit::NO })
    }

    fn check(&self, run: &mut Run, schema: Option<&JsonSchema>) -> Result<Checked, Failure> {
        let plugin = run.open()?.plugin(&self.plugin);
        // The core refuses a state that is newer than that.
        let state = plugin.load_with(&LoadOptions::new().version(self.version))?;
        let state = state.ok_or_else(|| no_state(&self.plugin))?;
        let needed: Vec<u32> = (state.version..self.version).map(|version| version + 1).collect();
        let mut checked = Checked { from: state.version, needed, patch: None, violations: Vec::new() };
        let mut data = Some(state.data);
        if !checked.needed.is_empty() {
            data = None;
            if !self.steps.is_empty() {
                let versions: Vec<u32> = self.steps.iter().map(|(version, _)| *version).collect();
                let mut migration = plugin.begin_migration(self.version, &versions)?;
                while let Some(step) = migration.next_step() {
                    migration
                        .step_done(self.step(&step).map_err(|reason| migration.step_failed(&reason))?)?;
                }
                let preview = migration.preview()?;
                checked.patch = Some(preview.patch);
                data = preview.data;
            }
        }
        if let (Some(schema), Some(data)) = (schema, data) {
            checked.violations = schema.violations(&data)?;
        }
        Ok(checked)
    }

    /// Runs the command of a step.
    fn step(&self, step: &MigrationStep) -> Result<Json, String> {
        let command = self.steps.iter().find(|(version, _)| *version == step.to_version);
        let (_, command) = command.expect("the core asks for the steps that it was told of");
        let failed = |what: &str, error: &dyn std::fmt::Display| format!("{command:?} {what}: {error}");
        let mut child = shell(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed("can't be run", &error))?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let data = step.data.as_str().to_owned();
        // It may print before it has read everything, and need not read at all.
        let feeding = std::thread::spawn(move || drop(stdin.write_all(data.as_bytes())));
        let output = child.wait_with_output().map_err(|error| failed("can't be run", &error))?;
        drop(feeding.join());
        if !output.status.success() {
            return Err(failed("failed", &output.status));
        }
        let text = String::from_utf8(output.stdout).map_err(|error| failed("printed no text", &error))?;
        let json = Json::new(text).map_err(|error| failed("printed no JSON", &error))?;
        Json::from_serialize(&json).map_err(|error| failed("printed no JSON", &error))
    }
}

/// A command as people type it.
#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// A command as people type it.
#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}
