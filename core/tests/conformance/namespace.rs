//! The operations of a namespace: of the store, of a transaction, of a snapshot.

use std::time::Duration;

use serde_json::Value as Case;
use statehold::{
    Entry, IncrementOptions, Json, ListOptions, Namespace, NamespaceOptions, Number, SetOptions, Value,
};

use crate::convert::{duration, entry, int, number, optional, pairs, texts};
use crate::execute::{Executor, Failure, Outcome, Target, op};
use crate::format::{Data, filled};

impl Executor<'_> {
    pub(crate) fn name(&self, step: &Case) -> String {
        step.get("ns").map_or_else(|| "app".to_owned(), |name| self.decode(name).text())
    }

    pub(crate) fn set_options(&self, step: &Case) -> Outcome<SetOptions> {
        let with = &step["with"];
        let mut options = SetOptions::new();
        options.ttl = self.ttl(step);
        options.keep_ttl = with["keep_ttl"] == true;
        let revision = with.get("if_revision").map(|revision| match self.decode(revision) {
            Data::Int(revision) => u64::try_from(revision).unwrap(),
            other => panic!("{other:?} is no revision"),
        });
        Ok(options.with_conditions(
            with["only_if_absent"] == true,
            with["only_if_present"] == true,
            revision,
        )?)
    }

    fn ttl(&self, step: &Case) -> Option<Duration> {
        step["with"].get("ttl").map(|ttl| self.decode(ttl).duration())
    }

    pub(crate) fn perform_in_namespace(&self, target: Target, step: &Case) -> Outcome {
        let arg = |at: usize| self.decode(&step["args"][at]);
        match op(step) {
            "value" => return Ok(arg(0)),
            "saved" => return Ok(self.saved.borrow()[&arg(0).text()].clone()),
            // What Rust gives is owned, so that there is nothing that could be shared.
            "mutate" => return Ok(Data::Absent),
            _ => {}
        }
        if step.get("on").is_some() {
            let namespace = self.snapshot(step).namespace(&self.name(step));
            return self.read(&namespace, step);
        }
        let namespace = self.namespace(target, step);
        let (key, keys) = (|| arg(0).text(), || arg(0).list().iter().map(Data::text).collect::<Vec<_>>());
        Ok(match op(step) {
            "set" => match arg(1) {
                Data::Bytes(bytes) => {
                    int(namespace.set_value(&key(), Value::Bytes(bytes), &self.set_options(step)?)?)
                }
                value => int(namespace.set_with(&key(), &value, &self.set_options(step)?)?),
            },
            "delete" => Data::Bool(namespace.delete(&key())?),
            "pop" => self.or_default(step, namespace.pop(&key())?),
            "set_ttl" => {
                let ttl = (!step["args"][1].is_null()).then(|| arg(1).duration());
                Data::Bool(namespace.set_ttl(&key(), ttl)?)
            }
            "touch" => Data::Bool(namespace.touch(&key())?),
            "batch_set" => int(batch_set(&namespace, &arg(0), self.ttl(step))?),
            "fill" => {
                let count = step["args"][1].as_u64().unwrap() as usize;
                int(batch_set(&namespace, &Data::Map(filled(&key(), 0, count)), self.ttl(step))?)
            }
            "batch_delete" => int(namespace.batch_delete(&keys())?),
            "increment" => {
                let by = step["args"].get(1).map_or(Data::Int(1), |by| self.decode(by));
                let mut options = IncrementOptions::new();
                if let Some(initial) = step["with"].get("initial") {
                    options = options.initial(number(&self.decode(initial)));
                }
                if let Some(ttl) = self.ttl(step) {
                    options = options.ttl(ttl);
                }
                match namespace.increment_with(&key(), number(&by), &options)? {
                    Number::Int(int) => Data::Int(int),
                    Number::Float(float) => Data::Float(float),
                }
            }
            "update" => {
                let function = self.function(&step["args"][1]);
                Data::of(&namespace.update(&key(), |found| -> Outcome<Value> {
                    let default = step["with"].get("default").map(|default| self.decode(default));
                    Ok(function.call(found.as_ref().map(Data::of).or(default), 0)?.to_value()?)
                })?)
            }
            "merge" => Data::of_json(
                &namespace.merge(&key(), &Json::from_serialize(&arg(1)).map_err(Failure::Store)?)?,
            ),
            "get_or_set" => {
                let function = self.function(&step["args"][1]);
                let make = || -> Outcome<Value> { Ok(function.call(None, 0)?.to_value()?) };
                Data::of(&namespace.get_or_set(&key(), make, self.ttl(step))?)
            }
            "clear" => int(namespace.clear()?),
            "delete_matching" => int(namespace.delete_matching(&key())?),
            _ => return self.read(&namespace, step),
        })
    }

    fn namespace(&self, target: Target, step: &Case) -> Namespace {
        let mut options = NamespaceOptions::new();
        let name = match &step["ns"] {
            Case::Object(members) if members.contains_key("name") => {
                if let Some(ttl) = members.get("ttl") {
                    options = options.ttl(self.decode(ttl).duration());
                }
                options = options.sliding(members.get("sliding") == Some(&Case::Bool(true)));
                self.decode(&members["name"]).text()
            }
            _ => self.name(step),
        };
        match target {
            Target::Store => self.store().namespace_with(&name, options),
            Target::Transaction(tx) => tx.namespace_with(&name, options),
        }
    }

    fn read(&self, namespace: &dyn Reading, step: &Case) -> Outcome {
        let arg = |at: usize| self.decode(&step["args"][at]);
        let pattern = || step["args"].get(0).map_or_else(|| "*".to_owned(), |data| self.decode(data).text());
        Ok(match op(step) {
            "get" => self.or_default(step, namespace.get(&arg(0).text())?),
            "entry" => namespace.entry(&arg(0).text())?.map_or(Data::Absent, |found| entry(&found)),
            "exists" => Data::Bool(namespace.exists(&arg(0).text())?),
            "get_ttl" => optional(namespace.get_ttl(&arg(0).text())?, duration),
            "list" => texts(namespace.list(&pattern(), &self.list_options(step))?),
            "items" => Data::List(
                pairs(namespace.items(&pattern(), &self.list_options(step))?)
                    .map(|(key, value)| Data::List(vec![key, value]))
                    .collect(),
            ),
            "count" => int(namespace.count(&pattern())?),
            "batch_get" => {
                let keys: Vec<String> = arg(0).list().iter().map(Data::text).collect();
                Data::Map(pairs(namespace.batch_get(&keys)?).collect())
            }
            other => panic!("unknown operation {other}"),
        })
    }

    fn list_options(&self, step: &Case) -> ListOptions {
        let with = &step["with"];
        let mut options = ListOptions::new().reverse(with["reverse"] == true);
        options.limit = with["limit"].as_u64().map(|limit| limit as usize);
        options.start_after = with.get("start_after").map(|key| self.decode(key).text());
        options
    }

    fn or_default(&self, step: &Case, found: Option<Value>) -> Data {
        let default = || step["with"].get("default").map_or(Data::Absent, |default| self.decode(default));
        found.map_or_else(default, |value| Data::of(&value))
    }
}

/// What a namespace and one of a snapshot have in common.
trait Reading {
    fn get(&self, key: &str) -> statehold::Result<Option<Value>>;
    fn entry(&self, key: &str) -> statehold::Result<Option<Entry>>;
    fn exists(&self, key: &str) -> statehold::Result<bool>;
    fn get_ttl(&self, key: &str) -> statehold::Result<Option<Duration>>;
    fn list(&self, pattern: &str, options: &ListOptions) -> statehold::Result<Vec<String>>;
    fn items(&self, pattern: &str, options: &ListOptions) -> statehold::Result<Vec<(String, Value)>>;
    fn count(&self, pattern: &str) -> statehold::Result<u64>;
    fn batch_get(&self, keys: &[String]) -> statehold::Result<Vec<(String, Value)>>;
}

macro_rules! reading {
    ($kind:ty) => {
        impl Reading for $kind {
            fn get(&self, key: &str) -> statehold::Result<Option<Value>> {
                self.get_value(key)
            }
            fn entry(&self, key: &str) -> statehold::Result<Option<Entry>> {
                self.entry(key)
            }
            fn exists(&self, key: &str) -> statehold::Result<bool> {
                self.exists(key)
            }
            fn get_ttl(&self, key: &str) -> statehold::Result<Option<Duration>> {
                self.get_ttl(key)
            }
            fn list(&self, pattern: &str, options: &ListOptions) -> statehold::Result<Vec<String>> {
                self.list_with(pattern, options)
            }
            fn items(&self, pattern: &str, options: &ListOptions) -> statehold::Result<Vec<(String, Value)>> {
                self.items_with(pattern, options)?.collect()
            }
            fn count(&self, pattern: &str) -> statehold::Result<u64> {
                self.count(pattern)
            }
            fn batch_get(&self, keys: &[String]) -> statehold::Result<Vec<(String, Value)>> {
                self.batch_get(keys)
            }
        }
    };
}

reading!(Namespace);
reading!(statehold::SnapshotNamespace);

fn batch_set(namespace: &Namespace, entries: &Data, ttl: Option<Duration>) -> Outcome<u64> {
    let Data::Map(entries) = entries else { panic!("{entries:?} is no map") };
    let entries: statehold::Result<Vec<_>> =
        entries.iter().map(|(key, value)| Ok((key.text(), value.to_value()?))).collect();
    Ok(namespace.batch_set(entries?, ttl)?)
}
