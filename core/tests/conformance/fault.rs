//! The operations on faults, and those that show what they do to many calls.

use serde_json::Value as Step;
use statehold::{FaultCall, FaultRule, Faults, OperationFailure};

use crate::convert::{done, duration, fields, int, moment, optional};
use crate::execute::{Executor, Failure, Outcome, Target, op};
use crate::format::Data;

impl Executor<'_> {
    fn faults(&self, step: &Step) -> Faults {
        match &step["faults"] {
            Step::Bool(_) => self.store().faults(),
            Step::String(cloud) => self.store().mock_cloud(cloud).faults(),
            saved => self.stand_alone(saved["$saved"].as_str().unwrap()).faults(),
        }
    }

    pub(crate) fn perform_on_faults(&self, step: &Step) -> Outcome {
        let faults = self.faults(step);
        let arg = |at: usize| self.decode(&step["args"][at]);
        let operation = || arg(0).text();
        Ok(match op(step) {
            "set_global_latency" => done(faults.set_global_latency(arg(0).duration())?),
            "get_global_latency" => duration(faults.get_global_latency()?),
            "set_operation_failure" => {
                done(faults.set_operation_failure(&operation(), self.operation_failure(step))?)
            }
            "get_operation_failure" => {
                faults.get_operation_failure(&operation())?.map_or(Data::Absent, |found| rule(&found))
            }
            "clear_operation_failure" => Data::Bool(faults.clear_operation_failure(&operation())?),
            "clear_all_failures" => int(faults.clear_all_failures()?),
            "list" => Data::List(faults.list()?.iter().map(rule).collect()),
            "calls" => Data::List(faults.calls(&operation())?.iter().map(call).collect()),
            "count" => int(faults.count(&operation())?),
            "verify" => done(faults.verify(&operation(), step["args"][1].as_u64().unwrap())?),
            "clear_calls" => done(faults.clear_calls()?),
            other => panic!("unknown operation {other} of faults"),
        })
    }

    fn operation_failure(&self, step: &Step) -> OperationFailure {
        let with = &step["with"];
        let mut failure = OperationFailure::new();
        failure.fail_next = with["fail_next"] == true;
        failure.always_fail = with["always_fail"] == true;
        failure.after_commit = with["after_commit"] == true;
        failure.times = with["times"].as_u64();
        failure.probability = with["probability"].as_f64();
        failure.seed = with["seed"].as_u64().unwrap_or(0);
        let text = |name: &str| with.get(name).map(|text| self.decode(text).text());
        failure.error_code = text("error_code").unwrap_or(failure.error_code);
        failure.error_message = text("error_message").unwrap_or(failure.error_message);
        let span = |name: &str| with.get(name).map(|span| self.decode(span).duration());
        (failure.latency, failure.jitter) = (span("latency"), span("jitter"));
        failure
    }

    /// Which of so many calls, one after the other, failed.
    pub(crate) fn draws(&self, target: Target, step: &Step) -> Outcome {
        let mut drawn = String::new();
        for _ in 0..step["times"].as_u64().unwrap() {
            drawn.push(match self.perform(target, &step["step"]) {
                Ok(_) => '.',
                Err(Failure::Store(error)) if error.code() == "FAULT" => 'x',
                Err(other) => return Err(other),
            });
        }
        Ok(Data::Text(drawn))
    }

    /// How so many calls at once ended.
    pub(crate) fn parallel(&self, step: &Step) -> Data {
        let (store, clock) = (self.store(), &self.clock);
        let one = || match Executor::beside(&store, clock).perform(Target::Store, &step["step"]) {
            Ok(_) => "ok".to_owned(),
            Err(Failure::Store(error)) => error.code().to_owned(),
            Err(Failure::Raised) => panic!("{step} raised"),
        };
        let times = step["times"].as_u64().unwrap();
        let mut ends: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..times).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        ends.sort_by_key(|end| (end != "ok", end.clone()));
        let counted = ends.chunk_by(|one, other| one == other);
        Data::Map(counted.map(|all| (Data::Text(all[0].clone()), Data::Int(all.len() as i128))).collect())
    }
}

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

fn rule(found: &FaultRule) -> Data {
    let failure = &found.failure;
    let failure = fields([
        ("fail_next", Data::Bool(failure.fail_next)),
        ("always_fail", Data::Bool(failure.always_fail)),
        ("times", optional(failure.times, int)),
        ("probability", optional(failure.probability, Data::Float)),
        ("seed", int(failure.seed)),
        ("error_code", text(&failure.error_code)),
        ("error_message", text(&failure.error_message)),
        ("latency", optional(failure.latency, duration)),
        ("jitter", optional(failure.jitter, duration)),
        ("after_commit", Data::Bool(failure.after_commit)),
    ]);
    fields([
        ("operation", text(&found.operation)),
        ("scope", optional(found.scope.as_deref(), text)),
        ("failure", failure),
        ("calls", int(found.calls)),
        ("hits", int(found.hits)),
        ("remaining", optional(found.remaining, int)),
    ])
}

fn call(found: &FaultCall) -> Data {
    fields([
        ("operation", text(&found.operation)),
        ("scope", optional(found.scope.as_deref(), text)),
        ("time", moment(found.time)),
        ("latency", duration(found.latency)),
        ("error_code", optional(found.error_code.as_deref(), text)),
        ("after_commit", Data::Bool(found.after_commit)),
    ])
}
