//! The operations of a plugin's state: of the store, of a transaction, and in the mode `reopen` with the name first.

use std::path::PathBuf;

use serde_json::Value as Case;
use statehold::{
    Json, JsonSchema, LoadOptions, Migrations, Plugin, PluginBackup, PluginState, PluginStates, Registration,
    SaveOptions, Violation,
};

use crate::convert::{done, fields, int, moment, optional, texts};
use crate::execute::{Executor, Failure, Outcome, Target, op};
use crate::format::Data;

/// The two faces of a plugin's state.
enum Face {
    Plugin(Plugin),
    States(PluginStates, String),
}

/// Calls a method that both have.
macro_rules! on {
    ($face:expr, $method:ident($($argument:expr),*)) => {
        match &$face {
            Face::Plugin(plugin) => plugin.$method($($argument),*),
            Face::States(states, name) => states.$method(name, $($argument),*),
        }
    };
}

impl Executor<'_> {
    fn plugin_states(&self, target: Target) -> PluginStates {
        match target {
            Target::Store => self.store().plugin_states(),
            Target::Transaction(tx) => tx.plugin_states(),
        }
    }

    fn face(&self, target: Target, step: &Case) -> Face {
        let name = self.decode(&step["plugin"]).text();
        match target {
            _ if self.mode == "reopen" => Face::States(self.plugin_states(target), name),
            Target::Store => Face::Plugin(self.store().plugin(&name)),
            Target::Transaction(tx) => Face::Plugin(tx.plugin(&name)),
        }
    }

    pub(crate) fn plugin_names(&self, target: Target, step: &Case) -> Outcome {
        let pattern = step["args"].get(0).map_or_else(|| "*".to_owned(), |data| self.decode(data).text());
        Ok(texts(self.plugin_states(target).names(&pattern)?))
    }

    pub(crate) fn perform_on_plugin(&self, target: Target, step: &Case) -> Outcome {
        let face = self.face(target, step);
        let given = |at: usize| step["args"].get(at).map(|data| self.decode(data));
        let index = || step["args"][0].as_u64().unwrap_or(0) as usize;
        let path = || self.file(&step["args"][0]);
        Ok(match op(step) {
            "save" if step.get("with").is_none() => int(on!(face, save(&given(0).unwrap()))?),
            "save" => {
                let data = Json::from_serialize(&given(0).unwrap())?;
                int(on!(face, save_with(data, &self.save_options(step)))?)
            }
            "load" => match step.get("with") {
                None => on!(face, load())?,
                Some(with) => {
                    let options = LoadOptions::new().allow_newer(with["allow_newer"] == true);
                    let version = with.get("version").map(version);
                    let options = version.map_or(options, |version| options.version(version));
                    on!(face, load_with(&options))?
                }
            }
            .map_or(Data::Absent, |found| state(&found)),
            "exists" => Data::Bool(on!(face, exists())?),
            "clear" if step["with"]["backups"] == true => Data::Bool(on!(face, clear_all())?),
            "clear" => Data::Bool(on!(face, clear())?),
            "migrate" => {
                let migrations = self.migrations(&step["args"][1]);
                let migrated = on!(face, migrate(version(&step["args"][0]), &migrations))?;
                Data::List(vec![int(migrated.from_version.into()), int(migrated.to_version.into())])
            }
            "dry_run_migrate" => {
                let migrations = self.migrations(&step["args"][1]);
                let preview = on!(face, dry_run_migrate(version(&step["args"][0]), &migrations))?;
                fields([
                    ("from_version", int(preview.from_version.into())),
                    ("to_version", int(preview.to_version.into())),
                    ("data", optional(preview.data, |data| Data::of_json(&data))),
                    ("patch", Data::of_json(&preview.patch)),
                ])
            }
            "validate" => Data::Bool(match step["args"].get(0) {
                None => on!(face, validate_registered())?,
                Some(function) if function.get("$fn").is_some() => {
                    let function = self.function(function);
                    on!(
                        face,
                        validate_with(|data| {
                            let valid = function.call(Some(Data::of_json(data)), 0)?;
                            Ok::<_, crate::function::Raised>(matches!(valid, Data::Bool(true)))
                        })
                    )?
                }
                Some(_) => on!(face, validate(&schema(&given(0).unwrap())?))?,
            }),
            "violations" => violations(&match given(0) {
                None => on!(face, violations_registered())?,
                Some(rules) => on!(face, violations(&schema(&rules)?))?,
            }),
            "list_backups" => Data::List(on!(face, list_backups())?.iter().map(backup).collect()),
            "restore" => int(on!(face, restore(index()))?),
            "diff" => {
                let diff = on!(face, diff(index()))?;
                fields([
                    ("from_version", optional(diff.from_version, |version| int(version.into()))),
                    ("to_version", int(diff.to_version.into())),
                    ("patch", Data::of_json(&diff.patch)),
                ])
            }
            "export" => serde_json::from_str(&on!(face, export())?).unwrap(),
            "export_file" => done(on!(face, export_file(path()))?),
            "import" => {
                let text = match given(0).unwrap() {
                    Data::Text(text) => text,
                    document => serde_json::to_string(&document).unwrap(),
                };
                int(on!(face, import(&text, &self.save_options(step)))?)
            }
            "import_file" => int(on!(face, import_file(path(), &self.save_options(step)))?),
            "register" => {
                on!(face, register(self.registration(step)?))?;
                self.registered.borrow_mut().push(step.clone());
                Data::Absent
            }
            other => panic!("unknown operation {other} of a plugin"),
        })
    }

    /// A file of the case's own beside the store, or one of the store's.
    pub(crate) fn file(&self, named: &Case) -> PathBuf {
        let store = self.path.file_name().unwrap().to_str().unwrap();
        self.path.with_file_name(match (named["$path"].as_str(), named["$store_path"].as_str()) {
            (Some(name), None) => format!("{store}.{name}"),
            (None, Some(ending)) => format!("{store}{ending}"),
            _ => panic!("{named} names no file"),
        })
    }

    pub(crate) fn save_options(&self, step: &Case) -> SaveOptions {
        let with = &step["with"];
        let mut options = SaveOptions::new().allow_newer(with["allow_newer"] == true);
        options.version = with.get("version").map(version);
        options.if_revision = with.get("if_revision").map(|revision| match self.decode(revision) {
            Data::Int(revision) => u64::try_from(revision).unwrap(),
            other => panic!("{other:?} is no revision"),
        });
        options
    }

    fn migrations(&self, functions: &Case) -> Migrations {
        functions.as_object().into_iter().flatten().fold(Migrations::new(), |migrations, (to, function)| {
            let function = self.function(function);
            migrations.step(to.parse().unwrap(), move |data, version| function.migrate(&data, version))
        })
    }

    fn registration(&self, step: &Case) -> Outcome<Registration> {
        let with = &step["with"];
        let mut registration = Registration::new().migrations(self.migrations(&with["migrations"]));
        for (version, rules) in with["schemas"].as_object().into_iter().flatten() {
            registration = registration.schema(version.parse().unwrap(), schema(&self.decode(rules))?);
        }
        if let Some(given) = with.get("version") {
            registration = registration.version(version(given));
        }
        if let Some(most) = with["max_backups"].as_u64() {
            registration = registration.max_backups(most as u32);
        }
        Ok(registration)
    }

    /// Registers anew what the case has registered.
    pub(crate) fn register_again(&self) {
        for step in self.registered.take() {
            self.perform_on_plugin(Target::Store, &step).unwrap();
        }
    }

    /// What the store holds of plugins.
    pub(crate) fn dump_plugins(&self) -> Vec<Data> {
        let states = self.store().plugin_states();
        let dump = |name: &String| {
            let document = serde_json::from_str(&states.export(name).unwrap()).unwrap();
            let backups = states.list_backups(name).unwrap();
            let kept = |kept: &PluginBackup| {
                Data::List(vec![int(kept.version.into()), int(kept.size), moment(kept.created_at)])
            };
            Data::List(vec![document, Data::List(backups.iter().map(kept).collect())])
        };
        states.names("*").unwrap().iter().map(dump).collect()
    }
}

fn version(data: &Case) -> u32 {
    u32::try_from(data.as_u64().unwrap()).unwrap()
}

fn schema(rules: &Data) -> Result<JsonSchema, Failure> {
    Ok(JsonSchema::new(&Json::from_serialize(rules)?)?)
}

fn state(found: &PluginState) -> Data {
    fields([
        ("version", int(found.version.into())),
        ("data", Data::of_json(&found.data)),
        ("revision", int(found.revision)),
        (
            "metadata",
            fields([
                ("plugin_name", Data::Text(found.metadata.plugin_name.clone())),
                ("last_modified", moment(found.metadata.last_modified)),
            ]),
        ),
    ])
}

fn backup(kept: &PluginBackup) -> Data {
    fields([
        ("index", int(kept.index as u64)),
        ("version", int(kept.version.into())),
        ("size", int(kept.size)),
        ("created_at", moment(kept.created_at)),
        ("revision", int(kept.revision)),
    ])
}

pub(crate) fn violations(all: &[Violation]) -> Data {
    let text = |text: &str| Data::Text(text.to_owned());
    let one = |broken: &Violation| fields([("path", text(&broken.path)), ("message", text(&broken.message))]);
    Data::List(all.iter().map(one).collect())
}
