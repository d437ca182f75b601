//! The states of plugins.

use clap::{Args, Subcommand};
use serde_json::{Value as Document, json};
use statehold::{Error, Json, LoadOptions, SaveOptions};

use super::{Run, migration};
use crate::arguments::examples;
use crate::exit;
use crate::failure::Outcome;
use crate::output::{Table, ago, bytes, json_shown, moment, rfc3339, shown};

/// The states of plugins: versioned documents with backups
#[derive(Subcommand)]
pub(crate) enum Plugin {
    Save(Save),
    Load(Load),
    Ls(Ls),
    Backups(Backups),
    Restore(Restore),
    Diff(Diff),
    MigrateCheck(migration::MigrateCheck),
}

impl Plugin {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Save(command) => command.run(run),
            Self::Load(command) => command.run(run),
            Self::Ls(command) => command.run(run),
            Self::Backups(command) => command.run(run),
            Self::Restore(command) => command.run(run),
            Self::Diff(command) => command.run(run),
            Self::MigrateCheck(command) => command.run(run),
        }
    }
}

/// Save a plugin's state; the one that it replaces becomes a backup
#[derive(Args)]
#[command(after_help = examples!(
    r#"statehold -s app.db plugin save lint '{"rule": "strict"}'"#,
    r#"echo '{"rules": ["strict"]}' | statehold -s app.db plugin save lint - --version 2"#,
))]
pub(crate) struct Save {
    plugin: String,
    /// The data as JSON, or - to read it from the standard input
    #[arg(allow_hyphen_values = true)]
    data: String,
    /// The version of the data
    #[arg(long, value_name = "N", default_value_t = 1)]
    version: u32,
    /// Only if the state is at this revision (0: there is none)
    #[arg(long, value_name = "REVISION")]
    if_revision: Option<u64>,
    /// Save over a state of a newer version too
    #[arg(long)]
    allow_newer: bool,
}

impl Save {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let Self { plugin, version, .. } = self;
        let data = run.output.streams.json(&self.data, "")?;
        let mut options = SaveOptions::new().version(version).allow_newer(self.allow_newer);
        options.if_revision = self.if_revision;
        let revision = run.open_or_create()?.plugin(&plugin).save_with(data, &options)?;
        let document = json!({ "plugin": plugin, "version": version, "revision": revision });
        run.output.answer(&document, |output| {
            output.line(format_args!("saved version {version} at revision {revision}"))
        })?;
        Ok(exit::OK)
    }
}

/// Print a plugin's data
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db plugin load lint", "statehold -s app.db plugin load lint --json"))]
pub(crate) struct Load {
    plugin: String,
    /// Refuse a state of a version above this
    #[arg(long, value_name = "N")]
    version: Option<u32>,
}

impl Load {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut options = LoadOptions::new();
        options.version = self.version;
        let state = run.open()?.plugin(&self.plugin).load_with(&options)?;
        let state = state.ok_or_else(|| no_state(&self.plugin))?;
        let document = json!({
            "plugin": self.plugin,
            "version": state.version,
            "data": state.data,
            "revision": state.revision,
            "last_modified": rfc3339(state.metadata.last_modified),
        });
        run.output.answer(&document, |output| output.line(json_shown(&state.data)))?;
        Ok(exit::OK)
    }
}

pub(super) fn no_state(plugin: &str) -> Error {
    let advice = "`statehold plugin ls` lists the plugins that have one";
    Error::NotFound { what: "state of plugin", name: plugin.to_owned(), advice: advice.into() }
}

/// List the plugins that have a state
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db plugin ls", "statehold -s app.db plugin ls '@acme/*'"))]
pub(crate) struct Ls {
    /// Which ones, as *, ?, [a-z], [!a]
    #[arg(default_value = "*")]
    pattern: String,
}

impl Ls {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let states = run.open()?.plugin_states();
        let mut table = Table::new(["plugin", "version", "size", "backups", "modified"]);
        let mut documents = Vec::new();
        for name in states.names(&self.pattern)? {
            let options = LoadOptions::new().allow_newer(true);
            // Somebody may have cleared it meanwhile.
            let Some(state) = states.load_with(&name, &options)? else { continue };
            let (size, backups) = (state.data.as_str().len() as u64, states.list_backups(&name)?.len());
            documents.push(json!({
                "plugin": name,
                "version": state.version,
                "size": size,
                "backups": backups,
                "revision": state.revision,
                "last_modified": rfc3339(state.metadata.last_modified),
            }));
            let modified = ago(state.metadata.last_modified);
            table.row([name, state.version.to_string(), bytes(size), backups.to_string(), modified]);
        }
        run.output.list(&documents, table.right(&[1, 2, 3]), "no plugin has a state")?;
        Ok(exit::OK)
    }
}

/// List the backups of a plugin's state, the newest first
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db plugin backups lint"))]
pub(crate) struct Backups {
    plugin: String,
}

impl Backups {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut table = Table::new(["index", "version", "size", "replaced"]);
        let mut documents = Vec::new();
        for backup in run.open()?.plugin(&self.plugin).list_backups()? {
            documents.push(json!({
                "index": backup.index,
                "version": backup.version,
                "size": backup.size,
                "revision": backup.revision,
                "created_at": rfc3339(backup.created_at),
            }));
            let (index, version) = (backup.index.to_string(), backup.version.to_string());
            table.row([index, version, bytes(backup.size), moment(backup.created_at)]);
        }
        run.output.list(&documents, table.right(&[0, 1, 2]), "there is no backup")?;
        Ok(exit::OK)
    }
}

/// Make a backup the state again; the two change places, so that doing it twice undoes it
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db plugin restore lint"))]
pub(crate) struct Restore {
    plugin: String,
    /// Which one, as `plugin backups` numbers them
    #[arg(default_value_t = 0)]
    index: usize,
}

impl Restore {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let revision = run.open()?.plugin(&self.plugin).restore(self.index)?;
        let document = json!({ "plugin": self.plugin, "index": self.index, "revision": revision });
        run.output.answer(&document, |output| {
            output.line(format_args!("restored backup {} at revision {revision}", self.index))
        })?;
        Ok(exit::OK)
    }
}

/// Tell what restoring a backup would change
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db plugin diff lint 0"))]
pub(crate) struct Diff {
    plugin: String,
    /// Which one, as `plugin backups` numbers them
    #[arg(default_value_t = 0)]
    index: usize,
}

impl Diff {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let diff = run.open()?.plugin(&self.plugin).diff(self.index)?;
        let document = json!({
            "plugin": self.plugin,
            "index": self.index,
            "from_version": diff.from_version,
            "to_version": diff.to_version,
            "patch": diff.patch,
        });
        let lines = patch_lines(&diff.patch)?;
        run.output.answer(&document, |output| {
            let from =
                diff.from_version.map_or("no state".to_owned(), |version| format!("version {version}"));
            output.line(format_args!("{from} -> version {}", diff.to_version))?;
            lines.iter().try_for_each(|line| output.line(shown(line)))
        })?;
        Ok(exit::OK)
    }
}

/// A JSON Patch for people: `+` what is added, `-` what goes, `~` what is replaced.
pub(super) fn patch_lines(patch: &Json) -> Result<Vec<String>, Error> {
    let operations: Vec<Document> = patch.parse()?;
    if operations.is_empty() {
        return Ok(vec!["the data is the same".to_owned()]);
    }
    let line = |operation: &Document| {
        let text = |member: &str| operation[member].as_str().unwrap_or_default().to_owned();
        let place = text("path");
        let place = if place.is_empty() { "(all)" } else { &place };
        match operation["op"].as_str() {
            Some("add") => format!("+ {place}: {}", operation["value"]),
            Some("remove") => format!("- {place}"),
            Some("replace") => format!("~ {place}: {}", operation["value"]),
            Some(other) => format!("{other} {place} from {}", text("from")),
            None => operation.to_string(),
        }
    };
    Ok(operations.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_told_line_by_line() {
        let patch = r#"[{"op":"replace","path":"/a","value":1},{"op":"remove","path":"/b"},
            {"op":"add","path":"","value":[]}]"#;
        let lines = patch_lines(&Json::new(patch).unwrap()).unwrap();
        assert_eq!(lines, ["~ /a: 1", "- /b", "+ (all): []"]);
        assert_eq!(patch_lines(&Json::new("[]").unwrap()).unwrap(), ["the data is the same"]);
    }
}
