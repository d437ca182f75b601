//! Goal: a connection stays in a moment only for as long as that is the latest one, and is in nobody's way.
//! Method: reads without a cache, what they see of commits of this handle and of another, checkpoints beside them, and the
//! connections looked at in between.

use std::time::{Duration, Instant};

use super::*;
use crate::engine::connection::connect;
use crate::{Durability, Error, Namespace, SetOptions, Store};

const ONE: &str = "SELECT 1 FROM meta LIMIT 1";

struct Scene {
    store: Store,
    _folder: tempfile::TempDir,
}

fn open_store(path: &std::path::Path) -> Store {
    Store::options().durability(Durability::Normal).cache_bytes(0).open(path).unwrap()
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let store = open_store(&folder.path().join("store"));
    store.namespace("a").set("k", &0).unwrap();
    Scene { store, _folder: folder }
}

impl Scene {
    fn readers(&self) -> &Arc<Readers> {
        &self.store.shared().engine.readers
    }

    fn namespace(&self) -> Namespace {
        self.store.namespace("a")
    }

    /// Reads until a connection stays in the present. Unless the handle reads by itself, nobody will tell it to leave.
    fn settle(&self) {
        for _ in 0..1_000 {
            let read = self.readers().read(Some(|| true), |reader| reader.one(ONE, &[], |row| row.int(0)));
            assert_eq!(read.unwrap(), Some(1));
            if self.staying() == 1 {
                return;
            }
        }
        panic!("no connection stays");
    }

    /// How many idle connections are in a transaction.
    fn staying(&self) -> usize {
        let idle = self.readers().idle.lock();
        for connection in idle.iter() {
            assert_eq!(connection.stays(), !connection.is_autocommit());
        }
        idle.iter().filter(|connection| connection.stays()).count()
    }
}

#[test]
fn what_is_committed_by_anybody_is_seen_at_once() {
    let scene = scene();
    let (ns, other) = (scene.namespace(), open_store(scene.store.shared().engine.path()));
    for n in 0..50 {
        scene.settle();
        if n % 2 == 0 { other.namespace("a").set("k", &n) } else { ns.set("k", &n) }.unwrap();
        assert_eq!(ns.get("k").unwrap(), Some(n));
        assert_eq!(ns.list("*").unwrap(), ["k"]);
    }
}

#[test]
fn a_snapshot_is_of_its_own_moment() {
    let scene = scene();
    scene.settle();
    open_store(scene.store.shared().engine.path()).namespace("a").set("k", &1).unwrap();
    let snapshot = scene.store.snapshot().unwrap();
    assert_eq!(snapshot.namespace("a").get("k").unwrap(), Some(1));
}

#[test]
fn a_commit_of_the_handle_has_all_leave() {
    let scene = scene();
    scene.settle();
    scene.namespace().set("k", &1).unwrap();
    assert_eq!(scene.staying(), 0);
    scene.namespace().get::<i32>("k").unwrap();
    assert_eq!(scene.staying(), 0, "one who writes now and then does not begin at once");
}

#[test]
fn who_is_asked_while_all_are_told_to_leave_does_so_afterwards() {
    let scene = scene();
    scene.settle();
    scene
        .readers()
        .read(Some(|| true), |reader| {
            assert!(!reader.session().is_autocommit());
            scene.readers().leave();
            reader.one(ONE, &[], |row| row.int(0))
        })
        .unwrap();
    assert_eq!(scene.staying(), 0);
}

#[test]
fn a_question_that_fails_ends_the_stay() {
    let scene = scene();
    scene.settle();
    let failed =
        scene.readers().read(Some(|| true), |reader| Err::<(), Error>(reader.corrupt(String::new())));
    assert!(failed.is_err());
    assert_eq!(scene.staying(), 0);
}

#[test]
fn nobody_stays_whom_nobody_will_tell_to_leave() {
    let scene = scene();
    for soon in [None, Some(|| false)] {
        for _ in 0..=2 * CALM {
            scene.readers().read(soon, |reader| reader.one(ONE, &[], |row| row.int(0))).unwrap();
            assert_eq!(scene.staying(), 0);
        }
    }
}

#[test]
fn a_store_that_rests_lets_go_by_itself() {
    let scene = scene();
    let ns = scene.namespace();
    let start = Instant::now();
    while scene.staying() == 0 {
        ns.get::<i32>("k").unwrap();
        assert!(start.elapsed() < Duration::from_secs(10), "no connection stays");
    }
    while scene.staying() > 0 {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody has told the connection to leave");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Somebody who has the write lock may wait for those who stay, and the background for the write lock.
#[test]
fn nobody_stays_while_the_background_is_at_something_else() {
    let scene = scene();
    let (ns, engine) = (scene.namespace(), &scene.store.shared().engine);
    ns.set_with("short", &0, &SetOptions::new().ttl(Duration::from_millis(1))).unwrap();
    let other = connect(engine.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let read = || (0..=2 * CALM).for_each(|_| assert_eq!(ns.get("k").unwrap(), Some(0)));
    std::thread::sleep(Duration::from_millis(5));
    read();
    engine.background.purge_within(Duration::ZERO, || engine.work());
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(scene.staying(), 0, "all leave before it begins");
    read();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(scene.staying(), 0, "and nobody begins to stay while it is under way");
    other.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn a_checkpoint_of_the_handle_is_not_kept_from_the_end_of_the_log() {
    let scene = scene();
    for how in [Checkpoint::Restart, Checkpoint::Truncate] {
        scene.namespace().set("k", &1).unwrap();
        scene.settle();
        scene
            .readers()
            .read(Some(|| true), |_| {
                scene.settle();
                Ok(())
            })
            .unwrap();
        assert_eq!(scene.staying(), 2);
        assert!(scene.readers().checkpoint(how), "{how:?}");
    }
    assert_eq!(scene.readers().log_bytes(), 0);
}

#[test]
fn a_store_is_closed_whoever_stays() {
    let scene = scene();
    scene.settle();
    scene.store.close().unwrap();
    let log = scene.store.shared().engine.path().with_file_name("store-wal");
    assert!(!log.exists(), "the last connection moves the log into the file");
}
