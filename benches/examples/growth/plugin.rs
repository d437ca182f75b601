//! States of many plugins, and many backups of one.

use std::path::Path;

use serde_json::{Value, json};
use statehold::Result;

use crate::options;
use crate::sample::{Sample, by_thousands};

fn name(number: usize) -> String {
    format!("@acme/plugin-{number:06}")
}

/// A state of about 100 bytes, another one for each version.
fn state(version: usize) -> Value {
    json!({"rules": ["strict", "no-unused"], "seen": version, "owner": "Ada Lovelace", "note": "0123456789abcdef"})
}

pub(crate) fn plugins(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let store = options().open(path)?;
    by_thousands(records, |numbers| {
        store.transaction(|tx| {
            numbers.clone().try_for_each(|number| tx.plugin(&name(number)).save(&state(0)).map(|_| ()))
        })
    })?;
    let any = || store.plugin(&name(fastrand::usize(..records)));
    Ok(vec![
        Sample::of("load", 5_000, |_| any().load().map(|state| assert!(state.is_some())))?,
        Sample::of("save", 5_000, |version| any().save(&state(version + 1)).map(|_| ()))?,
        Sample::of("names of 100 by prefix", 1_000, |_| {
            let hundred = fastrand::usize(..records / 100);
            let names = store.plugin_states().names(&format!("@acme/plugin-{hundred:04}*"))?;
            assert_eq!(names.len(), 100);
            Ok(())
        })?,
    ])
}

pub(crate) fn backups(path: &Path, records: usize) -> Result<Vec<Sample>> {
    let most = u32::try_from(records).expect("so many backups can be kept");
    let store = options().max_backups(most).open(path)?;
    let plugin = store.plugin("@acme/lint");
    (0..=records).try_for_each(|version| plugin.save(&state(version)).map(|_| ()))?;
    Ok(vec![
        Sample::of("save", 1_000, |version| plugin.save(&state(records + version + 1)).map(|_| ()))?,
        Sample::of("load", 5_000, |_| plugin.load().map(|state| assert!(state.is_some())))?,
        Sample::of("list of backups, a backup", 20, |_| {
            plugin.list_backups().map(|backups| assert_eq!(backups.len(), records))
        })?
        .per(records),
    ])
}
