//! What a worker does with plugin state.

use anyhow::{Context, Result, bail};
use serde_json::{Value as Data, json};
use statehold::{Error, Json, Migrations, Plugin, SaveOptions, Value};
use statehold_tests::{build, spell};

use super::{Asked, Worker};

/// A state that says in many places whose it is, over several pages of the file.
fn filled(who: &str, n: u64) -> Vec<(&str, u64)> {
    vec![(who, n); 300]
}

/// Steps of a migration which show that they have run, where, and from what.
fn wrapping(target: u32) -> Migrations {
    (1..=target).fold(Migrations::new(), |steps, to| {
        steps.step(to, |data, version| {
            let was: Data = data.parse()?;
            Ok(json!({ "was": was, "from": version, "by": "rust" }).try_into()?)
        })
    })
}

impl Worker {
    /// The part of what can be asked that has to do with it.
    pub(super) fn act_on_plugin(&self, asked: &Asked) -> Result<Data> {
        let plugin = self.store()?.plugin(asked.text("plugin")?);
        let number = |name| Ok::<_, anyhow::Error>(u32::try_from(asked.number(name)?)?);
        match asked.text("do")? {
            "save" => {
                let Value::Json(data) = build(&asked.0["value"])? else { bail!("a state is JSON") };
                Ok(plugin.save_with(data, &SaveOptions::new().version(number("version")?))?.into())
            }
            "migrate" => {
                let target = number("target")?;
                let done = plugin.migrate(target, &wrapping(target))?;
                Ok(json!([done.from_version, done.to_version]))
            }
            "restore" => Ok(plugin.restore(0)?.into()),
            "state" => state(&plugin),
            "fill" => fill(&plugin, asked.text("who")?, asked.number("times")?),
            "climb" => climb(&plugin, asked.number("times")?),
            other => bail!("{other} is not known"),
        }
    }
}

/// All that is to be seen of a plugin that has a state and a backup.
fn state(plugin: &Plugin) -> Result<Data> {
    let (state, diff) = (plugin.load()?.context("there is no state")?, plugin.diff(0)?);
    let backups = plugin.list_backups()?;
    let backups: Vec<_> =
        backups.iter().map(|it| json!([it.index, it.version, it.size, it.revision])).collect();
    Ok(json!({
        "version": state.version,
        "revision": state.revision,
        "data": spell(&Value::Json(state.data))?,
        "backups": backups,
        "diff": [diff.from_version, diff.to_version, spell(&Value::Json(diff.patch))?],
    }))
}

/// Saves so often; gives the revisions, and what of the states read in between was mixed.
fn fill(plugin: &Plugin, who: &str, times: u64) -> Result<Data> {
    let (mut revisions, mut mixed) = (Vec::new(), Vec::new());
    for n in 0..times {
        revisions.push(plugin.save(&filled(who, n))?);
        let state = plugin.load()?.context("there is no state")?;
        let parts: Vec<(String, u64)> = state.data.parse()?;
        if parts.iter().any(|part| *part != parts[0]) {
            mixed.push(state.revision);
        }
    }
    Ok(json!({ "revisions": revisions, "mixed": mixed }))
}

/// Adds one so often, each time over the revision that was seen; gives those, and the conflicts.
fn climb(plugin: &Plugin, times: u64) -> Result<Data> {
    let (mut won, mut lost) = (Vec::new(), 0_u64);
    while (won.len() as u64) < times {
        let (seen, n) = match plugin.load()? {
            Some(state) => (state.revision, state.data.parse::<u64>()?),
            None => (0, 0),
        };
        match plugin.save_with(Json::from_serialize(&(n + 1))?, &SaveOptions::new().if_revision(seen)) {
            Ok(_) => won.push(seen),
            Err(Error::Conflict { .. }) => lost += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(json!({ "won": won, "lost": lost }))
}
