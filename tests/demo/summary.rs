//! What is in the file, for a person.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use statehold::Store;

use crate::LANGUAGES;

/// Prints what is in the file. Fails if the journal has problems.
pub(crate) fn print(store: &Store) -> Result<ExitCode> {
    println!("Keys by namespace:");
    let mut by_language = BTreeMap::new();
    for name in store.namespaces("*")? {
        let (mut keys, mut bytes) = (0_u64, 0);
        for item in store.namespace(&name).items("*")? {
            keys += 1;
            bytes += item?.1.byte_len();
        }
        println!("    {name:<22} {keys:>7} keys {:>9} KiB", bytes.div_ceil(1024));
        let language = name.split(':').next().filter(|language| LANGUAGES.contains(language));
        *by_language.entry(language.unwrap_or("all three").to_owned()).or_insert(0) += keys;
    }
    println!("\nKeys by the language that wrote them:");
    for (language, keys) in &by_language {
        println!("    {language:<22} {keys:>7}");
    }

    println!("\nCommits by the language that made them:");
    let (mut after, mut by_label) = (0, BTreeMap::<String, u64>::new());
    loop {
        let rows = store.journal(after, 1000)?;
        let Some(last) = rows.last() else { break };
        after = last.revision;
        for row in &rows {
            // host/process/label, or host/process of a step that nobody asked for.
            let label = row.actor.splitn(3, '/').nth(2).unwrap_or("-");
            *by_label.entry(label.to_owned()).or_default() += 1;
        }
    }
    for (label, commits) in &by_label {
        println!("    {label:<22} {commits:>7}");
    }

    let check = store.verify_journal()?;
    let batches = store.namespace("counters").get::<u64>("batches")?.unwrap_or_default();
    println!("\nThe shared counter says {batches} batches.");
    match &check.problems[..] {
        [] => println!(
            "The journal is whole: {} rows, revision {}, hash {}.",
            check.rows, check.revision, check.hash
        ),
        problems => println!("The journal has problems: {}", problems.join("; ")),
    }
    Ok(if check.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
