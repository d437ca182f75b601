//! Goal: environments are kept as promised, in a store, in memory and in a transaction alike. Method: one suite, run on
//! each of them with a clock that stands still until it is moved.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Duration;

use common::{ms, new_path, still};
use statehold::environment::At;
use statehold::{
    Clock, EnvironmentFilter, EnvironmentRecord, Environments, Error, Failure, FailureKind, HistoryEntry,
    HistoryOperation, Json, Lifecycle, LockOptions, ManualClock, Store, TransitionOptions,
};

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

/// Runs a part of the suite on a store and in memory.
fn on_each(part: impl Fn(&Environments, &ManualClock)) {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    part(&store.environments(), &clock);
    common::assert_journal_whole(&store);
    let clock = ManualClock::new();
    part(&Environments::in_memory_with_clock(clock.clone()), &clock);
}

fn failure() -> TransitionOptions {
    TransitionOptions::new().failure(Failure::new("apply", FailureKind::InfrastructureOperation, "no quota"))
}

fn told(entries: &[HistoryEntry]) -> Vec<(HistoryOperation, Option<&str>, Option<&str>)> {
    entries.iter().map(|entry| (entry.operation, entry.from.as_deref(), entry.to.as_deref())).collect()
}

#[test]
fn a_record_is_created_loaded_listed_and_deleted() {
    on_each(|environments, clock| {
        assert!(!environments.exists("web").unwrap());
        assert_eq!(environments.find("web").unwrap(), None);
        let missing = environments.load("web").unwrap_err();
        assert!(matches!(missing, Error::NotFound { what: "environment", .. }), "{missing}");
        let web = environments.create("web", json(r#"{"size":2}"#)).unwrap();
        assert_eq!((web.state.as_str(), web.lifecycle.as_str()), ("created", "deployment"));
        assert_eq!((web.last_success.as_deref(), &web.failure, &web.step), (Some("created"), &None, &None));
        assert_eq!((web.created_at, web.updated_at, web.entered_at), (clock.now(), clock.now(), clock.now()));
        assert!(web.revision > 0);
        assert_eq!(environments.load("web").unwrap(), web);
        let again = environments.create("web", json("1")).unwrap_err();
        let Error::Conflict { expected: Some(0), found: Some(found), .. } = again else { panic!("{again}") };
        assert_eq!(found, web.revision);

        environments.create("db", json("null")).unwrap();
        environments.transition("db", "provisioning").unwrap();
        let names = |filter: EnvironmentFilter| -> Vec<String> {
            environments.list_with(&filter).unwrap().into_iter().map(|record| record.name).collect()
        };
        assert_eq!(names(EnvironmentFilter::new()), ["db", "web"]);
        assert_eq!(names(EnvironmentFilter::new().state("provisioning")), ["db"]);
        assert_eq!(names(EnvironmentFilter::new().state("created").lifecycle("deployment")), ["web"]);
        assert!(names(EnvironmentFilter::new().lifecycle("other")).is_empty());
        assert_eq!(environments.list().unwrap().len(), 2);

        assert!(environments.delete("web").unwrap());
        assert!(!environments.delete("web").unwrap(), "idempotent");
        assert!(!environments.exists("web").unwrap());
        for name in ["", "a\0b", &"n".repeat(256)] {
            assert_eq!(environments.create(name, json("1")).unwrap_err().code(), "INVALID_NAME");
        }
        assert_eq!(environments.create_with("x", json("1"), "none").unwrap_err().code(), "NOT_FOUND");
    });
}

#[test]
fn two_savers_of_one_record_one_wins() {
    on_each(|environments, clock| {
        let mut one = environments.create("web", json("1")).unwrap();
        let mut other = environments.load("web").unwrap();
        clock.advance(ms(5));
        one.data = json("2");
        let saved = environments.save(&one).unwrap();
        assert!(saved.revision > one.revision);
        assert_eq!((saved.updated_at, saved.entered_at), (clock.now(), one.entered_at));
        other.data = json("3");
        let error = environments.save(&other).unwrap_err();
        let Error::Conflict { expected, found, .. } = &error else { panic!("{error}") };
        assert_eq!((*expected, *found), (Some(one.revision), Some(saved.revision)));
        assert!(error.to_string().contains(r#"environment "web""#), "{error}");
        assert_eq!(environments.load("web").unwrap().data, json("2"));
        assert_eq!(environments.save(&saved).unwrap().data, json("2"), "the winner goes on");
        environments.delete("web").unwrap();
        assert_eq!(environments.save(&saved).unwrap_err().code(), "NOT_FOUND");
        environments.create("web", json("4")).unwrap();
        assert_eq!(environments.save(&saved).unwrap_err().code(), "CONFLICT", "another one of that name");
    });
}

#[test]
fn a_save_checks_every_transition_that_the_value_has_made() {
    on_each(|environments, _| {
        let record = environments.create("web", json("1")).unwrap();
        let typed = statehold::AnyEnvironment::try_from(record.clone()).unwrap().try_into_created().unwrap();
        let moved = typed.start_provisioning().provisioned().start_configuring().with_data(json("2"));
        let saved = environments.save(&moved).unwrap();
        assert_eq!(saved.revision(), environments.load("web").unwrap().revision);
        let history = environments.history("web").unwrap();
        let steps = ["created", "provisioning", "provisioned", "configuring"];
        assert_eq!(history.len(), 4);
        for (entry, pair) in history[1..].iter().zip(steps.windows(2)) {
            assert_eq!(
                told(std::slice::from_ref(entry)),
                [(HistoryOperation::Transition, Some(pair[0]), Some(pair[1]))]
            );
            assert_eq!(entry.revision, saved.revision(), "all in one commit");
        }
        assert_eq!(environments.load("web").unwrap().data, json("2"));
        // What was made of an old value is refused whole.
        let late = environments.save(&record).unwrap_err();
        assert_eq!(late.code(), "CONFLICT");
        // A state that was set by hand counts as one transition.
        let mut by_hand = environments.load("web").unwrap();
        by_hand.state = "running".to_owned();
        assert_eq!(environments.save(&by_hand).unwrap_err().code(), "INVALID_TRANSITION");
        by_hand.state = "configured".to_owned();
        assert_eq!(environments.save(&by_hand).unwrap().state, "configured");
        let mut other = environments.load("web").unwrap();
        other.lifecycle = "other".to_owned();
        assert_eq!(environments.save(&other).unwrap_err().code(), "INVALID_VALUE");
    });
}

#[test]
fn a_value_that_was_never_saved_is_created() {
    on_each(|environments, _| {
        let made = statehold::Environment::new("web", json("1")).start_provisioning();
        let saved = environments.save(&made).unwrap();
        assert_eq!(saved.state_name(), "provisioning");
        let history = environments.history("web").unwrap();
        assert_eq!(
            told(&history),
            [
                (HistoryOperation::Create, None, Some("created")),
                (HistoryOperation::Transition, Some("created"), Some("provisioning"))
            ]
        );
        assert_eq!(environments.save(&made).unwrap_err().code(), "CONFLICT", "the name is taken");
        assert_eq!(environments.save(&saved.provisioned()).unwrap().state_name(), "provisioned");
    });
}

#[test]
fn transitions_keep_failures_notes_steps_and_times() {
    on_each(|environments, clock| {
        environments.create("web", json("1")).unwrap();
        clock.advance(ms(1_500));
        let options = TransitionOptions::new().note("by hand").step("plan");
        let record = environments.transition_with("web", "provisioning", &options).unwrap();
        assert_eq!((record.step.as_deref(), record.entered_at), (Some("plan"), clock.now()));
        assert_eq!(environments.set_step("web", "apply").unwrap().step.as_deref(), Some("apply"));

        let missing = environments.transition("web", "provision_failed").unwrap_err();
        assert!(matches!(&missing, Error::InvalidValue { path, .. } if path == "failure"), "{missing}");
        let needless = environments.transition_with("web", "provisioned", &failure()).unwrap_err();
        assert!(matches!(&needless, Error::InvalidValue { path, .. } if path == "failure"), "{needless}");
        let unknown = environments.transition("web", "flying").unwrap_err();
        assert!(unknown.to_string().contains("has no state \"flying\", its states are created"), "{unknown}");
        let error = environments.transition("web", "running").unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment \"web\" can't go from provisioning to running: from provisioning it may go to provisioned, \
             provision_failed, destroyed; nothing was written"
        );
        let stale = TransitionOptions::new().if_revision(record.revision);
        assert_eq!(
            environments.transition_with("web", "provisioned", &stale).unwrap_err().code(),
            "CONFLICT"
        );

        clock.advance(ms(250));
        let mut options = failure();
        let given = options.failure.take().unwrap().between(clock.now() - ms(100), clock.now());
        let record =
            environments.transition_with("web", "provision_failed", &options.failure(given.clone())).unwrap();
        assert_eq!((record.failure.as_ref(), record.step.as_deref()), (Some(&given), None));
        assert_eq!((given.duration, given.trace_id.len()), (ms(100), 32));
        assert_eq!(record.last_success.as_deref(), Some("created"));
        let retried = environments.transition("web", "provisioning").unwrap();
        assert_eq!(retried.failure, None, "a retry is no failure any more");

        let history = environments.history("web").unwrap();
        let operations: Vec<_> = history.iter().map(|entry| entry.operation.as_str()).collect();
        assert_eq!(operations, ["create", "transition", "step", "transition", "transition"]);
        assert_eq!(history.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        let spent: Vec<_> = history.iter().map(|entry| entry.spent).collect();
        assert_eq!(spent, [None, Some(ms(1_500)), None, Some(ms(250)), Some(Duration::ZERO)]);
        assert_eq!((history[1].note.as_deref(), &history[3].failure), (Some("by hand"), &Some(given)));
        for entry in &history {
            assert_eq!(entry.process, std::process::id());
            assert!(!entry.host.is_empty() && !entry.user.is_empty());
        }
        let last = history.last().unwrap().record.clone().unwrap();
        assert_eq!(last, environments.load("web").unwrap(), "the history has the record as it is");
    });
}

#[test]
fn a_failure_without_a_start_began_when_its_state_was_entered() {
    let clock = ManualClock::new();
    let environments = Environments::in_memory_with_clock(clock.clone());
    environments.create("web", json("1")).unwrap();
    let entered = environments.transition("web", "provisioning").unwrap().entered_at;
    let options = failure();
    let given = options.failure.clone().unwrap();
    let record = environments.transition_with("web", "provision_failed", &options).unwrap();
    let kept = record.failure.unwrap();
    assert_eq!((kept.started_at, kept.trace_id), (entered, given.trace_id));
    assert!(
        kept.failed_at <= given.failed_at && given.failed_at - ms(1) < kept.failed_at,
        "in whole milliseconds"
    );
}

#[test]
fn the_past_is_as_it_was() {
    on_each(|environments, clock| {
        let before = clock.now() - ms(1);
        let created = environments.create("web", json("1")).unwrap();
        let mut seen: Vec<(EnvironmentRecord, std::time::SystemTime)> = vec![(created.clone(), clock.now())];
        clock.advance(ms(10));
        let mut changed = created.clone();
        changed.data = json("2");
        seen.push((environments.save(&changed).unwrap(), clock.now()));
        clock.advance(ms(10));
        seen.push((environments.transition("web", "provisioning").unwrap(), clock.now()));
        clock.advance(ms(10));
        seen.push((environments.set_step("web", "apply").unwrap(), clock.now()));
        clock.advance(ms(10));
        let last = environments.load("web").unwrap();
        assert_eq!(last, seen[3].0);
        for (record, time) in &seen {
            assert_eq!(environments.at("web", record.revision).unwrap().as_ref(), Some(record));
            assert_eq!(environments.at("web", *time).unwrap().as_ref(), Some(record));
            assert_eq!(environments.at("web", *time + ms(9)).unwrap().as_ref(), Some(record));
        }
        assert_eq!(environments.at("web", before).unwrap(), None);
        assert_eq!(environments.at("web", created.revision - 1).unwrap(), None);

        environments.delete("web").unwrap();
        let deleted_at = clock.now();
        assert_eq!(environments.at("web", deleted_at).unwrap(), None);
        clock.advance(ms(10));
        let anew = environments.create("web", json("9")).unwrap();
        assert_eq!(environments.at("web", u64::MAX).unwrap(), Some(anew));
        assert_eq!(environments.at("web", At::Time(deleted_at - ms(1))).unwrap(), Some(last));
        let history = environments.history("web").unwrap();
        assert_eq!(history.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!((history[4].operation, &history[4].record), (HistoryOperation::Delete, &None));
        assert_eq!(environments.history("none").unwrap_err().code(), "NOT_FOUND");
    });
}

#[test]
fn a_recovery_goes_anywhere_and_says_who_and_why() {
    on_each(|environments, _| {
        environments.create("web", json("1")).unwrap();
        environments.transition("web", "provisioning").unwrap();
        environments.set_step("web", "apply").unwrap();
        for note in ["", "  "] {
            let error = environments.recover("web", "provisioned", note).unwrap_err();
            assert!(matches!(&error, Error::InvalidValue { path, .. } if path == "note"), "{error}");
        }
        let failed = environments.recover("web", "provision_failed", "the machine was restarted").unwrap();
        let made = failed.failure.unwrap();
        assert_eq!((made.step.as_str(), made.summary.as_str()), ("apply", "the machine was restarted"));
        let back = environments.recover("web", "running", "it runs after all").unwrap();
        assert_eq!((back.failure, back.last_success.as_deref()), (None, Some("running")));
        let unknown = environments.recover("web", "flying", "why not").unwrap_err();
        let Error::InvalidTransition { allowed, .. } = &unknown else { panic!("{unknown}") };
        assert_eq!(allowed.len(), 13, "any state of the lifecycle");
        let history = environments.history("web").unwrap();
        let last = history.last().unwrap();
        assert_eq!(
            (last.operation, last.note.as_deref()),
            (HistoryOperation::Recover, Some("it runs after all"))
        );
        assert_eq!(
            told(&history[4..]),
            [(HistoryOperation::Recover, Some("provision_failed"), Some("running"))]
        );
        assert_eq!(last.process, std::process::id());
    });
}

fn door() -> Lifecycle {
    Lifecycle::parse(
        r#"{"name":"door","states":["closed","opening","open","broken"],"initial":"closed","terminal":["open","broken"],
            "errors":["broken"],"in_progress":["opening"],
            "transitions":[["closed","opening"],["opening","open"],["opening","broken"],["open","closed"],["broken","closed"]]}"#,
    )
    .unwrap()
}

#[test]
fn a_lifecycle_of_ones_own_is_checked_by_the_store() {
    on_each(|environments, _| {
        environments.register_lifecycle(&door()).unwrap();
        environments.register_lifecycle(&door()).unwrap();
        assert_eq!(environments.lifecycle("door").unwrap(), door());
        let names: Vec<_> = environments.lifecycles().unwrap().into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["deployment", "door"]);
        assert_eq!(environments.lifecycle("none").unwrap_err().code(), "NOT_FOUND");
        let lifecycle = door();
        for from in &lifecycle.states {
            for to in &lifecycle.states {
                environments.delete("front").unwrap();
                environments.create_with("front", json("1"), "door").unwrap();
                environments.recover("front", from, "for a test").unwrap();
                let mut options = TransitionOptions::new();
                options.failure = (to == "broken").then(|| failure().failure.unwrap());
                let allowed = lifecycle.transitions.contains(&(from.clone(), to.clone()));
                let result = environments.transition_with("front", to, &options);
                assert_eq!(result.is_ok(), allowed, "{from} to {to}: {result:?}");
                if let Err(error) = result {
                    assert_eq!(error.code(), "INVALID_TRANSITION");
                }
            }
        }
        // Another definition takes its place only when nobody follows it.
        let mut other = door();
        other.transitions.pop();
        assert_eq!(environments.register_lifecycle(&other).unwrap_err().code(), "CONFLICT");
        environments.delete("front").unwrap();
        environments.register_lifecycle(&other).unwrap();
        assert_eq!(environments.lifecycle("door").unwrap(), other);
        let mut built_in = Lifecycle::deployment().clone();
        environments.register_lifecycle(&built_in).unwrap();
        built_in.transitions.pop();
        assert_eq!(environments.register_lifecycle(&built_in).unwrap_err().code(), "CONFLICT");
    });
}

#[test]
fn every_broken_rule_of_a_lifecycle_is_told() {
    let broken = r#"{"name":"b","states":["a","a","","in"],"initial":"nowhere","terminal":["in","x"],"errors":["y"],
                     "in_progress":["in"],"transitions":[["a","z"],["z","a"],["a","in"],["a","in"]]}"#;
    let error = Lifecycle::parse(broken).unwrap_err();
    let Error::Validation { violations, .. } = &error else { panic!("{error}") };
    let paths: Vec<_> = violations.iter().map(|violation| violation.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "$.states[1]",
            "$.states[2]",
            "$.initial",
            "$.terminal[1]",
            "$.errors[0]",
            "$.in_progress[0]",
            "$.transitions[0][1]",
            "$.transitions[1][0]",
            "$.transitions[3]"
        ]
    );
    for (text, code) in [
        (r#"{"name":"x","states":[],"initial":"a","transitions":[]}"#, "VALIDATION"),
        (r#"{"name":"","states":["a"],"initial":"a","transitions":[]}"#, "INVALID_NAME"),
        (r#"{"name":"x","states":["a"],"initial":"a","errors":["a"],"transitions":[]}"#, "VALIDATION"),
        (r#"{"name":"x","states":["a"],"transitions":[]}"#, "INVALID_VALUE"),
        (r#"{"name":"x","states":["a"],"initial":"a","transitions":[],"terminals":[]}"#, "INVALID_VALUE"),
        ("[", "INVALID_VALUE"),
    ] {
        assert_eq!(Lifecycle::parse(text).unwrap_err().code(), code, "{text}");
    }
    let many: Vec<String> = (0..257).map(|number| format!("\"s{number}\"")).collect();
    let many = format!(r#"{{"name":"x","states":[{}],"initial":"s0","transitions":[]}}"#, many.join(","));
    assert!(Lifecycle::parse(&many).unwrap_err().to_string().contains("at most 256"));
}

#[test]
fn what_is_too_large_is_refused() {
    let store = Store::options().max_value_bytes(64).open(":memory:").unwrap();
    let environments = store.environments();
    let large = Json::from_serialize(&"x".repeat(64)).unwrap();
    assert_eq!(environments.create("web", large.clone()).unwrap_err().code(), "INVALID_VALUE");
    let mut web = environments.create("web", json("1")).unwrap();
    web.data = large;
    assert_eq!(environments.save(&web).unwrap_err().code(), "INVALID_VALUE");
    environments.transition("web", "provisioning").unwrap();
    let long = "x".repeat(4097);
    assert_eq!(environments.set_step("web", &long).unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(environments.set_step("web", "a\0b").unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(environments.recover("web", "created", &long).unwrap_err().code(), "INVALID_VALUE");
    let purpose = LockOptions::new().purpose(long);
    assert_eq!(environments.lock_with("web", &purpose).unwrap_err().code(), "INVALID_VALUE");
    // Just as deep as a value may be, it is too deep as a part of a failure.
    let deep = json(&format!("{}{}", "[".repeat(100), "]".repeat(100)));
    let given = Failure::new("apply", FailureKind::Other, "deep").details(deep);
    let options = TransitionOptions::new().failure(given);
    assert_eq!(
        environments.transition_with("web", "provision_failed", &options).unwrap_err().code(),
        "INVALID_VALUE"
    );
}

#[test]
fn all_of_it_is_there_after_a_reopen() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let environments = store.environments();
    environments.register_lifecycle(&door()).unwrap();
    environments.create_with("front", json("1"), "door").unwrap();
    environments.create("web", json(r#"{"size":2}"#)).unwrap();
    environments.transition("web", "provisioning").unwrap();
    let web = environments.transition_with("web", "provision_failed", &failure()).unwrap();
    let history = environments.history("web").unwrap();
    store.close().unwrap();
    assert_eq!(environments.load("web").unwrap_err().code(), "CLOSED");

    let store = Store::open(&path).unwrap();
    let environments = store.environments();
    assert_eq!(environments.load("web").unwrap(), web);
    assert_eq!(environments.history("web").unwrap(), history);
    assert_eq!(environments.transition("front", "open").unwrap_err().code(), "INVALID_TRANSITION");
    assert_eq!(environments.transition("front", "opening").unwrap().state, "opening");
    let operations: Vec<String> = store
        .journal(0, 100)
        .unwrap()
        .into_iter()
        .flat_map(|row| row.changes)
        .map(|change| format!("{} {} {}{}", change.facet, change.name, change.operation, change.key))
        .collect();
    assert_eq!(
        operations,
        [
            "lifecycle door register",
            "environment front create",
            "environment web create",
            "environment web transition",
            "environment web transition",
            "environment front transition"
        ]
    );
    common::assert_journal_whole(&store);
}

#[test]
fn each_moment_of_a_long_history_is_found() {
    on_each(|environments, clock| {
        let start = clock.now();
        environments.create("other", json("0")).unwrap();
        environments.create("web", json("0")).unwrap();
        for number in 1..40_u64 {
            // Some at the same time, and some with another environment's commits in between.
            clock.advance(ms(number % 3));
            environments
                .set_step(if number % 5 == 0 { "other" } else { "web" }, &number.to_string())
                .unwrap();
        }
        let history = environments.history("web").unwrap();
        assert_eq!(history.len(), 33);
        let last = history[32].revision;
        for revision in 0..=last + 1 {
            let expected = history.iter().rev().find(|entry| entry.revision <= revision);
            let expected = expected.and_then(|entry| entry.record.as_ref());
            assert_eq!(environments.at("web", revision).unwrap().as_ref(), expected, "{revision}");
        }
        for passed in 0..45 {
            let time = start + ms(passed);
            let expected = history.iter().rev().find(|entry| entry.time <= time);
            let expected = expected.and_then(|entry| entry.record.as_ref());
            assert_eq!(environments.at("web", time).unwrap().as_ref(), expected, "{passed} ms");
        }
    });
}
