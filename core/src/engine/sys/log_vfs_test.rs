//! Goal: a database that is written through the VFS is what it would be without, whatever SQLite does to the
//! log, and a commit is one write. Method: the same work on two databases, compared through another
//! connection of the plain VFS, which reads the log as any other process would.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::*;

fn open(path: &Path, vfs: &CStr) -> Connection {
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs).unwrap();
    connection
        .execute_batch(
            // Without a sync after each commit, which would write what is held.
            "PRAGMA journal_mode = wal; PRAGMA synchronous = NORMAL;
             PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 10;
             CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, bytes BLOB);
             CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY);",
        )
        .unwrap();
    connection
}

fn commit(connection: &Connection) {
    in_one_write(connection, || connection.execute_batch("COMMIT")).unwrap();
}

fn put(connection: &Connection, ids: std::ops::Range<i64>, byte: u8) {
    for id in ids {
        connection.execute("REPLACE INTO t VALUES (?1, ?2)", (id, vec![byte; 3_000])).unwrap();
    }
}

/// A file's frames without what differs from log to log: the salts and the sums made with them.
fn frames(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let log = std::fs::read(path.with_extension("db-wal")).unwrap();
    log[32..].chunks(24 + 4_096).map(|frame| (frame[..8].to_vec(), frame[24..].to_vec())).collect()
}

/// What a connection that knows nothing of ours finds, in a copy without the log's index: it is recovered.
fn recovered(path: &Path) -> Vec<(i64, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(path, &copy).unwrap();
    std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    content(&Connection::open(&copy).unwrap())
}

fn content(connection: &Connection) -> Vec<(i64, Vec<u8>)> {
    let mut rows = connection.prepare("SELECT id, bytes FROM t ORDER BY id").unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_log_holds_what_it_would_without() {
    let folder = tempfile::tempdir().unwrap();
    let written: Vec<_> = [BASE, log_vfs()]
        .into_iter()
        .map(|vfs| {
            let path = folder.path().join(format!("{}.db", vfs.to_str().unwrap()));
            let connection = open(&path, vfs);
            // Commits of a few pages; of more than is held at once; of pages that were spilled before, some
            // of them changed again, which makes SQLite rewrite the sums of their frames; a rollback after a
            // spill; and a log that starts anew.
            for (round, ids) in [0..2, 5..7, 0..40, 0..3].into_iter().enumerate() {
                for spills in [false, true] {
                    connection.pragma_update(None, "cache_spill", spills).unwrap();
                    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                    put(&connection, ids.clone(), 1);
                    put(&connection, ids.clone(), u8::try_from(round).unwrap());
                    connection.execute("INSERT INTO log DEFAULT VALUES", []).unwrap();
                    commit(&connection);
                    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                    put(&connection, 20..60, 99);
                    connection.execute_batch("ROLLBACK").unwrap();
                }
                if round == 1 {
                    connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
                }
            }
            assert_eq!(recovered(&path), content(&connection));
            (frames(&path), content(&connection))
        })
        .collect();
    assert!(written[0].0.len() > 80 && written[0].1.len() == 40);
    assert!(written[0] == written[1], "the logs differ");
}

#[test]
fn another_connection_sees_a_commit_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let (ours, other) = (open(&path, log_vfs()), open(&path, BASE));
    for round in 0..50 {
        ours.execute_batch("BEGIN IMMEDIATE").unwrap();
        put(&ours, 0..round % 7 + 1, u8::try_from(round).unwrap());
        commit(&ours);
        assert_eq!(content(&other), content(&ours));
        // The other one writes where ours would have.
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        put(&other, 3..5, 200);
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(content(&other), content(&ours));
    }
}

#[test]
fn a_rollback_leaves_nothing_to_be_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let (ours, other) = (open(&path, log_vfs()), open(&path, BASE));
    ours.execute_batch("BEGIN IMMEDIATE").unwrap();
    put(&ours, 0..40, 1);
    ours.execute_batch("ROLLBACK").unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    put(&other, 0..40, 2);
    other.execute_batch("COMMIT").unwrap();
    // Reading the log would write whatever was still held.
    assert_eq!(content(&ours).len(), 40);
    ours.execute_batch("BEGIN IMMEDIATE").unwrap();
    put(&ours, 40..41, 3);
    commit(&ours);
    let wanted: Vec<_> = (0..41).map(|id| (id, vec![if id < 40 { 2 } else { 3 }; 3_000])).collect();
    assert!(content(&other) == wanted && recovered(&path) == wanted);
}

#[test]
fn a_log_that_is_laid_out_ahead_is_read_as_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let log = || std::fs::read(path.with_extension("db-wal")).unwrap();
    let (ours, other) = (open(&path, log_vfs()), open(&path, BASE));
    ours.pragma_update(None, "synchronous", "FULL").unwrap();
    let mut wanted = Vec::new();
    for id in 0..30 {
        // Another one that knows nothing of it writes into what was laid out, too.
        let connection = if id % 5 == 4 { &other } else { &ours };
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        put(connection, id..id + 1, 7);
        if id % 5 == 4 {
            connection.execute_batch("COMMIT").unwrap();
        } else {
            commit(connection);
        }
        wanted.push((id, vec![7; 3_000]));
        assert!(content(&other) == wanted && content(&ours) == wanted && recovered(&path) == wanted);
    }
    assert!(log().ends_with(&[0; 24 + 4_096]), "nothing was laid out");
    ours.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert_eq!(log().len(), 0);
    for id in 30..34 {
        ours.execute_batch("BEGIN IMMEDIATE").unwrap();
        put(&ours, id..id + 1, 7);
        commit(&ours);
        wanted.push((id, vec![7; 3_000]));
    }
    assert!(recovered(&path) == wanted);
}

/// Counts the writes of this thread, as the kernel does.
#[cfg(target_os = "linux")]
fn writes() -> Option<u64> {
    let io = std::fs::read_to_string("/proc/thread-self/io").ok()?;
    io.lines().find_map(|line| line.strip_prefix("syscw: "))?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn a_commit_is_one_write() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open(&folder.path().join("t.db"), log_vfs());
    for (synchronous, laid_out) in [("NORMAL", 0), ("FULL", 6)] {
        connection.pragma_update(None, "synchronous", synchronous).unwrap();
        let mut more = 0;
        for id in 0..40 {
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            put(&connection, id..id + 1, 1);
            connection.execute("INSERT INTO log DEFAULT VALUES", []).unwrap();
            let Some(before) = writes() else {
                println!("skipped: the kernel does not count here");
                return;
            };
            commit(&connection);
            more += usize::from(writes().unwrap() - before > 1);
        }
        assert!(more <= laid_out, "{synchronous}: {more} of 40 commits took more");
    }
}
