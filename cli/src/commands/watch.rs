//! The change feed, as lines.

use std::sync::Arc;

use clap::Args;
use serde_json::json;
use statehold::{Change, Error, Store, WatchOptions};

use super::interrupt::on_interrupt;
use super::{LABEL, Run};
use crate::arguments::examples;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Output, rfc3339, shown};

/// Print each change as it is committed, by whomever, until ctrl-c
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db watch --after 0 --limit 3",
    "statehold -s app.db watch config 'db:*' --after 0 --limit 1",
    "statehold -s app.db watch --facet environment --after 0 --limit 1 --json",
))]
pub(crate) struct Watch {
    /// Only this namespace, plugin, case or environment
    name: Option<String>,
    /// Only keys that match
    pattern: Option<String>,
    /// Only this facet: namespace, plugin, case, environment, lifecycle; NAME alone means a namespace
    #[arg(short, long)]
    facet: Option<String>,
    /// Begin with what came after this revision; otherwise with what comes from now on
    #[arg(short, long, value_name = "REVISION")]
    after: Option<u64>,
    /// End after so many changes
    #[arg(short, long, value_name = "N")]
    limit: Option<u64>,
}

impl Watch {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut options = WatchOptions::new();
        options.namespace = self.name;
        options.pattern = self.pattern;
        options.facet = self.facet;
        options.after = self.after;
        // It stays, so it purges what expires, and tells it in time.
        let store = run.open_existing(Store::options().label(LABEL))?;
        let watch = Arc::new(store.watch(options)?);
        let interrupted = watch.clone();
        on_interrupt(move || interrupted.close());
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0 {
            let change = match watch.try_next() {
                // What is written must be seen before the next is waited for.
                Ok(None) => {
                    run.output.flush()?;
                    watch.changes().next().transpose()
                }
                read => read,
            };
            let change = match change {
                Err(Error::Closed { .. }) if watch.is_closed() => None,
                read => read?,
            };
            let Some(change) = change else { break };
            tell(&mut run.output, &change)?;
            left -= 1;
        }
        Ok(exit::OK)
    }
}

fn tell(output: &mut Output, change: &Change) -> Result<(), Failure> {
    let Change { revision, facet, name, key, operation, .. } = change;
    let time = rfc3339(change.time);
    let document = json!({
        "revision": revision,
        "time": time,
        "actor": change.actor,
        "facet": facet,
        "name": name,
        "key": key,
        "operation": operation,
        "is_last": change.is_last,
    });
    output.answer(&document, |output| {
        let line =
            format!("{time}  {revision:>6}  {facet:<11}  {operation:<10}  {}  {}", shown(name), shown(key));
        output.line(line.trim_end())
    })
}
