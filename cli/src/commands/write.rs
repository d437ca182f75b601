//! Changing keys: `set`, `del`, `ttl`, `incr`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use statehold::{Error, IncrementOptions, Json, Number, SetOptions, Value};

use super::Run;
use crate::arguments::examples;
use crate::failure::Outcome;
use crate::output::{count, millis, span};
use crate::{exit, input};

/// Set a key; the store is created if it isn't there
#[derive(Args)]
#[command(after_help = examples!(
    r#"statehold -s app.db set auth ada '{"role": "admin"}' --ttl 1h"#,
    "statehold -s app.db set notes today --text 'mend the roof'",
    "date | statehold -s app.db set notes now --text -",
    "statehold -s app.db set files logo --bytes logo.png",
))]
#[command(group = clap::ArgGroup::new("content").required(true).args(["value", "bytes"]))]
#[command(override_usage = "statehold set [OPTIONS] <NAMESPACE> <KEY> <VALUE|--bytes <FILE>>")]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Set {
    namespace: String,
    key: String,
    /// The value as JSON, or - to read it from the standard input
    #[arg(allow_hyphen_values = true)]
    value: Option<String>,
    /// Take VALUE as a text, not as JSON
    #[arg(short, long, requires = "value")]
    text: bool,
    /// Take the bytes of a file instead, or - for those of the standard input
    #[arg(short, long, value_name = "FILE")]
    bytes: Option<PathBuf>,
    /// How long it lives: 90s, 1h30m, 7d
    #[arg(long, value_name = "TIME", value_parser = input::duration, conflicts_with = "keep_ttl")]
    ttl: Option<Duration>,
    /// Let it expire when it would have anyway
    #[arg(long)]
    keep_ttl: bool,
    /// Only if the key isn't there
    #[arg(long)]
    if_absent: bool,
    /// Only if the key is there
    #[arg(long)]
    if_present: bool,
    /// Only if the key is at this revision (0: isn't there)
    #[arg(long, value_name = "REVISION")]
    if_revision: Option<u64>,
}

impl Set {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let streams = &mut run.output.streams;
        let value = match (&self.value, &self.bytes) {
            (Some(text), _) if self.text => Value::Json(Json::from_serialize(&streams.text(text)?)?),
            (Some(json), _) => Value::Json(streams.json(json, "; add --text to store it as a text")?),
            (None, Some(path)) => Value::Bytes(streams.bytes(path)?),
            (None, None) => unreachable!("one of the two is required"),
        };
        let mut options =
            SetOptions::new().with_conditions(self.if_absent, self.if_present, self.if_revision)?;
        options.ttl = self.ttl;
        options.keep_ttl = self.keep_ttl;
        let revision =
            run.open_or_create()?.namespace(&self.namespace).set_value(&self.key, value, &options)?;
        let document = json!({ "namespace": self.namespace, "key": self.key, "revision": revision });
        run.output.answer(&document, |output| output.line(format_args!("set at revision {revision}")))?;
        Ok(exit::OK)
    }
}

/// Delete keys; tells with exit code 1 that none of them was there
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db del auth ada bob",
    "statehold -s app.db del config --matching 'web:*'",
))]
#[command(group = clap::ArgGroup::new("which").required(true).args(["keys", "matching"]))]
#[command(override_usage = "statehold del [OPTIONS] <NAMESPACE> <KEY>...|--matching <PATTERN>")]
pub(crate) struct Del {
    namespace: String,
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// Delete all keys that match
    #[arg(short, long, value_name = "PATTERN")]
    matching: Option<String>,
}

impl Del {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let namespace = store.namespace(&self.namespace);
        let deleted = match &self.matching {
            Some(pattern) => namespace.delete_matching(pattern)?,
            None => namespace.batch_delete(&self.keys)?,
        };
        let document = json!({ "namespace": self.namespace, "deleted": deleted });
        run.output
            .answer(&document, |output| output.line(format_args!("deleted {}", count(deleted, "key"))))?;
        Ok(if deleted == 0 { exit::NO } else { exit::OK })
    }
}

/// Tell how long a key still lives, or change it
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db ttl auth session:1",
    "statehold -s app.db ttl auth session:1 30m",
    "statehold -s app.db ttl auth session:1 --never",
))]
pub(crate) struct Ttl {
    namespace: String,
    key: String,
    /// Let it expire after this time
    #[arg(value_name = "TIME", value_parser = input::duration, conflicts_with = "never")]
    time: Option<Duration>,
    /// Let it never expire
    #[arg(long)]
    never: bool,
}

impl Ttl {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let Self { namespace, key, time: ttl, never } = self;
        let store = run.open()?;
        let names = store.namespace(&namespace);
        if (never || ttl.is_some()) && !names.set_ttl(&key, ttl)? {
            return Err(Error::KeyNotFound { namespace, key }.into());
        }
        let left = if never || ttl.is_some() { ttl } else { names.get_ttl(&key)? };
        let document = json!({ "namespace": namespace, "key": key, "ttl_ms": left.map(millis) });
        run.output.answer(&document, |output| output.line(left.map_or("never expires".to_owned(), span)))?;
        Ok(exit::OK)
    }
}

/// Add to a number and print the sum; the store and the key are created if they aren't there
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db incr counters visits", "statehold -s app.db incr counters stock -3"))]
pub(crate) struct Incr {
    namespace: String,
    key: String,
    /// What to add; integers are exact
    #[arg(default_value = "1", allow_hyphen_values = true, value_parser = input::number)]
    by: Number,
    /// What a key that isn't there counts from
    #[arg(long, value_name = "NUMBER", default_value = "0", allow_hyphen_values = true, value_parser = input::number)]
    initial: Number,
    /// How long a key lives that this creates
    #[arg(long, value_name = "TIME", value_parser = input::duration)]
    ttl: Option<Duration>,
}

impl Incr {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut options = IncrementOptions::new().initial(self.initial);
        options.ttl = self.ttl;
        let store = run.open_or_create()?;
        let sum = store.namespace(&self.namespace).increment_with(&self.key, self.by, &options)?.to_json()?;
        let document = json!({ "namespace": self.namespace, "key": self.key, "value": sum });
        run.output.answer(&document, |output| output.line(&sum))?;
        Ok(exit::OK)
    }
}
