//! What the tests of the program have in common: a folder with stores in it, and running the program there.
#![allow(dead_code, reason = "no test file needs all of it")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use statehold::{
    CaseOptions, Json, LockOptions, SaveOptions, SetOptions, Store, Token, TransitionOptions, Value,
};
use tempfile::TempDir;

/// A folder with a store `app.db` that has something in every facet, and no other files than it.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// One with nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().expect("a folder can be made"))
    }

    /// One with a store that has something in every facet.
    pub(crate) fn with_store() -> Self {
        let folder = Self::empty();
        fill(&folder.path("app.db")).expect("a store can be filled");
        folder
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("a file can be written");
    }

    #[cfg(unix)]
    pub(crate) fn chmod(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(self.path(name), permissions).expect("it can be changed");
    }

    /// Another folder with the same files, which nobody may have open.
    pub(crate) fn copy(&self) -> Self {
        let other = Self::empty();
        for entry in std::fs::read_dir(self.root()).expect("it is a folder").flatten() {
            std::fs::copy(entry.path(), other.root().join(entry.file_name())).expect("a file can be copied");
        }
        other
    }

    /// The program with arguments, which are parted at spaces.
    pub(crate) fn statehold(&self, arguments: &str) -> Command {
        self.statehold_with(&arguments.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn statehold_with(&self, arguments: &[&str]) -> Command {
        self.plain(Command::new(program()).args(arguments))
    }

    /// A line as it is typed into a shell, which finds the program.
    pub(crate) fn shell(&self, line: &str) -> Command {
        self.plain(Command::new("sh").args(["-c", line]))
    }

    /// Runs it in the folder, without what the tests' own environment says of colours and stores.
    fn plain(&self, command: Command) -> Command {
        let folder = program().parent().expect("the program is in a folder").to_owned();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = command.current_dir(self.root()).env("PATH", path);
        for name in ["STATEHOLD_STORE", "STATEHOLD_LOCK_TOKEN", "NO_COLOR", "CLICOLOR_FORCE"] {
            command = command.env_remove(name);
        }
        command
    }

    /// The answer as JSON, of a command that is to end with `code`.
    pub(crate) fn json(&self, arguments: &str, code: i32) -> serde_json::Value {
        let text = self.out(&format!("{arguments} --json"), code);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments}: {error}: {text}"))
    }

    /// The answer as lines of JSON.
    pub(crate) fn json_lines(&self, arguments: &str) -> Vec<serde_json::Value> {
        let text = self.out(&format!("{arguments} --json"), 0);
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// What a command prints that is to end with `code`.
    pub(crate) fn out(&self, arguments: &str, code: i32) -> String {
        text(&ended(self.statehold(arguments), code).get_output().stdout)
    }

    /// What a command says on the standard error that is to end with `code`.
    pub(crate) fn err(&self, arguments: &str, code: i32) -> String {
        text(&ended(self.statehold(arguments), code).get_output().stderr)
    }
}

pub(crate) fn ended(command: Command, code: i32) -> OutputAssert {
    command.timeout(Duration::from_secs(60)).assert().code(code)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program prints text")
}

pub(crate) fn program() -> PathBuf {
    cargo_bin!("statehold").to_owned()
}

/// Something of every facet.
fn fill(path: &Path) -> statehold::Result<()> {
    let store = Store::open(path)?;
    let auth = store.namespace("auth");
    auth.set("ada", &serde_json::json!({"role": "admin"}))?;
    auth.set_with("session:1", "ada", &SetOptions::new().ttl(Duration::from_secs(3600)))?;
    let config = store.namespace("config");
    let entries = [("db:host", Value::json("localhost")?), ("db:port", Value::json(&5432)?)];
    config.batch_set(entries.into_iter().chain([("web:port", Value::json(&80)?)]), None)?;
    store.namespace("files").set_bytes("logo", &[0, 1, 255])?;

    let lint = store.plugin("lint");
    lint.save(&serde_json::json!({"rule": "loose"}))?;
    lint.save(&serde_json::json!({"rule": "strict"}))?;
    let newer = Json::new(r#"{"colour":"green"}"#)?;
    store.plugin("@acme/theme").save_with(newer, &SaveOptions::new().version(3))?;

    let case = store.create_case(&serde_json::json!({"order": 7}), &CaseOptions::new().case_id("order-7"))?;
    case.add_token(Token::new("t1", "review"));
    case.increment_step_count();
    case.commit(0)?;

    let environments = store.environments();
    environments.create("web", Json::new(r#"{"size":2}"#)?)?;
    environments.create("db", Json::new("{}")?)?;
    // Left in the middle of a command by somebody who is gone.
    let lock = environments.lock_with("db", &LockOptions::new().purpose("deploy"))?;
    lock.transition_with("provisioning", &TransitionOptions::new().step("apply"))?;
    drop(lock);
    store.close()
}
