//! What can be opened, and with which options.
//!
//! Goal: what is no store is refused with an error that says so, and not changed by a byte; a store is
//! private from its first moment; options are checked. Method: paths of every kind; the folder is compared
//! with what it was before. What needs another user, folder or umask runs in a child process.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use statehold::{Durability, Error, Journal, OpenOptions, OptionValue, Spelling, Store};

use common::{beside, finish, new_path, report};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, _)) = common::role() else { return };
    match role.as_str() {
        "open" => match Store::open(&path).and_then(|store| store.namespace("a").set("k", &1)) {
            Ok(revision) => report(&format!("ok {revision}")),
            Err(error) => report(&format!("{} {error}", error.code())),
        },
        "stay" => {
            let store = Store::open(&path).unwrap();
            store.namespace("a").set("k", &1).unwrap();
            report("open");
            common::await_go();
        }
        other => panic!("{other}"),
    }
}

/// Every file of a folder with its content.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Asserts that opening fails with `code` and changes nothing in the folder.
fn assert_refused(path: &Path, code: &str) -> String {
    let folder = path.parent().unwrap();
    let before = content(folder);
    let error = Store::open(path).err().unwrap_or_else(|| panic!("{} was opened", path.display()));
    assert_eq!(error.code(), code, "{error}");
    assert!(content(folder) == before, "{error}: the folder was changed");
    error.to_string()
}

#[test]
fn what_is_no_store_is_refused_unchanged() {
    let (folder, path) = new_path();
    let inner = folder.path().join("folder");
    std::fs::create_dir(&inner).unwrap();
    assert_refused(&inner, "NOT_A_STORE");
    for text in ["x", "a text that is longer than the hundred bytes of a header ".repeat(5).as_str()] {
        std::fs::write(&path, text).unwrap();
        assert_refused(&path, "NOT_A_STORE");
    }
    std::fs::write(&path, [0; 8192]).unwrap();
    assert_refused(&path, "NOT_A_STORE");
    assert_eq!(Store::open("/dev/null").err().unwrap().code(), "NOT_A_STORE");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = assert_refused(&pipe, "NOT_A_STORE");
    assert!(refused.contains("pipe"), "{refused}");
}

#[test]
fn a_store_whose_making_was_interrupted_before_its_first_page_was_there_is_made_anew() {
    let journal_of = |pages: u8| {
        let mut header = [0; 512];
        header[..8].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
        // How many pages the file had before, of which none is in the journal; the sizes of a sector and of a page.
        header[19] = pages;
        header[22] = 2;
        header[26] = 16;
        header
    };
    let (folder, path) = new_path();
    std::fs::write(&path, [0; 8192]).unwrap();
    for journal in [&journal_of(1)[..], &journal_of(0)[..19], &[0; 512]] {
        std::fs::write(beside(&path, "-journal"), journal).unwrap();
        assert_refused(&path, "NOT_A_STORE");
    }
    std::fs::write(beside(&path, "-journal"), journal_of(0)).unwrap();
    let store = Store::open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    store.close().unwrap();
    assert_eq!(Store::open(&path).unwrap().namespace("a").get("k").unwrap(), Some(1));
    drop(folder);
}

#[test]
fn a_database_of_another_application_is_refused_unchanged() {
    for mode in ["delete", "wal"] {
        let (folder, path) = new_path();
        let copy = tempfile::tempdir().unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        other.pragma_update(None, "journal_mode", mode).unwrap();
        other.execute_batch("CREATE TABLE meta (key, value); INSERT INTO meta VALUES (1, 2)").unwrap();
        // Copied while it is in use, so that the log is there too: recovering it would be a change.
        for file in content(folder.path()).keys() {
            std::fs::copy(file, copy.path().join(file.file_name().unwrap())).unwrap();
        }
        drop(other);
        let refused = assert_refused(&copy.path().join("store.db"), "NOT_A_STORE");
        assert!(refused.contains("another application"), "{refused}");
    }
}

#[test]
fn a_newer_format_is_refused_unchanged() {
    let (_folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    store.namespace("a").set("k", &1).unwrap();
    store.close().unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let format = u32::from_be_bytes(bytes[60..64].try_into().unwrap());
    bytes[60..64].copy_from_slice(&(format + 1).to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let refused = assert_refused(&path, "SCHEMA_TOO_NEW");
    assert!(refused.contains(&format!("format {}", format + 1)), "{refused}");
    bytes[60..64].copy_from_slice(&format.to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(Store::open(&path).unwrap().namespace("a").get::<i32>("k").unwrap(), Some(1));
}

#[test]
fn an_empty_file_becomes_a_store() {
    let (_folder, path) = new_path();
    std::fs::write(&path, "").unwrap();
    assert_eq!(Store::open(&path).unwrap().namespace("a").set("k", &1).unwrap(), 1);
}

#[test]
fn paths_that_can_not_be_are_told_apart() {
    let (folder, path) = new_path();
    let missing = assert_refused(&folder.path().join("no/such/store.db"), "IO");
    assert!(missing.contains("create the folder first"), "{missing}");
    let error = Store::options().create(false).open(&path).err().unwrap();
    assert_eq!(error.code(), "IO");
    assert!(error.to_string().contains("create is off") && !path.exists(), "{error}");
    assert_eq!(Store::open("a\0b").err().unwrap().code(), "INVALID_VALUE");
    assert_eq!(Store::open("").err().unwrap().code(), "INVALID_VALUE");
    let store = Store::open(&path).unwrap();
    assert_eq!(store.path(), path.canonicalize().unwrap());
    Store::options().create(false).open(&path).unwrap();
}

#[test]
fn a_private_store_is_gone_when_it_is_closed() {
    let store = Store::open(":memory:").unwrap();
    store.namespace("a").set("k", &1).unwrap();
    let path = store.path();
    assert!(path.exists());
    store.close().unwrap();
    drop(store);
    assert!(!path.exists() && !path.parent().unwrap().exists());
}

#[test]
#[cfg(unix)]
fn a_symbolic_link_is_refused_if_asked() {
    let (folder, path) = new_path();
    Store::open(&path).unwrap().namespace("a").set("k", &1).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let error = Store::options().follow_symlinks(false).open(&link).err().unwrap();
    assert!(error.code() == "IO" && error.to_string().contains("symbolic link"), "{error}");
    let store = Store::open(&link).unwrap();
    assert_eq!(store.namespace("a").get::<i32>("k").unwrap(), Some(1));
    assert_eq!(store.path(), path.canonicalize().unwrap(), "one store has one log, whatever it is called");
    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink(folder.path().join("nothing"), &dangling).unwrap();
    assert_refused(&dangling, "IO");
}

#[test]
fn a_name_like_a_uri_is_a_plain_name() {
    for name in ["file:x?nolock=1", "file:x?mode=memory", ":memory:x", "a?b#c%41"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = common::command("open", Path::new(name), "");
        let child = command.current_dir(folder.path()).spawn().unwrap();
        assert_eq!(finish(child), ["ok 1"]);
        assert!(folder.path().join(name).is_file(), "{name}: {:?}", content(folder.path()).keys());
    }
}

/// Runs the child as a user whom permissions bind, which root is not.
#[cfg(unix)]
fn as_nobody(path: &Path) -> Option<Vec<String>> {
    use std::os::unix::process::CommandExt;
    let mut command = common::command("open", path, "");
    let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").ok()?);
    if owner == 0 {
        command.uid(65_534).gid(65_534).current_dir("/");
    }
    match command.spawn() {
        Ok(child) => Some(finish(child)),
        Err(error) => {
            println!("skipped: the test binary can't be run as nobody: {error}");
            None
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_can_only_be_read_is_refused() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let (folder, path) = new_path();
    Store::open(&path).unwrap().namespace("a").set("k", &1).unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for file in [folder.path().to_owned(), path.clone(), beside(&path, "-statehold")] {
        // Only root can give files away, and needs to.
        let _ = chown(&file, Some(65_534), Some(65_534));
    }
    let before = std::fs::read(&path).unwrap();
    for (file, folder_mode) in [(0o400, 0o700), (0o600, 0o500), (0o400, 0o500), (0o000, 0o700)] {
        mode(&path, file);
        mode(folder.path(), folder_mode);
        let Some(reported) = as_nobody(&path) else { return };
        mode(folder.path(), 0o700);
        assert!(reported[0].starts_with("IO "), "file {file:o} in folder {folder_mode:o}: {reported:?}");
        assert!(std::fs::read(&path).unwrap() == before);
    }
    mode(&path, 0o600);
    assert_eq!(as_nobody(&path).unwrap(), ["ok 2"]);
}

#[test]
#[cfg(unix)]
fn all_files_are_private_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = new_path();
    let plain = common::command("stay", &path, "");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    assert_eq!(common::reports(&mut child).next().as_deref(), Some("open"));
    let modes: BTreeMap<String, u32> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), mode)
        })
        .collect();
    drop(child.stdin.take());
    child.wait().unwrap();
    let names: Vec<_> = modes.keys().map(String::as_str).collect();
    assert_eq!(names, ["store.db", "store.db-shm", "store.db-statehold", "store.db-wal"]);
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
}

#[test]
fn options_out_of_range_are_refused() {
    type Set = fn(OpenOptions) -> OpenOptions;
    let wrong: [(&str, Set); 5] = [
        ("journal_max_rows", |options| options.journal_max_rows(0)),
        ("max_value_bytes", |options| options.max_value_bytes(usize::MAX)),
        ("lock_timeout", |options| options.lock_timeout(Duration::ZERO)),
        ("label", |options| options.label("")),
        ("label", |options| options.label("l".repeat(10_000))),
    ];
    for (name, set) in wrong {
        let (_folder, path) = new_path();
        let error = set(Store::options()).open(&path).err().unwrap();
        assert!(["INVALID_VALUE", "INVALID_NAME"].contains(&error.code()), "{error}");
        assert!(error.to_string().contains(name), "{error}");
        assert!(!path.exists(), "{name}: a file was made");
    }
    let odd = |options: OpenOptions| {
        options.journal(Journal::Full).durability(Durability::Normal).busy_timeout(Duration::ZERO)
    };
    odd(Store::options()).open(":memory:").unwrap().namespace("a").set("k", &1).unwrap();
}

#[test]
fn misspelt_options_are_refused_with_a_hint() {
    let mut options = Store::options();
    let mut set = |name: &str, value: OptionValue, spelling| options.set(name, &value, spelling);
    let text = |text: &str| OptionValue::Text(text.to_owned());
    for (name, spelling, hint) in [
        ("durabilty", Spelling::Snake, "did you mean `durability`?"),
        ("busyTimeout", Spelling::Camel, "did you mean `busyTimeoutMs`?"),
        ("busy_timeout", Spelling::Camel, "did you mean `busyTimeoutMs`?"),
        ("journalMaxRows", Spelling::Snake, "did you mean `journal_max_rows`?"),
        ("zzz", Spelling::Snake, "there are durability,"),
    ] {
        let error = set(name, OptionValue::Bool(true), spelling).unwrap_err();
        assert!(error.to_string().contains(hint), "{error}");
    }
    for (name, value) in [
        ("durability", text("fast")),
        ("durability", OptionValue::Number(1.0)),
        ("busy_timeout", OptionValue::Number(-1.0)),
        ("busy_timeout", OptionValue::Number(f64::NAN)),
        ("journal", text("values")),
        ("journal_max_rows", OptionValue::Number(1.5)),
        ("max_value_bytes", OptionValue::Number(-1.0)),
        ("create", text("yes")),
        ("label", OptionValue::Bool(true)),
    ] {
        let error = set(name, value, Spelling::Snake).unwrap_err();
        assert!(matches!(&error, Error::InvalidValue { path, .. } if path == name), "{error}");
    }
    set("busy_timeout", OptionValue::Number(0.25), Spelling::Snake).unwrap();
    set("busyTimeoutMs", OptionValue::Number(250.0), Spelling::Camel).unwrap();
    set("durability", text("deferred(250)"), Spelling::Camel).unwrap();
    options.open(":memory:").unwrap();
}
