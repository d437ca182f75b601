//! The dependency graph of this workspace, from `cargo metadata`.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Data, json};
use statehold_tests::digest;

/// Something to be stored.
pub(crate) struct Item {
    pub(crate) namespace: String,
    pub(crate) key: String,
    pub(crate) value: Data,
    pub(crate) digest: String,
}

impl Item {
    fn new(namespace: String, key: String, value: Data) -> Self {
        let digest = digest(&value);
        Self { namespace, key, value, digest }
    }
}

/// Each package under the namespace of its source, and each edge between two of them.
pub(crate) fn collect() -> Result<Vec<Item>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .context("can't start cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Data = serde_json::from_slice(&output.stdout)?;

    let mut items = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = format!("{}@{}", text(&package["name"]), text(&package["version"]));
        items.push(Item::new(namespace(&package["source"]), name, package.clone()));
    }
    for node in list(&metadata["resolve"]["nodes"]) {
        for dependency in list(&node["deps"]) {
            let (from, to) = (short(text(&node["id"])), short(text(&dependency["pkg"])));
            let value = json!({ "from": from, "to": to, "kinds": dependency["dep_kinds"] });
            items.push(Item::new("rust:edges".to_owned(), format!("{from} -> {to}"), value));
        }
    }
    Ok(items)
}

/// The namespace of a source: `rust:crates.io-index`, or `rust:workspace` for packages that have none.
fn namespace(source: &Data) -> String {
    let source = source.as_str().unwrap_or("workspace");
    format!("rust:{}", last_part(source))
}

/// A package's id without where it comes from: `serde@1.0.0`.
fn short(id: &str) -> &str {
    last_part(id)
}

fn last_part(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url).trim_start_matches("crates.io-index#")
}

fn list(value: &Data) -> &[Data] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Data) -> &str {
    value.as_str().unwrap_or_default()
}
