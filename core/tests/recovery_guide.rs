//! Goal: `docs/recovery.md` says what the library says. Method: its chapters are made from the guides and compared; with
//! `STATEHOLD_WRITE=1` they are written. Each state that needs one has a guide, with commands.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::path::PathBuf;

use statehold::{Environments, Json, Lifecycle, recovery, recovery_guides};

/// Where the chapters begin: what stands before is written by hand.
const MARK: &str =
    "<!-- From here on the text is that of `recovery()`; core/tests/recovery_guide.rs compares them. -->\n";

fn chapters() -> String {
    let mut text = MARK.to_owned();
    for guide in recovery_guides() {
        write!(text, "\n## {}\n\n", guide.state).unwrap();
        writeln!(text, "**Symptom.** {}\n", guide.symptom).unwrap();
        writeln!(text, "**Error text.** `{}`\n", guide.error_text).unwrap();
        for (at, step) in guide.steps.iter().enumerate() {
            writeln!(text, "{}. {step}", at + 1).unwrap();
        }
    }
    text
}

#[test]
fn the_document_is_the_same_text() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/recovery.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let begin = document.find(MARK).expect("the mark is there");
    if std::env::var("STATEHOLD_WRITE").is_ok_and(|value| value == "1") {
        std::fs::write(&path, format!("{}{}", &document[..begin], chapters())).unwrap();
        return;
    }
    assert!(
        document[begin..] == chapters(),
        "docs/recovery.md differs; run this test with STATEHOLD_WRITE=1"
    );
}

#[test]
fn each_state_that_needs_a_guide_has_one_and_no_other() {
    let lifecycle = Lifecycle::deployment();
    let environments = Environments::in_memory();
    environments.create("web", Json::new("1").unwrap()).unwrap();
    for state in &lifecycle.states {
        let needed = lifecycle.is_error_state(state) || lifecycle.is_in_progress(state);
        let guide = recovery(state);
        assert_eq!(guide.is_some(), needed, "{state}");
        assert_eq!(environments.recover("web", state, "for a test").unwrap().recovery(), guide);
        let Some(guide) = guide else { continue };
        assert!(
            !guide.symptom.is_empty() && !guide.error_text.is_empty() && guide.steps.len() >= 5,
            "{state}"
        );
        assert!(guide.steps.iter().all(|step| step.contains('`')), "each step of {state} has a command");
        let commands = guide.steps.concat();
        let sets_right = ["env recover NAME ", "env transition NAME "];
        let targets: Vec<&str> = sets_right
            .iter()
            .flat_map(|call| commands.split(call).skip(1).filter_map(|rest| rest.split([' ', '`']).next()))
            .collect();
        assert!(!targets.is_empty(), "{state} says how to set the record right");
        for target in targets {
            assert!(lifecycle.states.iter().any(|known| known == target), "{state} leads to {target}");
        }
    }
    assert_eq!(recovery_guides().len(), 7);
}

#[test]
fn the_error_texts_are_those_of_the_library() {
    let environments = Environments::in_memory();
    environments.create("NAME", Json::new("1").unwrap()).unwrap();
    for guide in recovery_guides().iter().filter(|guide| guide.state.ends_with("ing")) {
        environments.recover("NAME", &guide.state, "for a test").unwrap();
        let asked = guide.error_text.split(" to ").nth(1).unwrap().split(':').next().unwrap();
        let error = environments.transition("NAME", asked).unwrap_err().to_string();
        assert_eq!(error.replace("\"NAME\"", "NAME").replace("; nothing was written", ""), guide.error_text);
    }
}
