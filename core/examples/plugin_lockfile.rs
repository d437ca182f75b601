//! A `package-lock.json` as one plugin's state, over the three forms that npm has given it.
//!
//! The document of `lockfileVersion` 1 is saved and migrated twice, 1 to 2 to 3; each result must be the document that
//! stands in `tests/data/lockfiles`. Then the middle one is restored, and told what that changes.
//!
//! Run it with `cargo run --example plugin_lockfile`.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use statehold::{Json, LoadOptions, Migrations, Registration, SaveOptions, Store};

type StepResult = Result<Json, Box<dyn Error + Send + Sync>>;

fn document(version: u32) -> Result<Json, Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/lockfiles");
    let value: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join(format!("v{version}.json")))?)?;
    Ok(value.try_into()?)
}

/// Version 1 nests what is installed; version 2 also lists it by its place in `node_modules`.
fn list_packages(data: &Json) -> StepResult {
    let old: Map<String, Value> = data.parse()?;
    let root = json!({"name": old["name"], "version": old["version"]});
    let mut packages = BTreeMap::from([(String::new(), root)]);
    if let Some(dependencies) = old.get("dependencies").and_then(Value::as_object) {
        collect(dependencies, "", &mut packages);
    }
    let mut new = Map::new();
    for (name, value) in old {
        match name.as_str() {
            "lockfileVersion" => _ = new.insert(name, 2.into()),
            "dependencies" => {
                new.insert("packages".to_owned(), json!(packages));
                new.insert(name, value);
            }
            _ => _ = new.insert(name, value),
        }
    }
    Ok(Value::Object(new).try_into()?)
}

/// Adds dependencies and those nested in them, each under the folder that it lies in.
fn collect(dependencies: &Map<String, Value>, inside: &str, packages: &mut BTreeMap<String, Value>) {
    for (name, dependency) in dependencies {
        let Some(dependency) = dependency.as_object() else { continue };
        let place = format!("{inside}node_modules/{name}");
        let mut package = Map::new();
        for (member, value) in dependency {
            match member.as_str() {
                "requires" => _ = package.insert("dependencies".to_owned(), value.clone()),
                "dependencies" => {}
                _ => _ = package.insert(member.clone(), value.clone()),
            }
        }
        packages.insert(place.clone(), Value::Object(package));
        if let Some(nested) = dependency.get("dependencies").and_then(Value::as_object) {
            collect(nested, &format!("{place}/"), packages);
        }
    }
}

/// Version 3 keeps the list alone.
fn drop_dependencies(data: &Json) -> StepResult {
    let mut document: Map<String, Value> = data.parse()?;
    document.shift_remove("dependencies").ok_or("there are no `dependencies` to drop")?;
    document.insert("lockfileVersion".to_owned(), 3.into());
    Ok(Value::Object(document).try_into()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open(":memory:")?;
    let lockfile = store.plugin("npm/lockfile");
    lockfile.register(
        Registration::new().migrations(
            Migrations::new()
                .step(2, |data, _version| list_packages(&data))
                .step(3, |data, _version| drop_dependencies(&data)),
        ),
    )?;
    lockfile.save_with(document(1)?, &SaveOptions::new().version(1))?;

    for target in [2, 3] {
        let done = lockfile.migrate(target, &Migrations::new())?;
        println!("migrated from version {} to {}", done.from_version, done.to_version);
        let state =
            lockfile.load_with(&LoadOptions::new().version(target))?.ok_or("it was migrated just now")?;
        assert_eq!((state.version, state.data), (target, document(target)?));
    }

    for backup in lockfile.list_backups()? {
        println!("backup {}: version {}, {} bytes", backup.index, backup.version, backup.size);
    }
    let diff = lockfile.diff(0)?;
    println!("restoring backup 0 leads from version {:?} to {}:", diff.from_version, diff.to_version);
    for change in diff.patch.parse::<Vec<Value>>()? {
        println!("  {} {}", change["op"], change["path"]);
    }
    lockfile.restore(0)?;
    let state = lockfile.load_with(&LoadOptions::new().version(2))?.ok_or("it was restored just now")?;
    assert_eq!((state.version, state.data), (2, document(2)?));
    println!("the state has version {} again", state.version);
    Ok(())
}

#[test]
fn it_runs() -> Result<(), Box<dyn Error>> {
    main()
}
