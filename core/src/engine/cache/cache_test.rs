//! Goal: what is given out is what the store holds at that moment, whoever commits when. Method: two handles on one
//! store, which are strangers to each other, and each step of a read and of a commit taken by itself, so that a commit
//! comes in between where it hurts. What many processes do at once is tested in `tests/coherence.rs`.

use std::path::Path;

use super::*;
use crate::engine::Engine;
use crate::engine::sys::in_one_write;
use crate::store::Store;

const NAME: &str = "a";
const VALUE: &[u8] = b"what was read before";

struct Scene {
    _folder: tempfile::TempDir,
    /// The handle whose cache is looked at, another one, and one that reads from the file.
    own: Store,
    other: Store,
    third: Store,
    cache: Arc<Cache>,
}

fn open(path: &Path) -> Store {
    let options = Store::options().durability(crate::Durability::Normal).background(false);
    options.cache_bytes(1 << 20).open(path).unwrap()
}

fn set(store: &Store, key: &str, value: u64) {
    store.namespace(NAME).set(key, &value).unwrap();
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let (own, other) = (open(&path), open(&path));
        let third = Store::options().cache_bytes(0).open(&path).unwrap();
        set(&own, "first", 0);
        let engine: &Engine = &own.shared().engine;
        let cache = engine.cache.clone();
        Self { _folder: folder, own, other, third, cache }
    }

    fn miss(&self, key: &str) -> Filling {
        match self.cache.look(NAME, key, |_| Some(())) {
            Looked::Hit(()) => panic!("{key} is known"),
            Looked::Miss(filling) => filling,
        }
    }

    fn fill(&self, filling: &Filling, key: &str) {
        self.cache.fill(filling, &NAME.into(), key, Some(&[VALUE]));
    }

    /// Makes a key known, with what the store does not hold, so that it is seen where it comes from.
    fn plant(&self, key: &str) {
        let filling = self.miss(key);
        self.fill(&filling, key);
        assert!(self.knows(key), "{key}");
    }

    fn knows(&self, key: &str) -> bool {
        let read = |body: Option<&[u8]>| Some(body == Some(VALUE));
        matches!(self.cache.look(NAME, key, read), Looked::Hit(true))
    }

    fn forget(&self) {
        self.cache.shards.iter().for_each(|shard| shard.lock().forget());
    }

    fn knows_all(&self, keys: &[&str]) -> bool {
        matches!(self.cache.look_together(NAME, keys, |_| Some(())), Looked::Hit(found) if found.len() == keys.len())
    }
}

#[test]
fn a_stranger_s_commit_ends_all_that_is_known() {
    let scene = Scene::new();
    scene.plant("a");
    scene.plant("b");
    set(&scene.other, "c", 1);
    assert!(!scene.knows("a") && !scene.knows("b"));
    scene.plant("a");
    // The same value: the entry is not changed, but the journal is.
    set(&scene.other, "c", 1);
    assert!(!scene.knows("a"));
}

#[test]
fn one_s_own_commit_ends_what_it_changes_and_no_more() {
    let scene = Scene::new();
    let ns = scene.own.namespace(NAME);
    for key in ["a", "b", "c", "d"] {
        set(&scene.own, key, 0);
    }
    let changes: [(&str, &dyn Fn()); 6] = [
        ("a", &|| set(&scene.own, "a", 1)),
        ("b", &|| assert!(ns.delete("b").unwrap())),
        ("c", &|| assert!(ns.set_ttl("c", Some(std::time::Duration::from_secs(9))).unwrap())),
        ("c", &|| assert!(ns.touch("c").unwrap())),
        ("new", &|| assert_eq!(ns.increment("new", 1).unwrap(), 1.into())),
        ("d", &|| assert!(ns.pop("d").unwrap().is_some())),
    ];
    for (key, change) in changes {
        scene.plant("stays");
        scene.plant(key);
        change();
        assert!(!scene.knows(key), "{key}");
        assert!(scene.knows("stays"), "{key}");
        scene.forget();
    }
    // What changes nothing keeps all.
    scene.plant("gone");
    assert!(!ns.delete("gone").unwrap());
    assert!(scene.knows("gone"));
    scene.plant("x");
    scene.plant("y");
    scene
        .own
        .transaction(|tx| {
            tx.namespace(NAME).set("x", &1)?;
            tx.namespace("another").set("y", &1).map(drop)
        })
        .unwrap();
    assert!(!scene.knows("x") && scene.knows("y"));
    ns.clear().unwrap();
    assert!(!scene.knows("x"));
}

#[test]
fn what_was_read_before_a_commit_is_not_kept_after_it() {
    let scene = Scene::new();
    for committer in [&scene.own, &scene.other] {
        for committed in ["a", "b"] {
            let filling = scene.miss("a");
            set(committer, committed, 7);
            scene.fill(&filling, "a");
            assert!(!scene.knows("a"), "{committed} was committed while a was read");
        }
    }
    let filling = scene.miss("a");
    scene.other.shared().engine.vacuum().unwrap();
    scene.fill(&filling, "a");
    assert!(!scene.knows("a"), "the file was written anew");
}

#[test]
fn a_stranger_s_commit_is_not_taken_for_one_s_own() {
    // What a commit of the other is told from: the own one wrote nothing, so the counter moved by one all the same.
    let scene = Scene::new();
    scene.plant("a");
    let before = scene.cache.before_commit().unwrap();
    let carrying = scene.cache.committing();
    set(&scene.other, "b", 1);
    let own = open::connect(scene.own.shared().engine.path()).unwrap();
    own.execute_batch("BEGIN IMMEDIATE; UPDATE meta SET value = value").unwrap();
    let frame = in_one_write(&own, || own.execute_batch("COMMIT")).unwrap();
    assert_eq!(frame, None);
    let strangers = LastFrame { salts: [1; 8], sums: [2, 3] };
    scene.cache.committed(&before, &strangers, |_| {});
    drop(carrying);
    assert!(!scene.knows("a"), "the counter alone would have it that nobody else has committed");
}

#[test]
fn while_a_commit_is_under_way_its_header_is_nobody_s() {
    let scene = Scene::new();
    scene.plant("a");
    let carrying = scene.cache.committing();
    set(&scene.other, "b", 1);
    assert!(
        matches!(scene.miss("a"), Filling(None)),
        "it may be that of the commit, which knows what it means"
    );
    assert!(matches!(scene.miss("new"), Filling(None)));
    drop(carrying);
    scene.plant("a");
}

#[test]
fn several_keys_are_of_one_moment() {
    let scene = Scene::new();
    assert!(!scene.knows_all(&["a", "b"]));
    scene.plant("a");
    assert!(!scene.knows_all(&["a", "b"]));
    scene.plant("b");
    assert!(scene.knows_all(&["a", "b"]));
    let filling = scene.miss("none");
    scene.cache.fill(&filling, &NAME.into(), "none", None);
    for (number, committer) in (1..).zip([&scene.other, &scene.own]) {
        std::thread::scope(|scope| {
            let between = |body: Option<&[u8]>| {
                // Between the look at the first key and the one at the second. The commit itself may have to wait for
                // the shard that this is called in, so only its being visible is waited for.
                if body.is_some() {
                    scope.spawn(|| set(committer, "c", number));
                    while scene.third.namespace(NAME).get("c").unwrap() != Some(number) {
                        std::thread::yield_now();
                    }
                }
                Some(())
            };
            let looked = scene.cache.look_together(NAME, &["a", "none"], between);
            assert!(matches!(looked, Looked::Miss(_)), "a commit came between");
        });
        scene.forget();
        scene.plant("a");
        let filling = scene.miss("none");
        scene.cache.fill(&filling, &NAME.into(), "none", None);
        assert!(scene.knows_all(&["a", "none"]));
    }
}

#[test]
fn an_empty_log_is_given_salts_by_the_first_who_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    set(&open(&path), "a", 7);
    let store = open(&path);
    let ns = store.namespace(NAME);
    for _ in 0..5 {
        assert_eq!(ns.get::<u64>("a").unwrap(), Some(7));
    }
    let stats = store.stats();
    assert_eq!((stats.cache_hits, stats.cache_misses), (4, 1));
    assert_eq!(store.stats().checkpoints, 0);
}

#[test]
fn a_closed_cache_gives_its_memory_back_and_knows_nothing() {
    let scene = Scene::new();
    scene.plant("a");
    let filling = scene.miss("b");
    assert!(scene.cache.counts().bytes > 0);
    scene.own.close().unwrap();
    scene.fill(&filling, "b");
    assert!(!scene.knows("a") && !scene.knows("b"));
    assert_eq!(scene.cache.counts().bytes, 0);
    set(&scene.other, "a", 1);
}

#[test]
fn what_is_off_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::options().cache_bytes(0).open(folder.path().join("store")).unwrap();
    set(&store, "a", 1);
    for _ in 0..4 {
        assert_eq!(store.namespace(NAME).get::<u64>("a").unwrap(), Some(1));
    }
    let stats = store.stats();
    assert_eq!((stats.cache_hits, stats.cache_misses, stats.cache_bytes), (0, 0, 0));
}

#[test]
fn the_present_era_is_never_read_half() {
    let eras = Eras::default();
    let changes = 100_000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=changes {
                eras.set_for_test(number);
            }
        });
        let mut last = 0;
        while last < changes {
            let Some(era) = eras.current() else { continue };
            assert!(era.header.0.iter().all(|word| *word == era.number) && era.number >= last, "{era:?}");
            last = era.number;
        }
    });
}
