//! Reading keys: `get`, `ls`, `namespaces`.

use clap::Args;
use serde_json::{Value as Document, json};
use statehold::{Error, ListOptions, Value};

use super::Run;
use crate::arguments::examples;
use crate::exit;
use crate::failure::Outcome;
use crate::output::{Table, rfc3339, shown, value_json, value_shown};

/// How many keys are laid out as one table, so that a large namespace can be listed as it is read.
const PAGE: usize = 256;

/// Print the value of a key
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db get auth ada", "statehold -s app.db get files logo --raw > logo.png"))]
pub(crate) struct Get {
    namespace: String,
    key: String,
    /// Print a text without its quotes and bytes as they are, and no line end
    #[arg(long, conflicts_with = "json")]
    raw: bool,
}

impl Get {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let Self { namespace, key, raw } = self;
        let store = run.open()?;
        let entry = store.namespace(&namespace).entry(&key)?;
        let Some(entry) = entry else { return Err(Error::KeyNotFound { namespace, key }.into()) };
        if raw {
            match entry.value {
                Value::Bytes(bytes) => run.output.raw(&bytes)?,
                Value::Json(json) => match json.parse::<Document>()? {
                    Document::String(text) => run.output.raw(text.as_bytes())?,
                    _ => run.output.raw(json.as_str().as_bytes())?,
                },
            }
            return Ok(exit::OK);
        }
        let (member, value) = value_json(&entry.value);
        let document = json!({
            "namespace": namespace,
            "key": key,
            member: value,
            "revision": entry.revision,
            "created_at": rfc3339(entry.created_at),
            "updated_at": rfc3339(entry.updated_at),
            "expires_at": entry.expires_at.map(rfc3339),
        });
        run.output.answer(&document, |output| output.line(value_shown(&entry.value)))?;
        Ok(exit::OK)
    }
}

/// List the keys of a namespace
#[derive(Args)]
#[command(after_help = examples!(
    "statehold -s app.db ls auth",
    "statehold -s app.db ls config 'db:*' --values",
))]
pub(crate) struct Ls {
    namespace: String,
    /// Which keys, as *, ?, [a-z], [!a]
    #[arg(default_value = "*")]
    pattern: String,
    /// Show the values too
    #[arg(short, long)]
    values: bool,
    /// At most so many
    #[arg(short, long, value_name = "N")]
    limit: Option<usize>,
    /// Only keys that come after this one
    #[arg(long, value_name = "KEY")]
    start_after: Option<String>,
    /// The last key first
    #[arg(short, long)]
    reverse: bool,
}

impl Ls {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let namespace = store.namespace(&self.namespace);
        let mut options = ListOptions::new().reverse(self.reverse);
        options.limit = self.limit;
        options.start_after = self.start_after;
        if !self.values {
            for key in namespace.list_with(&self.pattern, &options)? {
                if run.output.json {
                    run.output.document(&json!({ "key": key }))?;
                } else {
                    run.output.line(shown(&key))?;
                }
            }
            return Ok(exit::OK);
        }
        let mut items = namespace.items_with(&self.pattern, &options)?;
        let mut has_header = true;
        loop {
            let page = items.by_ref().take(PAGE).collect::<Result<Vec<_>, _>>()?;
            if page.is_empty() {
                return Ok(exit::OK);
            }
            if run.output.json {
                for (key, value) in page {
                    let (member, value) = value_json(&value);
                    run.output.document(&json!({ "key": key, member: value }))?;
                }
                continue;
            }
            let mut table = if has_header { Table::new(["key", "value"]) } else { Table::properties() };
            for (key, value) in page {
                table.row([key, value_shown(&value)]);
            }
            run.output.table(table)?;
            has_header = false;
        }
    }
}

/// List the namespaces that hold a key
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db namespaces"))]
pub(crate) struct Namespaces {
    /// Which ones, as *, ?, [a-z], [!a]
    #[arg(default_value = "*")]
    pattern: String,
    /// Count their keys too
    #[arg(short, long)]
    count: bool,
}

impl Namespaces {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let store = run.open()?;
        let mut table = Table::new(["namespace", "keys"]);
        let mut documents = Vec::new();
        for name in store.namespaces(&self.pattern)? {
            if self.count {
                let keys = store.namespace(&name).count("*")?;
                documents.push(json!({ "namespace": name, "keys": keys }));
                table.row([name, keys.to_string()]);
            } else if run.output.json {
                run.output.document(&json!({ "namespace": name }))?;
            } else {
                run.output.line(shown(&name))?;
            }
        }
        if self.count {
            run.output.list(&documents, table.right(&[1]), "the store has no key")?;
        }
        Ok(exit::OK)
    }
}
