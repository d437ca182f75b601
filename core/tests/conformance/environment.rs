//! The operations of environments: of the store, of a transaction, and of the holder of a lock.

use serde_json::Value as Step;
use statehold::{
    EnvironmentFilter, EnvironmentLock, EnvironmentRecord, Environments, Failure, Json, Lifecycle,
    LockOptions, TransitionOptions,
};

use crate::convert::{done, fields, int, time};
use crate::deployment::{by_method, kinds, table};
use crate::execute::{Executor, Outcome, Target, op};
use crate::format::{Data, START_MS};
use crate::state::{definition, entry, guide, interrupted, lock_info, record};

/// What a transaction refuses, so that the mode `transaction` does it past them.
pub(crate) const PAST_TRANSACTIONS: &[&str] = &["lock", "force_unlock", "register_lifecycle", "run"];

/// The operations that have no `env`.
pub(crate) const WITHOUT_NAME: &[&str] =
    &["environments", "interrupted", "register_lifecycle", "lifecycle", "lifecycles", "transitions"];

/// What a case keeps of environments: records by their names and handles, and locks by what they were saved as.
#[derive(Default)]
pub(crate) struct Held {
    records: Vec<((String, String), EnvironmentRecord)>,
    pub(crate) locks: Vec<(String, EnvironmentLock)>,
}

impl Held {
    pub(crate) fn forget_records(&mut self) {
        self.records.clear();
    }
}

impl Executor<'_> {
    pub(crate) fn environments(&self, target: Target, step: &Step) -> Environments {
        if let Some(name) = step["on"].as_str() {
            return self.on_lock(name, |lock| lock.environments().clone());
        }
        let environments = match target {
            Target::Store => self.store().environments(),
            Target::Transaction(tx) => tx.environments(),
        };
        match step["with"].get("token") {
            Some(token) => environments.with_token(self.decode(token).text()),
            None => environments,
        }
    }

    fn on_lock<T>(&self, name: &str, f: impl FnOnce(&EnvironmentLock) -> T) -> T {
        let held = self.held.borrow();
        f(&held.locks.iter().find(|(known, _)| known == name).unwrap().1)
    }

    fn env_name(&self, step: &Step) -> String {
        self.decode(&step["env"]).text()
    }

    /// The record that the case has got last, or the one that there is.
    fn kept(&self, environments: &Environments, step: &Step) -> Outcome<EnvironmentRecord> {
        let key = (self.env_name(step), step["handle"].as_str().unwrap_or_default().to_owned());
        let held = self.held.borrow();
        if let Some((_, kept)) = held.records.iter().find(|(known, _)| *known == key) {
            return Ok(kept.clone());
        }
        Ok(environments.load(&key.0)?)
    }

    fn keep(&self, step: &Step, kept: EnvironmentRecord) -> Data {
        let key = (self.env_name(step), step["handle"].as_str().unwrap_or_default().to_owned());
        let data = record(&kept);
        let mut held = self.held.borrow_mut();
        held.records.retain(|(known, _)| *known != key);
        held.records.push((key, kept));
        data
    }

    pub(crate) fn perform_on_environment(&self, target: Target, step: &Step) -> Outcome {
        let environments = self.environments(target, step);
        let arg = |at: usize| step["args"].get(at).map(|data| self.decode(data));
        let text = |at: usize| arg(at).unwrap().text();
        let name = self.env_name(step);
        Ok(match op(step) {
            "create" => {
                let data = Json::from_serialize(&arg(0).unwrap_or(Data::Map(Vec::new())))?;
                let created = match step["with"].get("lifecycle") {
                    Some(lifecycle) => {
                        environments.create_with(&name, data, &self.decode(lifecycle).text())?
                    }
                    None => environments.create(&name, data)?,
                };
                self.keep(step, created)
            }
            "load" => {
                let loaded = environments.load(&name)?;
                self.keep(step, loaded)
            }
            "find" => environments.find(&name)?.map_or(Data::Absent, |found| record(&found)),
            "exists" => Data::Bool(environments.exists(&name)?),
            "save" => {
                let mut kept = self.kept(&environments, step)?;
                kept.data = Json::from_serialize(&arg(0).unwrap())?;
                let saved = environments.save(&kept)?;
                self.keep(step, saved)
            }
            "transition" => {
                let moved = match step.get("with") {
                    None => environments.transition(&name, &text(0))?,
                    Some(_) => {
                        environments.transition_with(&name, &text(0), &self.transition_options(step)?)?
                    }
                };
                self.keep(step, moved)
            }
            "method" => {
                let kept = self.kept(&environments, step)?;
                let failure = step["args"].get(1).map(|failure| self.failure(failure)).transpose()?;
                let moved = by_method(&environments, kept, &text(0), failure)?;
                self.keep(step, moved)
            }
            "set_step" => {
                let noted = environments.set_step(&name, &text(0))?;
                self.keep(step, noted)
            }
            "recover" => {
                let recovered = environments.recover(&name, &text(0), &text(1))?;
                self.keep(step, recovered)
            }
            "delete" => Data::Bool(environments.delete(&name)?),
            "history" => Data::List(environments.history(&name)?.iter().map(entry).collect()),
            "at" => {
                let with = &step["with"];
                let found = match with.get("time") {
                    Some(moment) => environments.at(&name, time(START_MS + self.decode(moment).millis()))?,
                    None => environments.at(&name, with["revision"].as_u64().unwrap())?,
                };
                found.map_or(Data::Absent, |found| record(&found))
            }
            "kinds" => {
                let kept = self.kept(&environments, step)?;
                let lifecycle = environments.lifecycle(&kept.lifecycle)?;
                kinds(&lifecycle, kept)
            }
            "recovery" => self.kept(&environments, step)?.recovery().map_or(Data::Absent, guide),
            "lock" => self.lock(&environments, step)?,
            "release" => Data::Bool(self.on_lock(step["on"].as_str().unwrap(), EnvironmentLock::release)?),
            "is_held" => Data::Bool(self.on_lock(step["on"].as_str().unwrap(), EnvironmentLock::is_held)?),
            "lock_info" => environments.lock_info(&name)?.map_or(Data::Absent, |found| lock_info(&found)),
            "force_unlock" => done(environments.force_unlock(&name, &text(0))?),
            "run" => self.run_command(&environments, step)?,
            other => panic!("unknown operation {other} of an environment"),
        })
    }

    pub(crate) fn perform_on_environments(&self, target: Target, step: &Step) -> Outcome {
        let environments = self.environments(target, step);
        let text = |data: &Step| self.decode(data).text();
        Ok(match op(step) {
            "environments" => {
                let mut filter = EnvironmentFilter::new();
                filter.state = step["with"].get("state").map(text);
                filter.lifecycle = step["with"].get("lifecycle").map(text);
                Data::List(environments.list_with(&filter)?.iter().map(record).collect())
            }
            "interrupted" => Data::List(environments.interrupted()?.iter().map(interrupted).collect()),
            "register_lifecycle" => {
                let definition = serde_json::to_string(&self.decode(&step["args"][0])).unwrap();
                done(environments.register_lifecycle(&Lifecycle::parse(&definition)?)?)
            }
            "lifecycle" => definition(&environments.lifecycle(&text(&step["args"][0]))?),
            "lifecycles" => Data::List(environments.lifecycles()?.iter().map(definition).collect()),
            _ => table(&environments, &self.decode(&step["args"][0]))?,
        })
    }

    fn lock(&self, environments: &Environments, step: &Step) -> Outcome {
        let with = &step["with"];
        let duration = |name: &str| with.get(name).map(|span| self.decode(span).duration());
        let mut options = LockOptions::new().reentrant(with["reentrant"] == true);
        options.ttl = duration("ttl");
        options.timeout = duration("timeout").unwrap_or(options.timeout);
        options.purpose = with.get("purpose").map(|purpose| self.decode(purpose).text());
        let lock = environments.lock_with(&self.env_name(step), &options)?;
        let data = fields([
            ("name", Data::Text(lock.name().to_owned())),
            ("token", Data::Text(lock.token().to_owned())),
            ("fencing", int(lock.fencing())),
        ]);
        let name = step["save_as"].as_str().unwrap_or_default().to_owned();
        self.held.borrow_mut().locks.push((name, lock));
        Ok(data)
    }

    fn transition_options(&self, step: &Step) -> Outcome<TransitionOptions> {
        let with = &step["with"];
        let text = |name: &str| with.get(name).map(|text| self.decode(text).text());
        let mut options = TransitionOptions::new();
        options.failure = with.get("failure").map(|failure| self.failure(failure)).transpose()?;
        (options.note, options.step) = (text("note"), text("step"));
        options.if_revision = with.get("if_revision").map(|revision| match self.decode(revision) {
            Data::Int(revision) => u64::try_from(revision).unwrap(),
            other => panic!("{other:?} is no revision"),
        });
        Ok(options)
    }

    fn failure(&self, given: &Step) -> Outcome<Failure> {
        let text = |name: &str| given.get(name).map(|text| self.decode(text).text());
        let kind = text("kind").unwrap().parse()?;
        let mut failure = Failure::new(text("step").unwrap(), kind, text("summary").unwrap());
        if let (Some(started), Some(failed)) = (given.get("started_at"), given.get("failed_at")) {
            let at = |moment: &Step| time(START_MS + self.decode(moment).millis());
            failure = failure.between(at(started), at(failed));
        }
        if let Some(id) = text("trace_id") {
            failure = failure.trace_id(id);
        }
        failure.trace_file = text("trace_file");
        let details = given.get("details").map(|details| Json::from_serialize(&self.decode(details)));
        failure.details = details.transpose()?;
        Ok(failure)
    }

    /// What the store holds of environments, and what their history says that is the same in every mode.
    pub(crate) fn dump_environments(&self) -> Vec<Data> {
        let environments = self.store().environments();
        let told = |of: &EnvironmentRecord| {
            let history = environments.history(&of.name).unwrap();
            let rows = history.iter().map(|row| without(entry(row), &["revision", "record"])).collect();
            Data::List(vec![without(record(of), &["revision"]), Data::List(rows)])
        };
        environments.list().unwrap().iter().map(told).collect()
    }
}

/// A record without some of its fields, and its failure without its id, which is another one in each run.
fn without(record: Data, names: &[&str]) -> Data {
    let Data::Map(members) = record else { return record };
    let kept = members.into_iter().filter(|(name, _)| !names.contains(&&*name.text()));
    let kept = kept.map(|(name, value)| {
        let value = if name.text() == "failure" { without(value, &["trace_id"]) } else { value };
        (name, value)
    });
    Data::Map(kept.collect())
}
