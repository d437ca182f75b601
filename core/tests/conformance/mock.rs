//! The operations of mock clouds: of the store, of a transaction, and of those that stand alone.

use serde::Serialize;
use serde_json::Value as Step;
use statehold::mock::Transition;
use statehold::{Json, MockCloud, MockCloudOptions, open_mock_cloud};

use crate::convert::{done, int, texts};
use crate::execute::{Executor, Failure, Outcome, Target, op, steps};
use crate::format::Data;

/// What the mode `transaction` does past its transactions.
pub(crate) const PAST_TRANSACTIONS: &[&str] = &["with_lock", "with_lock_and_persist", "persist_now"];

/// The operations that have no `mock`.
pub(crate) const WITHOUT_NAME: &[&str] =
    &["mock_clouds", "delete_mock_cloud", "open_mock_cloud", "write_file", "read_file", "files"];

/// What a case keeps of mock clouds.
#[derive(Default)]
pub(crate) struct Clouds {
    /// Those that stand alone, by what they were saved as.
    alone: Vec<(String, MockCloud)>,
    /// The one that the function of `with_lock` was given, while it runs.
    locked: Option<MockCloud>,
}

impl Executor<'_> {
    pub(crate) fn stand_alone(&self, name: &str) -> MockCloud {
        let clouds = self.clouds.borrow();
        clouds.alone.iter().rev().find(|(known, _)| known == name).unwrap().1.clone()
    }

    fn cloud(&self, target: Target, step: &Step) -> MockCloud {
        if let Some(locked) = &self.clouds.borrow().locked {
            return locked.clone();
        }
        match (step["on"].as_str(), target) {
            (Some(name), _) => self.stand_alone(name),
            (None, Target::Store) => self.store().mock_cloud(&self.decode(&step["mock"]).text()),
            (None, Target::Transaction(tx)) => tx.mock_cloud(&self.decode(&step["mock"]).text()),
        }
    }

    fn json(&self, data: &Step) -> Outcome<Json> {
        Ok(Json::from_serialize(&self.decode(data))?)
    }

    pub(crate) fn perform_on_mock(&self, target: Target, step: &Step) -> Outcome {
        let cloud = self.cloud(target, step);
        let text = |at: usize| self.decode(&step["args"][at]).text();
        let json = |at: usize| self.json(&step["args"][at]);
        Ok(match op(step) {
            "get_instance" => document(&cloud.get_instance()?),
            "set_instance" => document(&cloud.set_instance(&json(0)?)?),
            "update_instance_state" => document(&cloud.update_instance_state(text(0).parse()?)?),
            "start_instance" => document(&cloud.start_instance()?),
            "stop_instance" => document(&cloud.stop_instance()?),
            "get_public_ip" => cloud.get_public_ip()?.map_or(Data::Absent, Data::Text),
            "set_public_ip" => done(cloud.set_public_ip(step["args"][0].as_str())?),
            "has_volume" => Data::Bool(cloud.has_volume()?),
            "set_has_volume" => done(cloud.set_has_volume(step["args"][0] == true)?),
            "get_transition" => document(&cloud.get_transition()?),
            "set_transition" => done(cloud.set_transition(self.transition(&step["args"][0])?)?),
            "complete_transition" => Data::Bool(cloud.complete_transition()?),
            "get_parameter" => cloud.get_parameter(&text(0))?.map_or(Data::Absent, Data::Text),
            "set_parameter" => {
                let kind = step["with"]["type"].as_str().unwrap_or("String").parse()?;
                document(&cloud.set_parameter(&text(0), &text(1), kind)?)
            }
            "delete_parameter" => Data::Bool(cloud.delete_parameter(&text(0))?),
            "get_all_parameters" => document(&cloud.get_all_parameters()?),
            "get_commands" => document(&cloud.get_commands()?),
            "add_command" => {
                let lines = self.decode(&step["args"][0]);
                let lines: Vec<String> = lines.list().iter().map(Data::text).collect();
                Data::Text(cloud.add_command(&lines)?)
            }
            "update_command" => document(&cloud.update_command(&text(0), &json(1)?)?),
            "clear_commands" => int(cloud.clear_commands()?),
            "get_backups" => document(&cloud.get_backups()?),
            "add_backup" => document(&cloud.add_backup(&json(0)?)?),
            "remove_backup" => Data::Bool(cloud.remove_backup(&text(0))?),
            "clear_backups" => int(cloud.clear_backups()?),
            "get_costs" => document(&cloud.get_costs(text(0).parse()?)?),
            "set_costs" => document(&cloud.set_costs(text(0).parse()?, &json(1)?)?),
            "get_stack_status" => document(&cloud.get_stack_status()?),
            "set_stack_status" => document(&cloud.set_stack_status(&json(0)?)?),
            "get_state" => document(&cloud.get_state()?),
            "patch_state" => done(cloud.patch_state(&json(0)?)?),
            "reset_state" => done(cloud.reset_state()?),
            "persist_now" => done(cloud.persist_now()?),
            "close_mock" => done(cloud.close()?),
            "mock_closed" => Data::Bool(cloud.is_closed()),
            "with_lock" => self.locked(step, |f| cloud.with_lock(f))?,
            "with_lock_and_persist" => self.locked(step, |f| cloud.with_lock_and_persist(f))?,
            other => panic!("unknown operation {other} of a mock cloud"),
        })
    }

    fn locked(
        &self,
        step: &Step,
        with_lock: impl FnOnce(&mut dyn FnMut(&MockCloud) -> Outcome<()>) -> Outcome<()>,
    ) -> Outcome {
        let mut body = |cloud: &MockCloud| -> Outcome<()> {
            self.clouds.borrow_mut().locked = Some(cloud.clone());
            let outcome = steps(step).try_for_each(|part| self.step(Target::Store, part, 0));
            self.clouds.borrow_mut().locked = None;
            outcome?;
            if step["abort"] == true { Err(Failure::Raised) } else { Ok(()) }
        };
        match with_lock(&mut body) {
            Err(Failure::Raised) if step["abort"] == true => Ok(Data::Absent),
            other => {
                other?;
                assert!(step["abort"] != true, "the error of {step} was swallowed");
                Ok(Data::Absent)
            }
        }
    }

    fn transition(&self, data: &Step) -> Outcome<Transition> {
        Ok(match self.decode(data) {
            Data::Text(word) => word.parse()?,
            span => Transition::After(span.duration()),
        })
    }

    pub(crate) fn perform_on_mocks(&self, step: &Step) -> Outcome {
        let arg = |at: usize| self.decode(&step["args"][at]);
        let folder = || self.path.parent().unwrap().to_owned();
        Ok(match op(step) {
            "mock_clouds" => {
                let pattern = step["args"].get(0).map_or_else(|| "*".to_owned(), |_| arg(0).text());
                texts(self.store().mock_clouds(&pattern)?)
            }
            "delete_mock_cloud" => Data::Bool(self.store().delete_mock_cloud(&arg(0).text())?),
            "open_mock_cloud" => {
                let cloud = open_mock_cloud(self.mock_options(step)?)?;
                let name = step["save_as"].as_str().unwrap().to_owned();
                self.clouds.borrow_mut().alone.push((name, cloud));
                Data::Absent
            }
            "write_file" => done(std::fs::write(self.file(&step["args"][0]), arg(1).text()).unwrap()),
            "read_file" => {
                let text = std::fs::read_to_string(self.file(&step["args"][0])).unwrap();
                serde_json::from_str(&text).unwrap()
            }
            _ => {
                // The files of this run of the case have its store's name in theirs.
                let (own, part) =
                    (self.path.file_name().unwrap().to_str().unwrap().to_owned(), arg(0).text());
                let names = folder().read_dir().unwrap().map(|file| file.unwrap().file_name());
                let count = names.filter(|name| {
                    let name = name.to_str().unwrap();
                    name.starts_with(&own) && name.contains(&part)
                });
                int(count.count() as u64)
            }
        })
    }

    fn mock_options(&self, step: &Step) -> Outcome<MockCloudOptions> {
        let with = &step["with"];
        let mut options = MockCloudOptions::new().clock(self.clock.clone());
        if let Some(path) = with.get("persist_to") {
            options = options.persist_to(self.file(path));
        }
        if let Some(debounce) = with.get("debounce") {
            options = options.debounce(self.decode(debounce).duration());
        }
        if let Some(fixtures) = with.get("fixtures") {
            options = options.fixtures(self.json(fixtures)?);
        }
        if let Some(transition) = with.get("transition") {
            options = options.transition(self.transition(transition)?);
        }
        Ok(options)
    }

    /// What the store holds of mock clouds, but for the ids of commands, which are others in each run.
    pub(crate) fn dump_mocks(&self) -> Vec<Data> {
        let told = |name: String| {
            let mut state = self.store().mock_cloud(&name).get_state().unwrap();
            state.commands.iter_mut().for_each(|command| command.command_id.clear());
            Data::List(vec![Data::Text(name), document(&state)])
        };
        self.store().mock_clouds("*").unwrap().into_iter().map(told).collect()
    }

    pub(crate) fn perform_on_scenarios(&self, step: &Step) -> Outcome {
        let scenarios = self.store().mock_cloud(step["scenarios"].as_str().unwrap()).scenarios();
        let name = || self.decode(&step["args"][0]).text();
        Ok(match op(step) {
            "list" => document(&scenarios.list()?),
            "get" => document(&scenarios.get(&name())?),
            "apply" => done(scenarios.apply(&name())?),
            "save" => done(scenarios.save(&self.json(&step["args"][0])?)?),
            "delete" => Data::Bool(scenarios.delete(&name())?),
            "current" => scenarios.current()?.map_or(Data::Absent, Data::Text),
            "reset" => done(scenarios.reset()?),
            other => panic!("unknown operation {other} of scenarios"),
        })
    }
}

/// What is given as a document.
fn document<T: Serialize>(given: &T) -> Data {
    Json::from_serialize(given).unwrap().parse().unwrap()
}
