//! Goal: the lock of an environment is free within a second of its holder's death and never taken from one that lives, is
//! only stopped, may not be asked for, or lives where it can't be asked for. Method: child processes that hold locks, are
//! killed, stopped and continued, run as other users (as root) and in namespaces of their own (with `unshare`). That there
//! is one holder is checked by a lock of the kernel, which no bug of ours can free.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use common::{Random, beside, fast, finish, ms, new_path, report, reports, rounds, spawn};
use statehold::{Environments, Error, HistoryOperation, Json, LockOptions, Store};

#[test]
#[ignore = "the part of the child processes"]
fn child_process() {
    let Some((role, path, word)) = common::role() else { return };
    match role.as_str() {
        "hold" => hold(&path, &word),
        "contend" => contend(&path),
        "judge" => judge(&path),
        "provision" => provision(&path),
        other => panic!("{other}"),
    }
}

fn environments(path: &Path) -> Environments {
    fast().open(path).unwrap().environments()
}

fn with_web() -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    store.environments().create("web", Json::new("1").unwrap()).unwrap();
    store.close().unwrap();
    (folder, path)
}

fn at_once() -> LockOptions {
    LockOptions::new().timeout(Duration::ZERO)
}

fn signal(child: &Child, name: &str) {
    signal_pid(child.id(), name);
}

fn signal_pid(pid: u32, name: &str) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

/// Stops a child, and not while it commits: who is stopped then keeps all others from committing.
fn stop(child: &Child, path: &Path) {
    let store = fast().busy_timeout(ms(500)).open(path).unwrap();
    loop {
        signal(child, "-STOP");
        // Takes the write lock for a moment.
        match store.flush() {
            Ok(()) => break,
            Err(Error::Busy { .. }) => signal(child, "-CONT"),
            Err(error) => panic!("{error}"),
        }
        std::thread::sleep(ms(10));
    }
    store.close().unwrap();
}

/// Holds the lock, with a lease of so many milliseconds if there are some, until the parent's sign; then writes by it.
fn hold(path: &Path, ttl: &str) {
    let environments = environments(path);
    let mut options = LockOptions::new().purpose("hold");
    if let Ok(ttl) = ttl.parse() {
        options = options.ttl(ms(ttl));
    }
    let lock = environments.lock_with("web", &options).unwrap();
    report(&format!("held {} {}", std::process::id(), lock.fencing()));
    common::await_go();
    let written = lock.set_step("late");
    report(written.map_or_else(|error| error.code(), |_| "written"));
}

/// Starts a holder and waits until it has the lock.
fn holder(path: &Path, ttl: &str) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = spawn("hold", path, ttl);
    let mut lines = reports(&mut child);
    assert!(lines.next().unwrap().starts_with("held "));
    (child, lines)
}

/// Takes the lock as soon as it can.
fn take(environments: &Environments, within: Duration) -> Result<Duration, Error> {
    let start = Instant::now();
    environments.lock_with("web", &LockOptions::new().timeout(within)).map(|lock| {
        let waited = start.elapsed();
        assert!(lock.release().unwrap());
        waited
    })
}

#[test]
fn the_lock_of_a_killed_holder_is_free_within_a_second() {
    let (_folder, path) = with_web();
    let environments = environments(&path);
    for round in 0..rounds(5, 50) {
        let (mut child, _lines) = holder(&path, "");
        assert_eq!(environments.lock_with("web", &at_once()).unwrap_err().code(), "LOCKED");
        let pid = child.id();
        child.kill().unwrap();
        // In half of the rounds it stays a zombie meanwhile: nobody has asked how it ended.
        if round % 2 == 0 {
            child.wait().unwrap();
        }
        let waited = take(&environments, Duration::from_secs(10)).unwrap();
        assert!(waited < Duration::from_secs(1), "free only after {waited:?}");
        let entry = environments.history("web").unwrap().pop().unwrap();
        assert_eq!(entry.operation, HistoryOperation::TakeOver);
        let note = entry.note.unwrap();
        assert!(note.contains(&format!("process {pid} ")) && note.ends_with("the process is gone"), "{note}");
        child.wait().unwrap();
    }
}

#[test]
fn who_writes_without_a_lock_is_not_kept_by_a_dead_holder() {
    let (_folder, path) = with_web();
    let environments = environments(&path);
    let (mut child, _lines) = holder(&path, "");
    child.kill().unwrap();
    child.wait().unwrap();
    environments.transition("web", "provisioning").unwrap();
    let operations: Vec<_> =
        environments.history("web").unwrap().iter().map(|entry| entry.operation.as_str()).collect();
    assert_eq!(operations, ["create", "take_over", "transition"]);
    assert!(!environments.lock_info("web").unwrap().unwrap().is_held);
}

#[test]
fn the_lock_of_a_stopped_holder_is_not_taken() {
    let (_folder, path) = with_web();
    let environments = environments(&path);
    let (mut child, mut lines) = holder(&path, "");
    stop(&child, &path);
    assert_eq!(take(&environments, ms(500)).unwrap_err().code(), "LOCKED");
    assert_eq!(environments.set_step("web", "mine").unwrap_err().code(), "LOCKED");
    assert!(!environments.lock_info("web").unwrap().unwrap().is_stale);
    signal(&child, "-CONT");
    drop(child.stdin.take());
    assert_eq!(lines.next().as_deref(), Some("written"));
    assert!(child.wait().unwrap().success());
    assert!(take(&environments, Duration::from_secs(10)).is_ok());
}

#[test]
fn the_lock_of_a_stopped_holder_is_free_when_its_lease_ends_and_it_cannot_write_after() {
    let (_folder, path) = with_web();
    let environments = environments(&path);
    let (mut child, mut lines) = holder(&path, "600");
    // It is renewed for longer than it lasts.
    assert_eq!(take(&environments, ms(1_000)).unwrap_err().code(), "LOCKED");
    stop(&child, &path);
    let expires_at = environments.lock_info("web").unwrap().unwrap().expires_at.unwrap();
    let lock = environments.lock("web").unwrap();
    let taken_at = environments.lock_info("web").unwrap().unwrap().taken_at;
    assert!(taken_at >= expires_at, "{taken_at:?} before the lease ended at {expires_at:?}");
    assert!(taken_at < expires_at + Duration::from_secs(1));
    lock.set_step("mine").unwrap();
    signal(&child, "-CONT");
    drop(child.stdin.take());
    assert_eq!(lines.next().as_deref(), Some("LOCKED"), "it has lost its lock");
    assert!(child.wait().unwrap().success());
    assert_eq!(environments.load("web").unwrap().step.as_deref(), Some("mine"));
    assert!(lock.is_held().unwrap(), "its late release has done nothing");
}

#[test]
fn a_recycled_pid_does_not_count_as_alive() {
    let (_folder, path) = with_web();
    let (mut child, _lines) = holder(&path, "");
    // As if the holder had ended and its number been given to the process that has it now. This process does not have
    // the store open, so that closing another connection takes nobody's locks.
    let connection = rusqlite::Connection::open(&path).unwrap();
    let edited =
        connection.execute("UPDATE environment_lock SET process_start = process_start - 1", []).unwrap();
    assert_eq!(edited, 1);
    drop(connection);
    let environments = environments(&path);
    assert!(environments.lock_info("web").unwrap().unwrap().is_stale);
    assert!(take(&environments, ms(1_000)).unwrap() < ms(500));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_holder_of_an_earlier_boot_is_gone_and_one_elsewhere_is_in_doubt() {
    let (_folder, path) = with_web();
    let edit = |sql: &str| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        assert_eq!(connection.execute(sql, []).unwrap(), 1);
    };
    let is_stale = || environments(&path).lock_info("web").unwrap().unwrap().is_stale;
    let (mut child, _lines) = holder(&path, "");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_stale());
    edit("UPDATE environment_lock SET pid_namespace = 'pid:[1]'");
    assert!(!is_stale(), "its number means nothing here");
    edit("UPDATE environment_lock SET boot_id = 'an earlier one'");
    let has_machine_id = std::fs::read_to_string("/etc/machine-id").is_ok_and(|id| !id.trim().is_empty());
    assert_eq!(is_stale(), has_machine_id, "no process outlives a boot, whatever its namespace");
    edit("UPDATE environment_lock SET machine_id = 'another one'");
    assert!(!is_stale(), "on another host");
    edit("UPDATE environment_lock SET expires_ms = 1");
    assert!(is_stale(), "only its lease frees it");
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Tells how a lock looks to this process, and tries to take it.
fn judge(path: &Path) {
    let environments = environments(path);
    let info = environments.lock_info("web").unwrap().unwrap();
    let taken = environments.lock_with("web", &LockOptions::new().timeout(ms(300)));
    let taken = taken.map_or_else(|error| error.code(), |_| "taken");
    report(&format!("{} {} {taken}", info.pid, if info.is_stale { "stale" } else { "held" }));
}

/// As [`common::spawn`], by way of another program.
fn by_way_of(program: &[&str], role: &str, path: &Path, word: &str) -> Command {
    let plain = common::command(role, path, word);
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        command.env(name, value.unwrap());
    }
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::piped());
    command
}

#[test]
fn permission_denied_does_not_count_as_dead() {
    const NOBODY: u32 = 65_534;
    if !is_root() {
        println!("skipped: only root can run processes as somebody else");
        return;
    }
    let (folder, path) = with_web();
    // Everything of the store is nobody's, who may not send signals to root; root may use it all the same.
    for entry in folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        std::os::unix::fs::chown(entry, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let program = folder.path().join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let as_nobody = |role: &str| {
        let plain = common::command(role, &path, "");
        let mut command = Command::new(&program);
        command.args(plain.get_args()).uid(NOBODY).gid(NOBODY);
        for (name, value) in plain.get_envs() {
            command.env(name, value.unwrap());
        }
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    // A first user that is nobody leaves the companions in a state that both can use.
    let mut keeper = as_nobody("hold");
    let mut lines = reports(&mut keeper);
    assert!(lines.next().unwrap().starts_with("held "));
    let environments = environments(&path);
    environments
        .force_unlock("web", &environments.lock_info("web").unwrap().unwrap().token.unwrap())
        .unwrap();
    let lock = environments.lock("web").unwrap();
    let judged = finish(as_nobody("judge"));
    assert_eq!(judged, [format!("{} held LOCKED", std::process::id())]);
    assert!(lock.is_held().unwrap());
    drop(lock);
    drop(keeper.stdin.take());
    assert!(keeper.wait().unwrap().success());
    // A dead one of root's is seen to be dead by nobody, too.
    let (mut child, _lines) = holder(&path, "");
    let pid = child.id();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(finish(as_nobody("judge")), [format!("{pid} stale taken")]);
}

#[test]
fn a_holder_in_another_pid_namespace_is_not_stolen_from() {
    if !is_root() {
        println!("skipped: only root can make a namespace");
        return;
    }
    let (_folder, path) = with_web();
    let environments = environments(&path);
    let contained = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    let mut child = by_way_of(&contained, "hold", &path, "").spawn().unwrap();
    let line = reports(&mut child).next().unwrap();
    let inside: u32 = line.split(' ').nth(1).unwrap().parse().unwrap();
    let info = environments.lock_info("web").unwrap().unwrap();
    assert_eq!((info.pid, info.is_stale), (inside, false));
    assert!(
        inside < 10,
        "a number of the container, {inside}, which is another process's out here, or nobody's"
    );
    assert_eq!(take(&environments, ms(300)).unwrap_err().code(), "LOCKED");
    // Held open, as waiting would close it first, and the holder takes its end for a sign to let go.
    let stdin = child.stdin.take();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    // It is dead, which can't be known from here: when in doubt, wait, never steal.
    assert_eq!(take(&environments, ms(500)).unwrap_err().code(), "LOCKED");
    // Whoever knows frees it.
    environments.force_unlock("web", &info.token.unwrap()).unwrap();
    assert!(take(&environments, ms(300)).is_ok());

    // With a lease it is free when that ends.
    let mut child = by_way_of(&contained, "hold", &path, "300").spawn().unwrap();
    assert!(reports(&mut child).next().unwrap().starts_with("held "));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(take(&environments, Duration::from_secs(5)).unwrap() < Duration::from_secs(1));
}

#[test]
fn a_judge_in_another_pid_namespace_does_not_steal() {
    if !is_root() {
        println!("skipped: only root can make a namespace");
        return;
    }
    let (_folder, path) = with_web();
    let environments = environments(&path);
    let lock = environments.lock("web").unwrap();
    let held = [format!("{} held LOCKED", std::process::id())];
    let contained = ["unshare", "--pid", "--fork", "--mount-proc"];
    assert_eq!(finish(by_way_of(&contained, "judge", &path, "").spawn().unwrap()), held);
    // Where `/proc` is still that of the namespace outside, its numbers mislead.
    let misled = ["unshare", "--pid", "--fork"];
    assert_eq!(finish(by_way_of(&misled, "judge", &path, "").spawn().unwrap()), held);
    assert!(lock.is_held().unwrap());
}

/// Begins to provision, tells a step, and waits to be killed.
fn provision(path: &Path) {
    let environments = environments(path);
    let run = statehold::Orchestrator::new(&environments)
        .begin("web", &statehold::EnvironmentCommand::provision())
        .unwrap();
    run.progress().step("create network").unwrap();
    report("under way");
    common::await_go();
}

#[test]
fn a_killed_command_leaves_its_state_its_step_and_who_ran_it() {
    let (_folder, path) = with_web();
    let environments = environments(&path);
    let mut child = spawn("provision", &path, "");
    assert_eq!(reports(&mut child).next().as_deref(), Some("under way"));
    assert!(environments.interrupted().unwrap().is_empty(), "it is under way");
    let refused = environments.recover("web", "provision_failed", "impatience").unwrap_err();
    assert_eq!(refused.code(), "LOCKED", "while its holder lives");
    let pid = child.id();
    child.kill().unwrap();
    child.wait().unwrap();
    let interrupted = environments.interrupted().unwrap();
    let [found] = interrupted.as_slice() else { panic!("{interrupted:?}") };
    assert_eq!((found.record.name.as_str(), found.record.state.as_str()), ("web", "provisioning"));
    assert_eq!(found.record.step.as_deref(), Some("create network"));
    let holder = found.holder.as_ref().unwrap();
    assert_eq!((holder.pid, holder.purpose.as_deref(), holder.is_stale), (pid, Some("provisioning"), true));
    let guide = found.record.recovery().unwrap();
    assert!(guide.symptom.contains("interrupted"));

    environments.recover("web", "provision_failed", "the process was killed").unwrap();
    assert!(environments.interrupted().unwrap().is_empty());
    let history = environments.history("web").unwrap();
    let last = history.last().unwrap();
    assert_eq!(
        (last.operation, last.note.as_deref()),
        (HistoryOperation::Recover, Some("the process was killed"))
    );
    assert_eq!((last.from.as_deref(), last.to.as_deref()), (Some("provisioning"), Some("provision_failed")));
    assert_eq!(last.process, std::process::id());
    assert!(history.iter().any(|entry| entry.process == pid && entry.to.as_deref() == Some("provisioning")));
    environments.transition("web", "provisioning").unwrap();
}

/// Takes the lock again and again. While it holds it, nobody else may hold the kernel's lock; each grant is a line.
fn contend(path: &Path) {
    let environments = environments(path);
    let witness = File::open(beside(path, "-witness")).unwrap();
    let mut grants = OpenOptions::new().append(true).open(beside(path, "-grants")).unwrap();
    let mut random = Random(u64::from(std::process::id()));
    report("ready");
    loop {
        let lock =
            environments.lock_with("web", &LockOptions::new().timeout(Duration::from_secs(60))).unwrap();
        if witness.try_lock().is_err() {
            writeln!(grants, "two holders at {}", lock.fencing()).unwrap();
        }
        grants.write_all(format!("{} {}\n", lock.fencing(), std::process::id()).as_bytes()).unwrap();
        lock.set_step(&lock.fencing().to_string()).unwrap();
        if random.below(4) == 0 {
            std::thread::sleep(ms(random.below(3)));
        }
        witness.unlock().unwrap();
        lock.release().unwrap();
    }
}

/// The fencing numbers of all grants so far, in the order in which they were made.
fn granted(path: &Path) -> Vec<(u64, u32)> {
    let mut text = String::new();
    File::open(beside(path, "-grants")).unwrap().read_to_string(&mut text).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |line: &str| {
        let (fencing, pid) = line.split_once(' ').unwrap();
        let fencing = fencing.parse().unwrap_or_else(|_| panic!("{line}"));
        (fencing, pid.parse().unwrap_or_else(|_| panic!("{line}")))
    };
    whole.lines().map(parse).collect()
}

#[test]
fn a_thousand_contests_of_processes_that_are_killed_and_stopped() {
    let (_folder, path) = with_web();
    let mut random = Random(common::seed("a_thousand_contests"));
    for ending in ["-witness", "-grants"] {
        File::create(beside(&path, ending)).unwrap();
    }
    let contender = |path: &Path| {
        let mut child = spawn("contend", path, "");
        assert_eq!(reports(&mut child).next().as_deref(), Some("ready"));
        child
    };
    let mut children: Vec<Child> = (0..6).map(|_| contender(&path)).collect();
    let contests = rounds(1_000, 10_000);
    let (mut kills, mut stops, mut worst) = (0, 0, Duration::ZERO);
    while granted(&path).len() < contests {
        // The one that got the lock last most likely holds it now.
        let last = granted(&path).last().map_or(0, |(_, pid)| *pid);
        let holder = children.iter().position(|child| child.id() == last);
        let at = match holder {
            Some(at) if random.below(3) > 0 => at,
            _ => usize::try_from(random.below(6)).unwrap(),
        };
        if random.below(4) == 0 {
            let before = granted(&path).len();
            children[at].kill().unwrap();
            let start = Instant::now();
            children[at].wait().unwrap();
            while granted(&path).len() == before {
                assert!(start.elapsed() < Duration::from_secs(10), "nobody got the lock of a dead holder");
                std::thread::sleep(ms(1));
            }
            worst = worst.max(start.elapsed());
            children[at] = contender(&path);
            kills += 1;
        } else {
            signal(&children[at], "-STOP");
            std::thread::sleep(ms(random.below(40)));
            signal(&children[at], "-CONT");
            stops += 1;
        }
    }
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let grants = granted(&path);
    println!(
        "{} grants to 6 processes, {kills} killed, {stops} stopped; free after {worst:?} at most",
        grants.len()
    );
    assert!(kills > 0 && stops > 0);
    assert!(grants.windows(2).all(|pair| pair[0].0 < pair[1].0), "fencing numbers only rise");
    assert!(worst < Duration::from_secs(1), "a lock was free only {worst:?} after a kill");
    let store = Store::open(&path).unwrap();
    let environments = store.environments();
    let taken_over = environments.history("web").unwrap();
    let taken_over = taken_over.iter().filter(|entry| entry.operation == HistoryOperation::TakeOver).count();
    println!("{taken_over} locks of dead holders were taken over");
    common::assert_journal_whole(&store);
    let fencing = environments.lock("web").unwrap().fencing();
    assert!(fencing > grants.last().unwrap().0);
}
