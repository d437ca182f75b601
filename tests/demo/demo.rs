//! The Rust part of the demo: the dependency graph of this workspace, put into the shared store.
//!
//! `demo load FILE` waits for a line on its standard input, so that all languages start together; `demo check FILE`
//! looks at what all of them wrote. Both report one JSON object a line. `demo.py` and `demo.mjs` do the same.
//! `demo summary FILE` tells a person what is in the file.

mod check;
mod graph;
mod summary;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value as Data, json};
use statehold::{Error, NamespaceOptions, SetOptions, Store, Transaction, Value};

use crate::graph::Item;

const BATCH: usize = 25;
const LANGUAGES: [&str; 3] = ["rust", "python", "node"];

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [part, file] = &arguments[..] else { bail!("usage: statehold-demo load|check|summary FILE") };
    let store = Store::options().label("rust").open(file)?;
    let code = match part.as_str() {
        "load" => load(&store).map(|()| ExitCode::SUCCESS),
        "check" => check::check(&store),
        "summary" => summary::print(&store),
        other => bail!("{other} is no part of the demo"),
    }?;
    store.close()?;
    Ok(code)
}

fn say(message: &Data) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{message}")?;
    Ok(out.flush()?)
}

fn load(store: &Store) -> Result<()> {
    let items = graph::collect()?;
    say(&json!({ "ready": items.len() }))?;
    std::io::stdin().read_line(&mut String::new())?;
    let heartbeat = store.namespace_with("heartbeat", NamespaceOptions::new().ttl(Duration::from_secs(60)));
    heartbeat.set_with("starting:rust", &true, &SetOptions::new().ttl(Duration::from_millis(20)))?;
    let mut done = 0;
    for (number, batch) in items.chunks(BATCH).enumerate() {
        store.transaction(|tx| store_batch(tx, batch))?;
        store.namespace("counters").increment("batches", 1)?;
        heartbeat.set("rust", &json!({ "pid": std::process::id(), "batch": number + 1 }))?;
        done += batch.len();
        say(&json!({ "done": done }))?;
    }
    let report = json!({ "items": items.len(), "batches": items.len().div_ceil(BATCH) });
    store.namespace("reports").set("rust", &report)?;
    Ok(())
}

/// One commit over four namespaces: the values, where they are, and how many there are by now.
fn store_batch(tx: &Transaction, batch: &[Item]) -> Result<()> {
    let names: BTreeSet<&str> = batch.iter().map(|item| item.namespace.as_str()).collect();
    for name in names {
        let own = batch.iter().filter(|item| item.namespace == name);
        let entries: Result<Vec<_>, Error> =
            own.map(|item| Ok((item.key.as_str(), Value::json(&item.value)?))).collect();
        tx.namespace(name).batch_set(entries?, None)?;
    }
    let index: Result<Vec<_>, Error> = batch
        .iter()
        .map(|Item { namespace, key, digest, .. }| {
            let entry = json!({ "namespace": namespace, "key": key, "digest": digest });
            Ok((format!("{namespace}/{key}"), Value::json(&entry)?))
        })
        .collect();
    tx.namespace("index").batch_set(index?, None)?;
    let count = u64::try_from(batch.len()).context("a batch is small")?;
    tx.namespace("totals").increment("rust", count)?;
    tx.namespace("totals").increment("all", count)?;
    Ok(())
}
