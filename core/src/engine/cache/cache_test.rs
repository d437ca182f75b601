//! Goal: what is given out is what the store holds at that moment, whoever commits when. Method: two handles on one
//! store, which are strangers to each other, and each step of a read and of a commit taken by itself, so that a commit
//! comes in between where it hurts. What many processes do at once is tested in `tests/coherence.rs`.

use std::path::Path;

use super::*;
use crate::engine::Engine;
use crate::engine::connection::connect;
use crate::engine::sys::in_one_write;
use crate::store::Store;

const NAME: &str = "a";
const FACET: &str = "namespace";
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
        if self.knows(key) {
            return;
        }
        let filling = self.miss(key);
        self.fill(&filling, key);
        assert!(self.knows(key), "{key}");
    }

    fn knows(&self, key: &str) -> bool {
        let read = |body: Option<&[u8]>| Some(body == Some(VALUE));
        matches!(self.cache.look(NAME, key, read), Looked::Hit(true))
    }

    fn forget(&self) {
        self.cache.shards.iter().for_each(|shard| shard.lock().clear());
    }

    /// How often one has to look until it is not expected any more that somebody tells of a commit.
    fn look_in_vain(&self, key: &str) {
        for _ in 0..100 {
            assert!(!self.knows(key), "{key}");
        }
    }

    /// What somebody commits who knows nothing of statehold.
    fn plain(&self) -> Connection {
        let plain = connect(self.own.shared().engine.path()).unwrap();
        plain.execute_batch("CREATE TABLE IF NOT EXISTS plain (n); INSERT INTO plain VALUES (1)").unwrap();
        plain
    }

    fn knows_all(&self, keys: &[&str]) -> bool {
        matches!(self.cache.look_together(NAME, keys, |_| Some(())), Looked::Hit(found) if found.len() == keys.len())
    }
}

/// A key that has the same counter as this one.
fn meeting(key: &str) -> String {
    let place = Places::of(FACET).place(NAME, key);
    let mut others = (0..).map(|number: u64| format!("meeting {number}"));
    others.find(|other| Places::of(FACET).place(NAME, other) == place).unwrap()
}

#[test]
fn a_stranger_s_commit_ends_what_it_changes_and_no_more() {
    let scene = Scene::new();
    for stranger in [&scene.other, &scene.third] {
        scene.plant("a");
        scene.plant("b");
        scene.plant("c");
        set(stranger, "b", 1);
        assert!(scene.knows("a") && !scene.knows("b") && scene.knows("c"));
        scene.plant("b");
        // The same value: the entry is not changed, but what is known of it is.
        set(stranger, "b", 1);
        assert!(scene.knows("a") && !scene.knows("b"));
        scene.plant("b");
        assert!(stranger.namespace(NAME).delete("c").unwrap_or(false) || !scene.knows("none"));
        stranger.namespace("another").set("a", &1).unwrap();
        stranger.plugin("a").save(&1).unwrap();
        assert!(scene.knows("a") && scene.knows("b"));
        scene.forget();
    }
}

#[test]
fn keys_that_meet_end_together_unless_one_has_committed_oneself() {
    let scene = Scene::new();
    let other = meeting("a");
    scene.plant("a");
    set(&scene.own, &other, 1);
    assert!(scene.knows("a"), "one knows oneself what it was");
    set(&scene.other, &other, 2);
    assert!(!scene.knows("a"), "nobody knows which of them it was");
    scene.plant("a");
    set(&scene.other, &other, 3);
    set(&scene.own, &other, 4);
    assert!(!scene.knows("a"), "of two only one was one's own");
}

#[test]
fn a_commit_of_very_many_keys_ends_everything_for_others() {
    let scene = Scene::new();
    let many = |count: usize, value: u64| {
        (0..count).map(move |number| (format!("many {number}"), crate::Value::json(&value).unwrap()))
    };
    scene.plant("a");
    scene.other.namespace(NAME).batch_set(many(BULK, 1), None).unwrap();
    let known = |key: &str| scene.knows(key);
    assert!(!known("many 0") && !known(&format!("many {}", BULK - 1)));
    let epoch = scene.cache.generations.epoch();
    scene.plant("a");
    scene.other.namespace(NAME).batch_set(many(2 * BULK, 2), None).unwrap();
    assert!(!known("a") && !known(&format!("many {}", 2 * BULK - 1)));
    assert_eq!(scene.cache.generations.epoch(), epoch + 1);
    // One's own ends what it changes.
    scene.plant("a");
    scene.plant(&format!("many {}", 2 * BULK - 1));
    scene.own.namespace(NAME).batch_set(many(2 * BULK, 3), None).unwrap();
    assert!(known("a") && !known(&format!("many {}", 2 * BULK - 1)));
    assert_eq!(scene.cache.generations.epoch(), epoch + 2);
    set(&scene.other, "b", 1);
    assert!(known("a"));
    assert!(scene.other.namespace(NAME).clear().unwrap() > 2 * BULK as u64);
    assert!(!known("a"));
}

#[test]
fn who_tells_nothing_ends_everything() {
    let scene = Scene::new();
    for tells_next in [&scene.other, &scene.own] {
        scene.plant("a");
        drop(scene.plain());
        scene.look_in_vain("a");
        scene.plant("a");
        assert!(scene.knows("a"), "it can be kept again");
        drop(scene.plain());
        set(tells_next, "b", 1);
        assert!(!scene.knows("a"), "what came before the last commit was not told");
        scene.plant("a");
        set(&scene.other, "b", 2);
        assert!(scene.knows("a"), "all is told again");
    }
    scene.plant("a");
    scene.other.shared().engine.vacuum().unwrap();
    set(&scene.other, "b", 3);
    assert!(!scene.knows("a"), "the file was written anew");
}

#[test]
fn those_who_have_different_companions_tell_each_other_nothing() {
    let scene = Scene::new();
    let path = scene.own.shared().engine.path().to_owned();
    std::fs::remove_file(Companion::path_of(&path)).unwrap();
    let late = open(&path);
    for number in 0..3 {
        scene.plant("a");
        set(&late, "a", number);
        scene.look_in_vain("a");
        scene.plant("a");
        set(&late, "a", number + 10);
        set(&scene.other, "b", number);
        assert!(!scene.knows("a"), "the other has found a commit that it was not told of");
    }
    let cache = &late.shared().engine.cache;
    for key in ["x", "y"] {
        let Looked::Miss(filling) = cache.look(NAME, key, |_| Some(())) else { panic!("{key}") };
        cache.fill(&filling, &NAME.into(), key, None);
    }
    set(&scene.other, "x", 1);
    set(&late, "z", 1);
    for key in ["x", "y"] {
        assert!(matches!(cache.look(NAME, key, |_| Some(())), Looked::Miss(_)), "{key}");
    }
}

/// What three who commit do one after the other: at each place the one who does something. The first time he commits,
/// the second time he tells it. They commit in the order of their numbers.
fn orders() -> Vec<[usize; 6]> {
    let mut found = Vec::new();
    for number in 0..3_usize.pow(6) {
        let order: [usize; 6] =
            std::array::from_fn(|at| number / 3_usize.pow(u32::try_from(at).unwrap()) % 3);
        let first = |who: usize| order.iter().position(|&at| at == who);
        if (0..3).all(|who| order.iter().filter(|&&at| at == who).count() == 2)
            && first(0) < first(1)
            && first(1) < first(2)
        {
            found.push(order);
        }
    }
    found
}

#[test]
fn in_whatever_order_commits_are_told_nothing_is_missed() {
    let scene = Scene::new();
    let path = scene.own.shared().engine.path();
    let connections: [Connection; 3] = std::array::from_fn(|_| scene.plain());
    let tellers = [&scene.other, &scene.third, &scene.other].map(|store| store.shared().engine.cache.clone());
    assert!(tellers.iter().all(|cache| !Arc::ptr_eq(cache, &scene.cache)) && path.exists());
    // How often each key was changed: what is kept of it.
    let mut truth = [0_u64; 2];
    let (mut kept, mut looks) = (0, 0);
    let keys = ["a", "b"];
    for order in orders() {
        // Which key each of them changes, and who of them gets to tell it.
        // And whether one looks so often that what is not told is given up, or it is still awaited at the next step.
        for choice in 0..64_usize {
            let changes = |who: usize| choice << 1 >> who & 1;
            let tells = |who: usize| choice >> (2 + who) & 1 == 1;
            let most = if choice >> 5 == 1 { 40 } else { 1 };
            let mut begun: [Option<(LogHeader, LastFrame)>; 3] = [None; 3];
            for who in order {
                let (connection, key) = (&connections[who], keys[changes(who)]);
                if let Some((before, frame)) = begun[who] {
                    if tells(who) {
                        let touch = Touch { facet: FACET, name: NAME, key, operation: "set" };
                        tellers[who].committed(connection, Some(&before), &frame, |visit| visit(&touch));
                    }
                } else {
                    connection.execute_batch("BEGIN IMMEDIATE; UPDATE plain SET n = n + 1").unwrap();
                    let before = LogHeader::of(connection).unwrap();
                    let frame = in_one_write(connection, || connection.execute_batch("COMMIT")).unwrap();
                    begun[who] = frame.map(|frame| (before, frame));
                    truth[changes(who)] += 1;
                }
                for (key, truth) in keys.iter().zip(truth) {
                    looks += 1;
                    for again in 0..most {
                        match scene.cache.look(NAME, key, |body| body.map(<[u8]>::to_vec)) {
                            Looked::Hit(found) => {
                                assert_eq!(found, truth.to_ne_bytes(), "{key}: {order:?} {choice:06b}");
                                kept += u32::from(again == 0);
                                break;
                            }
                            Looked::Miss(filling) => {
                                let body: &[&[u8]] = &[&truth.to_ne_bytes()];
                                scene.cache.fill(&filling, &NAME.into(), key, Some(body));
                            }
                        }
                    }
                }
            }
        }
    }
    println!("{kept} of {looks} looks were answered");
    assert!(kept * 10 > looks, "{kept} of {looks}: too few to show anything");
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
    drop(scene.plain());
    scene.look_in_vain("a");
    scene.plant("a");
    let own = connect(scene.own.shared().engine.path()).unwrap();
    own.execute_batch("SELECT * FROM meta").unwrap();
    let before = LogHeader::of(&own).unwrap();
    let carrying = scene.cache.committing();
    drop(scene.plain());
    let strangers = LastFrame { salts: [1; 8], sums: [2, 3] };
    scene.cache.committed(&own, Some(&before), &strangers, |_| {});
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
    assert!(scene.knows("a"), "it was told meanwhile what it means");
    scene.plant("new");
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

#[test]
fn what_was_changed_is_told_from_header_to_header_unless_somebody_else_has_committed() {
    let scene = Scene::new();
    scene.plant("a");
    scene.cache.links.want();
    let header = || {
        let shard = scene.cache.shards[0].lock();
        shard.index.as_ref().and_then(|index| index.header()).expect("nobody is committing")
    };
    let told = |from: &LogHeader, to: &LogHeader| match scene.cache.changed_between(from, to) {
        Poll::Ready(changed) => {
            changed.map(|changed| changed.iter().map(|(_, key)| &**key).collect::<Vec<_>>().join(" "))
        }
        Poll::Pending => panic!("nobody is committing"),
    };
    let own = scene.own.namespace(NAME);
    let first = header();
    set(&scene.own, "b", 1);
    let second = header();
    own.batch_set([("c", 1), ("d", 2)].map(|(key, value)| (key, crate::Value::json(&value).unwrap())), None)
        .unwrap();
    own.delete("b").unwrap();
    scene.own.plugin("p").save(&1).unwrap();
    let third = header();
    assert_eq!(told(&first, &second).as_deref(), Some("b"));
    assert_eq!(told(&second, &third).as_deref(), Some("c d b"));
    assert_eq!(told(&first, &third).as_deref(), Some("b c d b"));

    for stranger in [|scene: &Scene| set(&scene.other, "a", 1), |scene: &Scene| drop(scene.plain())] {
        let before = header();
        stranger(&scene);
        let between = header();
        set(&scene.own, "b", 2);
        let after = header();
        assert_eq!(told(&before, &between), None);
        assert_eq!(told(&before, &after), None);
        assert_eq!(told(&first, &after), None);
        assert_eq!(told(&between, &after).as_deref(), Some("b"));
    }

    let before = header();
    let many = (0..=MOST_KEYS).map(|number| (format!("many {number}"), crate::Value::json(&1).unwrap()));
    own.batch_set(many, None).unwrap();
    assert_eq!(told(&before, &header()), None, "it is not remembered");
}
