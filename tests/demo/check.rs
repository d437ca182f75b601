//! Compares what every language wrote with what it said that it wrote.

use std::fmt::Debug;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value as Data, json};
use statehold::Store;
use statehold_tests::digest;

use crate::{LANGUAGES, say};

/// What does not fit.
struct Wrong(Vec<String>);

impl Wrong {
    fn expect<T: PartialEq + Debug>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.0.push(format!("{what}: {found:?} instead of {expected:?}"));
        }
    }
}

/// Looks at everything in the file. Fails if anything disagrees.
pub(crate) fn check(store: &Store) -> Result<ExitCode> {
    let mut wrong = Wrong(Vec::new());
    let snapshot = store.snapshot()?;
    let [index, totals, reports] = ["index", "totals", "reports"].map(|name| snapshot.namespace(name));
    let heartbeat = store.namespace("heartbeat");
    let (mut checked, mut sum, mut batches) = (0_u64, 0_u64, 0_u64);
    for language in LANGUAGES {
        let total: u64 = totals.get(language)?.unwrap_or_default();
        let report: Data = reports.get(language)?.unwrap_or_default();
        sum += total;
        batches += report["batches"].as_u64().unwrap_or_default();
        wrong.expect(&format!("report of {language}"), &report["items"], &json!(total));
        let pattern = format!("{language}:*");
        wrong.expect(&format!("index of {language}"), &(index.list(&pattern)?.len() as u64), &total);
        let mut keys = 0;
        for name in store.namespaces(&pattern)? {
            keys += snapshot.namespace(&name).count("*")?;
        }
        wrong.expect(&format!("keys of {language}"), &keys, &total);
        for item in index.items(&pattern)? {
            let (key, entry) = item?;
            let entry: Data = entry.parse()?;
            let [namespace, name] =
                ["namespace", "key"].map(|field| entry[field].as_str().unwrap_or_default());
            let value: Option<Data> = snapshot.namespace(namespace).get(name)?;
            wrong.expect(&key, &value.as_ref().map(digest).into(), &entry["digest"]);
            checked += 1;
        }
        let ttl = heartbeat.get_ttl(language)?.unwrap_or_default();
        let is_alive = !ttl.is_zero() && ttl <= Duration::from_secs(60);
        wrong.expect(&format!("heartbeat of {language}"), &is_alive, &true);
        let starting = format!("starting:{language}");
        wrong.expect(&starting, &heartbeat.exists(&starting)?, &false);
    }
    wrong.expect("total", &totals.get("all")?, &Some(sum));
    wrong.expect("counter", &snapshot.namespace("counters").get("batches")?, &Some(batches));
    wrong.expect("problems of the journal", &store.verify_journal()?.problems, &Vec::new());
    say(&json!({ "checked": checked, "wrong": wrong.0 }))?;
    Ok(if wrong.0.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
