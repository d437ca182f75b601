//! Goal: the lock of an environment has one holder, whose writes others can't get in between, in a store and in memory
//! alike. Method: one process, where every step can be decided; the clock stands still until it is moved. What happens to
//! holders that die, stop or live elsewhere is in `environment_holders.rs`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use common::{fast, ms, new_path, still};
use statehold::{Clock, Environments, Error, HistoryOperation, Json, LockOptions, ManualClock, Store};

/// Runs a part of the suite on a store and in memory.
fn on_each(part: impl Fn(&Environments, &ManualClock)) {
    let clock = ManualClock::new();
    let store = still(&clock).open(":memory:").unwrap();
    store.environments().create("web", Json::new("1").unwrap()).unwrap();
    part(&store.environments(), &clock);
    common::assert_journal_whole(&store);
    let clock = ManualClock::new();
    let environments = Environments::in_memory_with_clock(clock.clone());
    environments.create("web", Json::new("1").unwrap()).unwrap();
    part(&environments, &clock);
}

fn at_once() -> LockOptions {
    LockOptions::new().timeout(Duration::ZERO)
}

#[test]
fn a_held_lock_is_told_with_its_holder() {
    on_each(|environments, clock| {
        assert_eq!(environments.lock_info("web").unwrap(), None, "it was never taken");
        assert_eq!(environments.lock("none").unwrap_err().code(), "NOT_FOUND");
        let lock = environments.lock_with("web", &LockOptions::new().purpose("deploy")).unwrap();
        assert!(lock.is_held().unwrap());
        assert_eq!((lock.name(), lock.fencing(), lock.token().len()), ("web", 1, 32));
        let error = environments.lock_with("web", &at_once()).unwrap_err();
        let Error::Locked { name, pid, host, since, purpose } = &error else { panic!("{error}") };
        assert_eq!((name.as_str(), *pid, *since), ("web", std::process::id(), clock.now()));
        assert_eq!(purpose.as_deref(), Some("deploy"));
        assert!(!host.is_empty() && error.is_retryable());
        let told = format!("environment \"web\" is locked by process {pid} on {host} for \"deploy\"");
        assert!(error.to_string().starts_with(&told), "{error}");

        let info = environments.lock_info("web").unwrap().unwrap();
        assert!(info.is_held && !info.is_stale);
        assert_eq!(
            (info.token.as_deref(), info.fencing, info.pid),
            (Some(lock.token()), 1, std::process::id())
        );
        assert!(lock.release().unwrap());
        assert!(!lock.release().unwrap() && !lock.is_held().unwrap(), "twice is no error");
        let info = environments.lock_info("web").unwrap().unwrap();
        assert_eq!(
            (info.is_held, info.token, info.pid),
            (false, None, std::process::id()),
            "who had it last"
        );
    });
}

#[test]
fn only_the_holder_writes() {
    on_each(|environments, _| {
        let record = environments.load("web").unwrap();
        let lock = environments.lock("web").unwrap();
        let refused = [
            environments.save(&record).map(|_| ()),
            environments.transition("web", "provisioning").map(|_| ()),
            environments.set_step("web", "apply").map(|_| ()),
            environments.recover("web", "running", "why").map(|_| ()),
            environments.delete("web").map(|_| ()),
        ];
        for result in refused {
            assert_eq!(result.unwrap_err().code(), "LOCKED");
        }
        assert_eq!(environments.load("web").unwrap(), record, "reading is free");
        environments.create("db", Json::new("1").unwrap()).unwrap();

        lock.transition("provisioning").unwrap();
        lock.set_step("apply").unwrap();
        let saved = lock.save(&lock.load().unwrap()).unwrap();
        environments.with_token(lock.token()).transition("web", "provisioned").unwrap();
        assert_eq!(saved.step.as_deref(), Some("apply"));
        let wrong = environments.with_token("not the token").transition("web", "configuring");
        assert_eq!(wrong.unwrap_err().code(), "LOCKED");
        let of_another = lock.environments().transition("db", "provisioning");
        assert_eq!(of_another.unwrap_err().code(), "CONFLICT", "it does not have that lock");

        drop(lock);
        environments.transition("web", "configuring").unwrap();
    });
}

#[test]
fn a_holder_that_lost_its_lock_cannot_write() {
    on_each(|environments, _| {
        let lock = environments.lock("web").unwrap();
        environments.force_unlock("web", lock.token()).unwrap();
        let error = lock.transition("provisioning").unwrap_err();
        assert!(matches!(error, Error::Conflict { .. }), "{error}");
        assert!(error.to_string().contains("no longer held by this token"), "{error}");
        let next = environments.lock("web").unwrap();
        assert!(next.fencing() > lock.fencing());
        let error = lock.set_step("late").unwrap_err();
        assert_eq!(error.code(), "LOCKED", "by the next holder");
        assert!(!lock.is_held().unwrap() && !lock.release().unwrap());
        assert!(next.is_held().unwrap(), "the late release has not touched it");
        let entry = environments.history("web").unwrap().pop().unwrap();
        assert_eq!(entry.operation, HistoryOperation::ForceUnlock);
        assert!(entry.note.unwrap().contains(&format!("the lock of process {}", std::process::id())));

        let gone = environments.force_unlock("web", lock.token()).unwrap_err();
        assert!(matches!(gone, Error::Conflict { found: Some(found), .. } if found == next.fencing()));
        drop(next);
        assert_eq!(environments.force_unlock("web", lock.token()).unwrap_err().code(), "NOT_FOUND");
    });
}

#[test]
fn fencing_numbers_only_rise() {
    on_each(|environments, _| {
        let mut last = 0;
        for round in 0..5 {
            let lock = environments.lock("web").unwrap();
            assert!(lock.fencing() > last, "{} after {last}", lock.fencing());
            last = lock.fencing();
            if round % 2 == 0 {
                assert!(lock.environments().delete("web").unwrap());
                assert!(!lock.is_held().unwrap(), "the lock went with the record");
                drop(lock);
                environments.create("web", Json::new("1").unwrap()).unwrap();
            }
        }
    });
}

#[test]
fn a_lease_that_ends_frees_the_lock_of_a_holder_that_lives() {
    on_each(|environments, clock| {
        let lease = LockOptions::new().ttl(Duration::from_secs(60));
        let first = environments.lock_with("web", &lease).unwrap();
        let info = environments.lock_info("web").unwrap().unwrap();
        assert_eq!(
            (info.ttl, info.expires_at),
            (Some(Duration::from_secs(60)), Some(clock.now() + Duration::from_secs(60)))
        );
        clock.advance(ms(59_999));
        assert_eq!(environments.lock_with("web", &at_once()).unwrap_err().code(), "LOCKED");
        clock.advance(ms(1));
        assert!(environments.lock_info("web").unwrap().unwrap().is_stale);
        let second = environments.lock_with("web", &at_once()).unwrap();
        assert!(second.fencing() > first.fencing());
        assert_eq!(first.transition("provisioning").unwrap_err().code(), "LOCKED");
        let entry = environments.history("web").unwrap().pop().unwrap();
        assert_eq!((entry.operation, entry.record), (HistoryOperation::TakeOver, None));
        assert!(entry.note.unwrap().ends_with("its lease was over"));
        let none = LockOptions::new().ttl(Duration::ZERO);
        assert_eq!(environments.lock_with("web", &none).unwrap_err().code(), "INVALID_VALUE");
    });
}

#[test]
fn a_lease_is_renewed_while_the_guard_lives() {
    let (_folder, path) = new_path();
    let store = fast().open(&path).unwrap();
    let environments = store.environments();
    environments.create("web", Json::new("1").unwrap()).unwrap();
    let revision = store.revision().unwrap();
    let lock = environments.lock_with("web", &LockOptions::new().ttl(ms(150))).unwrap();
    let start = Instant::now();
    while start.elapsed() < ms(600) {
        assert_eq!(environments.lock_with("web", &at_once()).unwrap_err().code(), "LOCKED");
        std::thread::sleep(ms(10));
    }
    lock.transition("provisioning").unwrap();
    assert_eq!(store.revision().unwrap(), revision + 2, "a renewal is no change that is told");
    drop(lock);
    assert!(environments.lock_with("web", &at_once()).is_ok());
}

#[test]
fn a_waiter_gets_the_lock_soon_after_its_release_or_is_told_in_time() {
    on_each(|environments, _| {
        let lock = environments.lock("web").unwrap();
        let start = Instant::now();
        let options = LockOptions::new().timeout(ms(200));
        assert_eq!(environments.lock_with("web", &options).unwrap_err().code(), "LOCKED");
        assert!(start.elapsed() >= ms(200) && start.elapsed() < ms(1_000), "{:?} of 200 ms", start.elapsed());
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| (environments.lock("web").map(drop), Instant::now()));
            std::thread::sleep(ms(100));
            let released = Instant::now();
            drop(lock);
            let (result, got) = waiter.join().unwrap();
            result.unwrap();
            assert!(got - released < ms(500), "woken after {:?}", got - released);
        });
    });
}

#[test]
fn many_threads_take_turns() {
    on_each(|environments, _| {
        let inside = AtomicBool::new(false);
        let last = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let options = LockOptions::new().timeout(Duration::from_secs(60));
                        let lock = environments.lock_with("web", &options).unwrap();
                        assert!(!inside.swap(true, Ordering::SeqCst), "two holders");
                        assert!(last.swap(lock.fencing(), Ordering::SeqCst) < lock.fencing());
                        lock.set_step(&lock.fencing().to_string()).unwrap();
                        inside.store(false, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(last.into_inner(), 120);
        assert_eq!(environments.load("web").unwrap().step.as_deref(), Some("120"));
    });
}

#[test]
fn it_is_reentrant_only_when_asked_for() {
    on_each(|environments, _| {
        let outer = environments.lock("web").unwrap();
        assert_eq!(environments.lock_with("web", &at_once()).unwrap_err().code(), "LOCKED");
        let inner = environments.lock_with("web", &at_once().reentrant(true)).unwrap();
        assert_eq!((inner.token(), inner.fencing()), (outer.token(), outer.fencing()));
        inner.transition("provisioning").unwrap();
        assert!(inner.release().unwrap(), "only its share");
        assert!(!inner.is_held().unwrap() && outer.is_held().unwrap());
        outer.transition("provisioned").unwrap();
        let inner = environments.lock_with("web", &at_once().reentrant(true)).unwrap();
        drop(outer);
        assert_eq!(
            environments.lock_with("web", &at_once()).unwrap_err().code(),
            "LOCKED",
            "the inner one has it"
        );
        drop(inner);
        let alone = environments.lock_with("web", &at_once().reentrant(true)).unwrap();
        assert!(alone.is_held().unwrap());
    });
    // Another handle on the same store is another holder.
    let (_folder, path) = new_path();
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    stores[0].environments().create("web", Json::new("1").unwrap()).unwrap();
    let _lock = stores[0].environments().lock("web").unwrap();
    let other = stores[1].environments().lock_with("web", &at_once().reentrant(true));
    assert_eq!(other.unwrap_err().code(), "LOCKED");
}

#[test]
fn closing_the_store_releases_its_locks() {
    let (_folder, path) = new_path();
    let (one, other) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    one.environments().create("web", Json::new("1").unwrap()).unwrap();
    let lock = one.environments().lock("web").unwrap();
    let shared = one.environments().lock_with("web", &at_once().reentrant(true)).unwrap();
    one.close().unwrap();
    let next = other.environments().lock_with("web", &at_once()).unwrap();
    assert_eq!(lock.transition("provisioning").unwrap_err().code(), "CLOSED");
    drop((lock, shared));
    assert!(next.is_held().unwrap());
    // A guard keeps the store open for as long as it holds a lock.
    let path = path.with_file_name("second.db");
    let store = Store::open(&path).unwrap();
    store.environments().create("web", Json::new("1").unwrap()).unwrap();
    let lock = store.environments().lock("web").unwrap();
    drop(store);
    lock.transition("provisioning").unwrap();
    drop(lock);
    let info = Store::open(&path).unwrap().environments().lock_info("web").unwrap().unwrap();
    assert!(!info.is_held, "released with the guard");
}

#[test]
fn a_backup_that_is_put_back_leaves_the_locks_as_they_are() {
    let (folder, path) = new_path();
    let store = Store::open(&path).unwrap();
    let environments = store.environments();
    environments.create("web", Json::new("1").unwrap()).unwrap();
    let early = environments.lock("web").unwrap();
    let backup = store.backup(folder.path().join("backup.db")).unwrap().path;
    drop(early);
    for _ in 0..3 {
        drop(environments.lock("web").unwrap());
    }
    let held = environments.lock("web").unwrap();
    held.transition("provisioning").unwrap();
    Store::restore_with(&backup, &path, statehold::RestoreOptions::new().force(true), |_| ()).unwrap();
    assert_eq!(environments.load("web").unwrap().state, "created", "the record is as it was then");
    assert!(held.is_held().unwrap(), "its holder is a process of today");
    held.transition("provisioning").unwrap();
    let fencing = held.fencing();
    drop(held);
    assert!(environments.lock("web").unwrap().fencing() > fencing, "the numbers don't fall back");
    common::assert_journal_whole(&store);
}
