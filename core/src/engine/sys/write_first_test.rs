//! Goal: who writes first is for all others a writer like any, and takes no lock but the writer's. Method: what SQLite asks
//! is answered from a list of what may be had; then real connections, of which only one writes first, each of which sees
//! what the others do through the locks alone, and many at once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::Session;
use super::*;

const MARK: Ask = Ask { first: READ + 1, count: 1, flags: TAKE };
const READ_ONE: Ask = Ask { first: READ + 1, count: 1, flags: SHARE };
const READ_NO_MORE: Ask = Ask { first: READ + 1, count: 1, flags: UNSHARE };
const WRITE_ONE: Ask = Ask { first: WRITE, count: 1, flags: TAKE };
const WRITE_NO_MORE: Ask = Ask { first: WRITE, count: 1, flags: LEAVE };
const RESTART: Ask = Ask { first: READ + 1, count: 4, flags: TAKE };
const RECOVER: Ask = Ask { first: CHECKPOINT, count: 2, flags: TAKE };
const RECOVERED: Ask = Ask { first: CHECKPOINT, count: 2, flags: LEAVE };

/// What is answered, and what was really asked for while others had the locks that are `taken`.
fn answers(locks: &mut Locks, asks: &[Ask], taken: &[c_int]) -> (Vec<bool>, Vec<Ask>) {
    let mut asked = Vec::new();
    let real = |ask: Ask| {
        asked.push(ask);
        if ask.flags & ffi::SQLITE_SHM_LOCK != 0 && taken.contains(&ask.first) {
            ffi::SQLITE_BUSY
        } else {
            ffi::SQLITE_OK
        }
    };
    let mut real = real;
    let answers = asks.iter().map(|ask| locks.answer(*ask, &mut real) == ffi::SQLITE_OK).collect();
    (answers, asked)
}

#[test]
fn a_transaction_takes_the_lock_of_the_writer_and_no_other() {
    let mut locks = Locks::default();
    for _ in 0..3 {
        let begin = [MARK, MARK, MARK, MARK, READ_ONE, WRITE_ONE];
        let (given, asked) = answers(&mut locks, &begin, &[]);
        assert_eq!((given, asked), (vec![false, false, false, false, true, true], vec![WRITE_ONE]));
        assert!(!locks.checkpoints && locks.pretended.is_some() && locks.write == Write::Asked);
        // The log is begun anew under the locks of all readers.
        let (given, asked) = answers(&mut locks, &[RESTART], &[]);
        assert_eq!((given, asked), (vec![true], vec![RESTART]));
        let (given, asked) = answers(&mut locks, &[WRITE_NO_MORE, READ_NO_MORE], &[]);
        assert_eq!((given, asked), (vec![true, true], vec![WRITE_NO_MORE]));
    }
}

#[test]
fn while_somebody_else_writes_it_is_as_sqlite_has_it() {
    let mut locks = Locks::default();
    let (given, asked) = answers(&mut locks, &[READ_ONE, WRITE_ONE, READ_NO_MORE], &[WRITE]);
    assert_eq!(given, [true, false, true]);
    assert_eq!(asked, [WRITE_ONE, READ_ONE, WRITE_ONE, READ_NO_MORE]);
    // The writer has come to its end in between.
    assert_eq!(answers(&mut locks, &[READ_ONE], &[WRITE]).1, [WRITE_ONE, READ_ONE]);
    let (given, asked) = answers(&mut locks, &[WRITE_ONE, WRITE_NO_MORE, READ_NO_MORE], &[]);
    assert_eq!((given, asked), (vec![true; 3], vec![WRITE_ONE, WRITE_NO_MORE, READ_NO_MORE]));
}

#[test]
fn who_only_reads_gives_the_lock_back() {
    let mut locks = Locks::default();
    let (given, asked) = answers(&mut locks, &[READ_ONE, READ_NO_MORE], &[]);
    assert_eq!((given, asked), (vec![true, true], vec![WRITE_ONE, WRITE_NO_MORE]));
}

#[test]
fn a_mark_is_moved_where_sqlite_insists_and_where_it_checkpoints_or_recovers() {
    let mut locks = Locks::default();
    let (given, asked) = answers(&mut locks, &[MARK; 6], &[]);
    assert_eq!((given, asked), (vec![false, false, false, false, true, true], vec![MARK, MARK]));
    let mut locks = Locks::default();
    let (given, asked) = answers(&mut locks, &[RECOVER, MARK, RECOVERED, MARK], &[]);
    assert_eq!((given, asked), (vec![true, true, true, false], vec![RECOVER, MARK, RECOVERED]));
    let (given, _) = answers(&mut locks, &[RECOVER, MARK], &[CHECKPOINT]);
    assert_eq!(given, [false, false], "it does not recover if another does");
}

fn plain(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n INTEGER, bytes BLOB);",
        )
        .unwrap();
    connection
}

fn first(path: &Path) -> Session {
    Session::for_writing(plain(path))
}

fn set(connection: &Connection, n: i64) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for id in 0..4 {
        connection.execute("REPLACE INTO t VALUES (?1, ?2, ?3)", (id, n, vec![1_u8; 3_000]))?;
    }
    connection.execute_batch("COMMIT")
}

/// The one number that all rows have; none if they differ.
fn get(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT min(n), max(n) FROM t", [], |row| {
        let (least, most) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?);
        Ok((least == most).then_some(least))
    })
}

/// Whether it could do all, how long the log was, and how much of it is in the file now.
fn checkpoint(connection: &Connection, mode: &str) -> (bool, i64, i64) {
    connection
        .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
            Ok((row.get::<_, i64>(0)? == 0, row.get(1)?, row.get(2)?))
        })
        .unwrap()
}

#[test]
fn nobody_else_writes_meanwhile_and_nothing_is_locked_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (writer, other) = (first(&path), plain(&path));
    let ends = ["COMMIT", "ROLLBACK"];
    for (n, end) in ends.into_iter().cycle().take(6).enumerate() {
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        writer.execute("REPLACE INTO t VALUES (0, ?1, NULL)", [n]).unwrap();
        assert!(set(&other, -1).is_err(), "there are two writers");
        assert!(!checkpoint(&other, "TRUNCATE").0, "the log was begun anew under the writer");
        writer.execute_batch(end).unwrap();
        assert!(!writer.is_reading_unlocked());
        assert_eq!(checkpoint(&other, "TRUNCATE"), (true, 0, 0), "after {end}");
    }
    // Refused, and then reading only.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(set(&writer, -1).is_err());
    assert_eq!(get(&writer).unwrap(), Some(4));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(get(&writer).unwrap(), Some(4));
    set(&other, 9).unwrap();
    assert_eq!(checkpoint(&other, "TRUNCATE"), (true, 0, 0));
    assert_eq!(get(&writer).unwrap(), Some(9));
}

#[test]
fn a_checkpoint_meanwhile_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (writer, other, reader) = (first(&path), plain(&path), plain(&path));
    for n in 0..20 {
        set(&writer, n).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        writer.execute("UPDATE t SET n = ?1 WHERE id = 0", [n + 1]).unwrap();
        // All that is committed goes into the file, whatever mark the writer was content with.
        let (done, length, moved) = checkpoint(&other, "PASSIVE");
        assert!(done && length > 0 && moved == length, "{moved} of {length}");
        // What the writer has not looked at yet it finds as it was.
        writer.execute_batch("PRAGMA shrink_memory").unwrap();
        writer.execute("UPDATE t SET n = n + 1 WHERE id > 0", []).unwrap();
        writer.execute_batch("COMMIT").unwrap();
        assert_eq!(get(&reader).unwrap(), Some(n + 1));
    }
    assert_eq!(reader.query_row("PRAGMA integrity_check", [], |row| row.get(0)), Ok("ok".to_owned()));
}

#[test]
fn a_log_is_begun_anew_over_no_reader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (writer, other, reader) = (first(&path), plain(&path), plain(&path));
    for n in 0..10 {
        set(&writer, n).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        assert_eq!(get(&reader).unwrap(), Some(n));
        // It is in the file, all of it, and the reader still reads it from the log.
        assert!(checkpoint(&other, "PASSIVE").0);
        set(&writer, n + 100).unwrap();
        set(&writer, n + 200).unwrap();
        reader.execute_batch("PRAGMA shrink_memory").unwrap();
        assert_eq!(get(&reader).unwrap(), Some(n));
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(get(&reader).unwrap(), Some(n + 200));
        checkpoint(&other, "PASSIVE");
        let length = checkpoint(&other, "PASSIVE").1;
        set(&writer, n + 300).unwrap();
        assert!(checkpoint(&other, "PASSIVE").1 < length, "without readers it is");
    }
}

#[test]
fn it_checkpoints_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (writer, other) = (first(&path), plain(&path));
    for n in 0..5 {
        set(&other, n).unwrap();
        assert_eq!(get(&other).unwrap(), Some(n));
        set(&writer, n).unwrap();
        let (done, length, moved) = checkpoint(&writer, "PASSIVE");
        assert!(done && length > 0 && moved == length, "{moved} of {length}");
    }
    drop(other);
    drop(writer);
    assert!(!path.with_extension("db-wal").exists(), "the last one leaves no log");
}

#[test]
fn a_query_under_way_at_the_end_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let writer = first(&path);
    set(&writer, 1).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut query = writer.prepare("SELECT n FROM t").unwrap();
    let mut rows = query.query([]).unwrap();
    rows.next().unwrap();
    writer.execute_batch("COMMIT").unwrap();
    assert!(writer.is_reading_unlocked());
    drop(rows);
    assert!(!writer.is_reading_unlocked());
}

#[test]
fn many_at_once_see_whole_commits_and_lose_none() {
    const EACH: i64 = 300;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    set(&plain(&path), 0).unwrap();
    let over = AtomicBool::new(false);
    // Adds one to all rows, reading them first.
    let add = |connection: &Connection| {
        for _ in 0..EACH {
            let asked = Instant::now();
            while connection.execute_batch("BEGIN IMMEDIATE").is_err() {
                assert!(asked.elapsed() < Duration::from_secs(20), "somebody keeps the lock");
                std::thread::yield_now();
            }
            let n = get(connection).unwrap().expect("a writer reads what belongs together");
            connection.execute("UPDATE t SET n = ?1", [n + 1]).unwrap();
            connection.execute_batch("COMMIT").unwrap();
        }
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|at| {
                let (path, add) = (&path, &add);
                // A small cache, so that pages are read again and again.
                let small = "PRAGMA cache_size = 3";
                scope.spawn(move || {
                    if at == 0 {
                        let connection = plain(path);
                        connection.execute_batch(small).unwrap();
                        add(&connection);
                    } else {
                        let session = first(path);
                        session.execute_batch(small).unwrap();
                        add(&session);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let connection = plain(&path);
            for mode in ["PASSIVE", "RESTART", "PASSIVE", "FULL", "TRUNCATE"].into_iter().cycle() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                checkpoint(&connection, mode);
            }
        });
        scope.spawn(|| {
            let connection = plain(&path);
            let mut last = 0;
            while !over.load(Ordering::Relaxed) {
                // Where a checkpoint begins the log anew, SQLite may ask to try again.
                if let Ok(found) = get(&connection) {
                    let found = found.expect("a reader sees whole commits");
                    assert!(found >= last, "{found} after {last}");
                    last = found;
                }
            }
        });
        let writers: Vec<_> = writers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::Relaxed);
        assert!(writers.iter().all(Result::is_ok));
    });
    let connection = plain(&path);
    assert_eq!(get(&connection).unwrap(), Some(4 * EACH));
    assert_eq!(connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)), Ok("ok".to_owned()));
}
