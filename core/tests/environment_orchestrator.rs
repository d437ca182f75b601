//! Goal: a command is run as lock, transition, work, transition, unlock, with the state kept at each point, and nothing
//! that could not be kept passes for a success; every transition leaves a line in the log and an event. Method: commands
//! that look at the store while they run, fail, panic, and lose their lock; a subscriber of `tracing` that keeps lines.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use common::{ms, still};
use statehold::environment::state::{Created, ProvisionFailed, Provisioned, Released};
use statehold::{
    CommandError, CommandProblem, Environment, EnvironmentCommand, Environments, Error, Event, FailureKind,
    Json, Lifecycle, LockOptions, ManualClock, Orchestrator, Store,
};
use tracing::field::{Field, Visit};
use tracing::span;

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

fn created(environments: &Environments) -> Environment<Created> {
    environments.save(&Environment::<Created>::new("web", json("1"))).unwrap()
}

#[test]
fn a_command_that_succeeds_keeps_its_state_at_each_point() {
    for environments in [Environments::in_memory(), Store::open(":memory:").unwrap().environments()] {
        let orchestrator = Orchestrator::new(&environments);
        let web = created(&environments);
        let provisioned: Environment<Provisioned> = orchestrator
            .provision(web, |progress| {
                let stored = environments.load("web")?;
                assert_eq!(stored.state, "provisioning");
                let info = environments.lock_info("web")?.unwrap();
                assert_eq!((info.is_held, info.purpose.as_deref()), (true, Some("provisioning")));
                assert_eq!(progress.fencing(), info.fencing);
                assert_eq!(environments.transition("web", "provisioned").unwrap_err().code(), "LOCKED");
                progress.step("create network")?;
                assert_eq!(environments.load("web")?.step.as_deref(), Some("create network"));
                assert_eq!(progress.record().step.as_deref(), Some("create network"));
                progress.set_data(json("2"));
                Ok(())
            })
            .unwrap();
        let stored = environments.load("web").unwrap();
        assert_eq!(&stored, provisioned.record());
        assert_eq!((stored.state.as_str(), stored.data.as_str(), &stored.step), ("provisioned", "2", &None));
        assert!(!environments.lock_info("web").unwrap().unwrap().is_held);

        let configured = orchestrator.configure(provisioned, |_| Ok(())).unwrap();
        let released = orchestrator.release(configured, |_| Ok(())).unwrap();
        let running = orchestrator.start(released, |progress| {
            progress.set_data(json("3"));
            Ok(())
        });
        let running = running.unwrap();
        assert_eq!((running.state_name(), running.data().as_str()), ("running", "3"));
        let destroyed = orchestrator.destroy(running, |_| Ok(())).unwrap();
        assert_eq!(environments.load("web").unwrap(), *destroyed.record());
    }
}

#[test]
fn a_command_that_fails_says_where_when_and_why_and_can_be_tried_again() {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    let environments = store.environments();
    let orchestrator = Orchestrator::new(&environments);
    let result = orchestrator.provision(created(&environments), |progress| {
        progress.step("apply")?;
        progress.set_data(json("2"));
        clock.advance(ms(1_500));
        std::fs::read("/nowhere/at/all")?;
        Ok(())
    });
    let Err(CommandError::Failed(failed)) = result else { panic!("{result:?}") };
    let failed: Environment<ProvisionFailed> = *failed;
    let failure = failed.failure().unwrap();
    assert_eq!(
        (failure.step.as_str(), failure.kind, failure.duration),
        ("apply", FailureKind::Other, ms(1_500))
    );
    assert!(failure.summary.contains("No such file"), "{failure}");
    assert_eq!((failed.data().as_str(), failed.last_success()), ("2", Some("created")), "its data is kept");
    assert_eq!(environments.load("web").unwrap(), *failed.record());
    assert!(!environments.lock_info("web").unwrap().unwrap().is_held);

    let result = orchestrator.provision(failed, |_| {
        Err(CommandProblem::new(FailureKind::Timeout, "no answer").trace_file("run.log").details(json("[1]")))
    });
    let Err(CommandError::Failed(failed)) = result else { panic!("{result:?}") };
    let failure = failed.failure().unwrap();
    assert_eq!(
        (failure.step.as_str(), failure.kind),
        ("provisioning", FailureKind::Timeout),
        "no step was told"
    );
    assert_eq!((failure.trace_file.as_deref(), &failure.details), (Some("run.log"), &Some(json("[1]"))));
    assert_eq!(failure.trace_id.len(), 32);
    let provisioned = orchestrator.provision(*failed, |_| Ok(())).unwrap();
    assert!(provisioned.failure().is_none());
}

#[test]
fn a_failure_with_much_to_say_is_cut_and_not_lost() {
    let environments = Environments::in_memory();
    let orchestrator = Orchestrator::new(&environments);
    let long = json(&format!("\"{}\"", "x".repeat(2 << 20)));
    let result = orchestrator.provision(created(&environments), |_| {
        Err(CommandProblem::new(FailureKind::Other, "\u{1}ü".repeat(1 << 20)).details(long.clone()))
    });
    let Err(CommandError::Failed(failed)) = result else { panic!("{result:?}") };
    let failure = failed.failure().unwrap();
    assert!(failure.summary.ends_with("(cut, of 3145728 bytes)"), "{} bytes", failure.summary.len());
    assert!(failure.summary.len() < 70_000 && failure.details.is_none());
    assert_eq!(environments.load("web").unwrap().state, "provision_failed");
}

#[test]
fn a_failed_start_is_tried_again_from_released() {
    let environments = Environments::in_memory();
    let orchestrator = Orchestrator::new(&environments);
    environments.create("web", json("1")).unwrap();
    let released: Environment<Released> =
        environments.recover("web", "released", "for a test").unwrap().try_into().unwrap();
    let result = orchestrator
        .start(released, |_| Err(CommandProblem::new(FailureKind::CommandExecution, "exit code 1")));
    let Err(CommandError::Failed(failed)) = result else { panic!("{result:?}") };
    orchestrator.start(*failed, |_| Ok(())).unwrap();
    let states: Vec<_> =
        environments.history("web").unwrap().into_iter().filter_map(|entry| entry.to).collect();
    assert_eq!(states, ["created", "released", "running", "run_failed", "released", "running"]);
    // Taking it down has no state of its own: where it fails, all stays as it is.
    let running = environments.load("web").unwrap();
    let typed: Environment<statehold::environment::state::Running> = running.clone().try_into().unwrap();
    let result = orchestrator.destroy(typed, |_| Err(CommandProblem::new(FailureKind::Timeout, "no answer")));
    let Err(CommandError::Failed(failed)) = result else { panic!("{result:?}") };
    let (same, problem) = *failed;
    assert_eq!((same.state_name(), problem.summary.as_str()), ("running", "no answer"));
    assert_eq!(environments.load("web").unwrap().state, running.state);
}

#[test]
fn a_command_that_cannot_begin_does_nothing() {
    let environments = Environments::in_memory();
    let at_once = LockOptions::new().timeout(ms(0));
    let orchestrator = Orchestrator::new(&environments).lock_options(at_once);
    let web = created(&environments);
    let before = environments.load("web").unwrap();
    let lock = environments.lock("web").unwrap();
    let result = orchestrator.provision(web.clone(), |_| unreachable!("it must not be called"));
    assert!(matches!(&result, Err(CommandError::Refused(Error::Locked { .. }))), "{result:?}");
    drop(lock);
    assert_eq!(environments.load("web").unwrap(), before);
    environments.set_step("web", "another").unwrap();
    let result = orchestrator.provision(web, |_| unreachable!("it must not be called"));
    assert!(
        matches!(&result, Err(CommandError::Refused(Error::Conflict { .. }))),
        "its value is old: {result:?}"
    );
    let result =
        orchestrator.run("web", &EnvironmentCommand::configure(), |_| unreachable!("it must not be called"));
    assert!(matches!(&result, Err(CommandError::Refused(Error::InvalidTransition { .. }))), "{result:?}");
    assert!(!environments.lock_info("web").unwrap().unwrap().is_held);
}

#[test]
fn what_cannot_be_kept_is_never_a_success() {
    let environments = Environments::in_memory();
    let orchestrator = Orchestrator::new(&environments);
    let steal = || {
        let token = environments.lock_info("web").unwrap().unwrap().token.unwrap();
        environments.force_unlock("web", &token).unwrap();
    };
    let (result, lines) = logged(|| {
        orchestrator.provision(created(&environments), |_| {
            steal();
            Ok(())
        })
    });
    let Err(CommandError::Unsaved { error, failure: None }) = result else { panic!("{result:?}") };
    assert_eq!(error.code(), "CONFLICT");
    assert_eq!(environments.load("web").unwrap().state, "provisioning");
    assert!(
        lines.iter().any(|line| line.starts_with("WARN") && line.contains("could not be kept")),
        "{lines:#?}"
    );
    assert_eq!(environments.interrupted().unwrap().len(), 1);

    environments.recover("web", "provision_failed", "the lock was lost").unwrap();
    let result = orchestrator.run("web", &EnvironmentCommand::provision(), |progress| {
        steal();
        progress.step("after the loss")?;
        Ok(())
    });
    let Err(CommandError::Unsaved { error, failure: Some(failure) }) = result else { panic!("{result:?}") };
    assert_eq!(error.code(), "CONFLICT");
    assert!(failure.summary.contains("no longer held"), "why it had failed: {failure}");
}

#[test]
fn a_command_that_panics_or_is_dropped_was_interrupted() {
    let environments = Environments::in_memory();
    let orchestrator = Orchestrator::new(&environments);
    created(&environments);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        orchestrator.run("web", &EnvironmentCommand::provision(), |progress| {
            progress.step("apply").unwrap();
            panic!("on purpose")
        })
    }));
    assert!(panicked.is_err());
    let interrupted = environments.interrupted().unwrap();
    assert_eq!(interrupted[0].record.step.as_deref(), Some("apply"));
    let holder = interrupted[0].holder.as_ref().unwrap();
    assert_eq!((holder.is_held, holder.pid), (false, std::process::id()));

    environments.recover("web", "created", "for a test").unwrap();
    let run = orchestrator.begin("web", &EnvironmentCommand::provision()).unwrap();
    run.progress().step("by hand").unwrap();
    drop(run);
    assert_eq!(environments.interrupted().unwrap()[0].record.step.as_deref(), Some("by hand"));
    environments.recover("web", "created", "for a test").unwrap();
    let run = orchestrator.begin("web", &EnvironmentCommand::provision()).unwrap();
    assert_eq!(run.succeed().unwrap().state, "provisioned");
    let run = orchestrator.begin("web", &EnvironmentCommand::configure()).unwrap();
    let failed = run.fail(CommandProblem::new(FailureKind::Configuration, "a typing error")).unwrap();
    assert_eq!(failed.failure.unwrap().kind, FailureKind::Configuration);
}

#[test]
fn a_command_of_ones_own_lifecycle() {
    let environments = Environments::in_memory();
    let lifecycle = Lifecycle::parse(
        r#"{"name":"job","states":["idle","busy","broken"],"initial":"idle","errors":["broken"],"in_progress":["busy"],
            "transitions":[["idle","busy"],["busy","idle"],["busy","broken"]]}"#,
    );
    environments.register_lifecycle(&lifecycle.unwrap()).unwrap();
    environments.create_with("job", json("0"), "job").unwrap();
    let orchestrator = Orchestrator::new(&environments);
    let command = EnvironmentCommand::new("busy", "idle", "broken");
    assert_eq!(orchestrator.run("job", &command, |_| Ok(())).unwrap().state, "idle");
    let result = orchestrator.run("job", &command, |_| Err(CommandProblem::new(FailureKind::Other, "no")));
    let Err(CommandError::Failed(failed)) = result else { panic!("{result:?}") };
    assert_eq!((failed.state.as_str(), failed.recovery()), ("broken", None));
}

/// Keeps the lines that are logged.
#[derive(Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "statehold::environment"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Runs `f`, and gives what it has logged.
fn logged<R>(f: impl FnOnce() -> R) -> (R, Vec<String>) {
    let lines = Lines::default();
    let kept = lines.0.clone();
    let result = tracing::subscriber::with_default(lines, f);
    let lines = kept.lock().unwrap().clone();
    (result, lines)
}

#[test]
fn every_transition_leaves_one_line_and_one_event() {
    let store = Store::open(":memory:").unwrap();
    let environments = store.environments();
    let events = Arc::new(Mutex::new(Vec::new()));
    let kept = events.clone();
    let listening = store.on("environment.transition", move |event: &Event| {
        kept.lock().unwrap().push(event.payload());
    });
    let ((), lines) = logged(|| {
        environments.create("web", json("1")).unwrap();
        environments.transition("web", "provisioning").unwrap();
        environments.set_step("web", "apply").unwrap();
        assert!(environments.transition("web", "running").is_err());
        environments.recover("web", "provisioned", "seen to be there").unwrap();
        store.transaction(|tx| tx.environments().transition("web", "configuring")).unwrap();
    });
    let history = environments.history("web").unwrap();
    let moved: Vec<_> = history.iter().filter(|entry| entry.from.is_some()).collect();
    assert_eq!((lines.len(), moved.len()), (3, 3), "{lines:#?}");
    let events = events.lock().unwrap();
    for ((line, event), entry) in lines.iter().zip(events.iter()).zip(moved) {
        let (from, to) = (entry.from.as_deref().unwrap(), entry.to.as_deref().unwrap());
        let (revision, recovery) = (entry.revision, entry.operation.as_str() == "recover");
        let payload: serde_json::Value = event.parse().unwrap();
        let time = payload["time"].as_str().unwrap();
        assert_eq!(
            event.as_str(),
            format!(
                r#"{{"event":"environment.transition","environment":"web","from":"{from}","to":"{to}","recovery":{recovery},"revision":{revision},"time":"{time}"}}"#
            )
        );
        assert_eq!(
            *line,
            format!(
                "INFO message=environment transition environment=\"web\" from=\"{from}\" to=\"{to}\" time=\"{time}\" \
                 revision={revision} recovery={recovery}"
            )
        );
    }
    drop(events);
    assert!(store.off(listening.unwrap()));
}
