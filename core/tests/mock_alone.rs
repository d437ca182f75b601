//! Mock clouds that stand alone: in memory, in a JSON file, and the one of the process.
//!
//! Goal: what was written is there again, the file is the whole old one or the whole new one whenever a process is killed,
//! a damaged file is set aside and never overwritten, and nothing is left behind. Method: child processes that are killed
//! while they write; files that are damaged by hand. Only the debounce is waited for, as it is of real time.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use statehold::mock::{InstanceState, ParameterType};
use statehold::{
    Error, Json, ManualClock, MockCloud, MockCloudOptions, OperationFailure, get_mock_cloud, open_mock_cloud,
    reset_mock_cloud,
};

use common::{Random, finish, ms, report, rounds, seed};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "write" => write(&path, word.parse().unwrap()),
        "use and end" => {
            get_mock_cloud().unwrap().start_instance().unwrap();
            report(&std::env::temp_dir().display().to_string());
        }
        other => panic!("{other}"),
    }
}

/// Changes the cloud until it is killed, two members at a time, and reports what was surely written.
fn write(path: &Path, from: u64) {
    let options = MockCloudOptions::new().persist_to(path).debounce(ms(1));
    let cloud = open_mock_cloud(options).unwrap();
    for n in from.. {
        let text = format!("{n}:{}", "x".repeat(usize::try_from(n * 7_919 % 20_000).unwrap()));
        cloud
            .patch_state(&json!({"parameters": {"/one": {"value": text}, "/two": {"value": text}}}))
            .unwrap();
        if n % 10 == 0 {
            cloud.persist_now().unwrap();
            report(&n.to_string());
        }
    }
}

/// A place for a file.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mock-state.json");
    (folder, path)
}

fn open(path: &Path) -> statehold::Result<MockCloud> {
    // What is not written by hand is written in an hour, or at the end.
    open_mock_cloud(MockCloudOptions::new().persist_to(path).debounce(Duration::from_secs(3600)))
}

fn document(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn it_is_in_memory_unless_it_has_a_file() {
    let (one, other) = (
        open_mock_cloud(MockCloudOptions::new()).unwrap(),
        open_mock_cloud(MockCloudOptions::new()).unwrap(),
    );
    one.clear_backups().unwrap();
    assert_eq!(other.get_backups().unwrap().len(), 3);
    assert_eq!(one.name(), "default");
    one.persist_now().unwrap();
    let clone = one.clone();
    one.close().unwrap();
    one.close().unwrap();
    assert!(clone.is_closed() && !other.is_closed());
    for error in [clone.get_backups().map(drop), clone.scenarios().list().map(drop), clone.persist_now()] {
        let error = error.unwrap_err();
        assert!(error.to_string().starts_with("the mock cloud is closed"), "{error}");
    }
    let bad = MockCloudOptions::new().fixtures(Json::new(r#"{"stack": {"exists": 1}}"#).unwrap());
    let error = open_mock_cloud(bad).unwrap_err();
    assert!(matches!(&error, Error::InvalidValue { path, .. } if path == "$.stack.exists"), "{error}");
}

#[test]
fn the_file_has_all_of_it() {
    let (folder, path) = place();
    let clock = ManualClock::new();
    let options = || {
        let fixtures = Json::new(r#"{"instance": {"instance_id": "i-own"}}"#).unwrap();
        let options = MockCloudOptions::new().persist_to(&path).clock(clock.clone());
        options.debounce(Duration::from_secs(3600)).fixtures(fixtures)
    };
    let cloud = open_mock_cloud(options()).unwrap();
    assert_eq!(names(folder.path()), [""; 0], "nothing was done to it yet");
    let scenario = json!({"name": "mine", "description": "of my own", "latency": 0.25,
        "faults": {"getInstance": {"times": 3}, "getBackups": {"fail_next": true}},
        "machine": {"initial": "a", "transitions": [{"operation": "stopInstance", "from": "a", "to": "b"}]}});
    cloud.scenarios().save(&scenario).unwrap();
    cloud.scenarios().apply("mine").unwrap();
    cloud.start_instance().unwrap();
    cloud.get_instance().unwrap_err();
    cloud.get_backups().unwrap_err();
    let before = cloud.get_state().unwrap();
    cloud.close().unwrap();
    assert_eq!(names(folder.path()), ["mock-state.json"]);
    let written = document(&path);
    assert_eq!((&written["format"], &written["version"]), (&json!("statehold-mock-cloud"), &json!(1)));
    assert_eq!(written["state"], serde_json::to_value(&before).unwrap());
    assert_eq!(written["faults"]["mock.get_instance"]["times"], 2, "those that are left");
    assert!(written["faults"]["mock.get_backups"].is_null());

    let cloud = open_mock_cloud(options()).unwrap();
    assert_eq!(cloud.get_state().unwrap(), before);
    assert_eq!(cloud.faults().get_global_latency().unwrap(), ms(250));
    assert_eq!(cloud.get_instance().unwrap_err().code(), "FAULT");
    assert_eq!(cloud.scenarios().get("mine").unwrap().description, "of my own");
    clock.advance(ms(2500));
    cloud.stop_instance().unwrap();
    assert_eq!(cloud.get_state().unwrap().scenario.unwrap().machine.unwrap().state, "b");
    drop(cloud);
    let cloud = open(&path).unwrap();
    assert_eq!(
        cloud.get_state().unwrap().instance.state,
        InstanceState::Stopping,
        "its last handle has written it"
    );
    cloud.scenarios().reset().unwrap();
    assert_eq!(
        cloud.get_instance().unwrap().instance_id,
        "i-own",
        "its fixtures are those that it was made with"
    );
}

#[test]
fn it_is_written_some_time_after_a_change_with_the_latest_state() {
    let (_folder, path) = place();
    let cloud = open_mock_cloud(MockCloudOptions::new().persist_to(&path).debounce(ms(50))).unwrap();
    let begun = Instant::now();
    for n in 0..10 {
        cloud.set_parameter("/n", &n.to_string(), ParameterType::String).unwrap();
    }
    let last = || path.exists().then(|| document(&path)["state"]["parameters"]["/n"]["value"].clone());
    while last() != Some(json!("9")) {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is not written");
        std::thread::yield_now();
    }
    assert!(begun.elapsed() >= ms(50), "it waits for more");
    // Nothing has changed since, so nothing is written, also at the end.
    std::fs::write(&path, "mine").unwrap();
    cloud.get_state().unwrap();
    cloud.close().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn it_is_written_at_once_where_that_is_asked_for() {
    let (_folder, path) = place();
    let cloud = open(&path).unwrap();
    cloud.persist_now().unwrap();
    assert_eq!(document(&path)["state"]["instance"]["state"], "stopped");
    cloud.update_instance_state(InstanceState::Running).unwrap();
    assert_eq!(document(&path)["state"]["instance"]["state"], "stopped");
    cloud.persist_now().unwrap();
    assert_eq!(document(&path)["state"]["instance"]["state"], "running");
    cloud.with_lock(|cloud| cloud.update_instance_state(InstanceState::Terminated)).unwrap();
    assert_eq!(document(&path)["state"]["instance"]["state"], "running");
    cloud.with_lock_and_persist(|cloud| cloud.update_instance_state(InstanceState::Unknown)).unwrap();
    assert_eq!(document(&path)["state"]["instance"]["state"], "unknown");
    cloud.faults().set_operation_failure("persistNow", OperationFailure::new().fail_next()).unwrap();
    assert_eq!(cloud.persist_now().unwrap_err().code(), "FAULT");
}

#[test]
fn a_file_that_cant_be_written_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let cloud = open(&inner.join("state.json")).unwrap();
    cloud.clear_backups().unwrap();
    std::fs::rename(&inner, folder.path().join("away")).unwrap();
    assert_eq!(cloud.persist_now().unwrap_err().code(), "IO");
    std::fs::rename(folder.path().join("away"), &inner).unwrap();
    cloud.close().unwrap();
    assert_eq!(document(&inner.join("state.json"))["state"]["backups"], json!([]));
}

#[test]
fn a_damaged_file_is_set_aside_and_nothing_is_overwritten() {
    let (folder, path) = place();
    open(&path).unwrap().persist_now().unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(folder.path().join("mock-state.json.damaged-1"), "an older one").unwrap();
    let damaged = [
        String::new(),
        "{".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        whole.replace("\"stopped\"", "\"asleep\""),
        whole.replace("\"state\"", "\"stat\""),
        whole.replace("\"version\": 1,", "\"version\": \"1\","),
    ];
    for (n, text) in damaged.iter().enumerate() {
        std::fs::write(&path, text).unwrap();
        let error = open(&path).unwrap_err();
        assert_eq!(error.code(), "CORRUPT", "{text}");
        let aside = folder.path().join(format!("mock-state.json.damaged-{}", n + 2));
        assert!(error.to_string().contains(&*aside.to_string_lossy()), "{error}");
        assert!(error.to_string().contains("begins with the fixtures"), "{error}");
        assert_eq!(std::fs::read_to_string(&aside).unwrap(), *text);
        assert!(!path.exists());
    }
    let older = std::fs::read_to_string(folder.path().join("mock-state.json.damaged-1")).unwrap();
    assert_eq!(older, "an older one");
    let cloud = open(&path).unwrap();
    assert_eq!(cloud.get_backups().unwrap().len(), 3);
    cloud.close().unwrap();
    assert_eq!(names(folder.path()).len(), 1 + 1 + damaged.len());
}

#[test]
fn what_is_no_damage_is_left_alone() {
    let (folder, path) = place();
    for (text, code) in [
        (r#"{"name": "a package"}"#, "NOT_A_STORE"),
        ("[]", "NOT_A_STORE"),
        (r#"{"format": "statehold-mock-cloud", "version": 2, "state": []}"#, "SCHEMA_TOO_NEW"),
    ] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(open(&path).unwrap_err().code(), code);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(names(folder.path()), ["mock-state.json"]);
    }
}

#[cfg(unix)]
#[test]
fn who_may_read_the_file_stays_so() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let cloud = open(&path).unwrap();
    cloud.persist_now().unwrap();
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    cloud.persist_now().unwrap();
    assert_eq!(mode(), 0o644);
}

#[test]
fn kill_9_leaves_the_whole_old_file_or_the_whole_new_one() {
    let seed = seed("kill_9_leaves_the_whole_old_file_or_the_whole_new_one");
    let mut random = Random(seed);
    let (folder, path) = place();
    let (mut next, mut written) = (1, 0);
    for round in 0..rounds(12, 120) {
        let mut child = common::spawn("write", &path, &next.to_string());
        let mut reports = common::reports(&mut child);
        // From while it is being opened to some writes later.
        let mut last = None;
        for _ in 0..round % 4 {
            last = Some(reports.next().expect("it writes until it is killed"));
        }
        std::thread::sleep(ms(random.below(40)));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), None, "it failed before it was killed: {status}");
        let surely: u64 = reports.last().or(last).map_or(0, |last| last.parse().unwrap());
        if !path.exists() {
            assert_eq!((surely, written), (0, 0), "round {round}");
            continue;
        }
        let cloud = open(&path).unwrap();
        let one = cloud.get_parameter("/one").unwrap();
        assert_eq!(cloud.get_parameter("/two").unwrap(), one, "round {round}: a part of a change");
        let n = one.map_or(0, |text| text.split(':').next().unwrap().parse().unwrap());
        assert!(n >= surely.max(written), "round {round}: {n} is older than {surely} and {written}");
        (written, next) = (n, n + 1);
        cloud.close().unwrap();
    }
    assert!(written > 50, "hardly anything was written ({written}): the test shows nothing");
    assert_eq!(names(folder.path()), ["mock-state.json"], "what was half written is cleaned up");
    println!("{written} changes");
}

#[test]
fn the_process_has_one_until_it_is_reset() {
    let first = get_mock_cloud().unwrap();
    first.clear_backups().unwrap();
    assert_eq!(get_mock_cloud().unwrap().get_backups().unwrap(), []);
    reset_mock_cloud().unwrap();
    assert!(first.is_closed());
    let second = get_mock_cloud().unwrap();
    assert_eq!(second.get_backups().unwrap().len(), 3);
    second.close().unwrap();
    assert_eq!(get_mock_cloud().unwrap().get_backups().unwrap().len(), 3, "a closed one is replaced");
    reset_mock_cloud().unwrap();
    reset_mock_cloud().unwrap();
}

#[cfg(unix)]
#[test]
fn the_one_of_a_process_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = common::command("use and end", Path::new("unused"), "");
    let child = command.env("TMPDIR", folder.path()).spawn().unwrap();
    assert_eq!(finish(child), [folder.path().display().to_string()]);
    assert_eq!(names(folder.path()), [""; 0]);
}
