//! Goal: the header tells of every commit of anybody, and of nothing else; what a commit of one's own has made of it is
//! told from what others have made. Method: connections to one file, as different processes would have them.

use std::path::Path;

use super::*;
use crate::engine::connection::holder;
use crate::engine::sys::{in_one_write, log_vfs};

fn open(path: &Path) -> Connection {
    let flags = rusqlite::OpenFlags::default();
    let connection = Connection::open_with_flags_and_vfs(path, flags, log_vfs()).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n INTEGER)",
        )
        .unwrap();
    connection
}

fn put(connection: &Connection, id: i64, n: i64) -> Option<LastFrame> {
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection.execute("REPLACE INTO t VALUES (?1, ?2)", (id, n)).unwrap();
    in_one_write(connection, || connection.execute_batch("COMMIT")).unwrap()
}

fn truncate(connection: &Connection) {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0);
}

#[test]
fn every_commit_changes_it_and_reading_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let (writer, other) = (open(&path), open(&path));
    let index = LogIndex::of(open(&path)).unwrap();
    let mut seen = vec![index.header().unwrap()];
    for n in 0..20 {
        put(if n % 2 == 0 { &writer } else { &other }, 1, n);
        let header = index.header().unwrap();
        assert!(index.is(&header));
        assert!(!seen.iter().any(|earlier| index.is(earlier)), "after commit {n}");
        seen.push(header);
        if n % 5 == 0 {
            truncate(&other);
            assert!(!index.is(&header), "it is safer to look anew when the log has begun anew");
            seen.push(index.header().unwrap());
        }
    }
    let header = index.header().unwrap();
    other.query_row("SELECT sum(n) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
    let passive = other.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(0));
    assert_eq!(passive, Ok(0));
    writer.execute_batch("BEGIN IMMEDIATE; REPLACE INTO t VALUES (1, 99); ROLLBACK").unwrap();
    assert!(index.is(&header));
}

#[test]
fn one_s_own_commit_is_told_from_those_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let (writer, other) = (open(&path), open(&path));
    let index = LogIndex::of(open(&path)).unwrap();
    for round in 0..3 {
        let before = index.header().unwrap();
        let frame = put(&writer, 1, 10 * round).unwrap();
        let after = index.header().unwrap();
        assert!(after.follows(&before, &frame), "round {round}");
        let own = put(&writer, 2, 10 * round).unwrap();
        put(&other, 3, 10 * round);
        let late = index.header().unwrap();
        assert!(!late.follows(&after, &own), "another has committed after it");
        put(&other, 4, 10 * round);
        let own = put(&writer, 2, 10 * round + 1).unwrap();
        assert!(!index.header().unwrap().follows(&late, &own), "another has committed before it");
        // The next round begins the log anew, as a part of the commit itself.
        truncate(&other);
    }
}

#[test]
fn a_commit_that_has_nothing_to_write_has_no_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let (writer, other) = (open(&path), open(&path));
    let index = LogIndex::of(open(&path)).unwrap();
    put(&writer, 1, 7);
    let before = index.header().unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE t SET n = 7 WHERE id = 1").unwrap();
    let frame = in_one_write(&writer, || writer.execute_batch("COMMIT")).unwrap();
    assert_eq!(frame, None);
    assert!(index.is(&before));
    // Had the counter alone been compared, the commit of another would be taken for this one.
    put(&other, 2, 1);
    assert_eq!(index.header().unwrap().number(CHANGES), before.number(CHANGES) + 1);
}

#[test]
fn a_header_that_tells_nothing_is_none_until_it_is_stamped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    drop(open(&path));
    let other = open(&path);
    let index = LogIndex::of(holder(&path).unwrap()).unwrap();
    assert!(index.is_blank() && index.header().is_none(), "the last who closed has left no log");
    index.stamp();
    let header = index.header().unwrap();
    assert!(!index.is_blank() && index.is(&header));
    put(&other, 1, 1);
    assert!(!index.is(&header));
    let before = index.header().unwrap();
    index.stamp();
    assert!(!index.is(&before), "of a log that is not empty it is a checkpoint");
    assert_eq!(std::fs::metadata(path.with_extension("db-wal")).unwrap().len(), 0);
}

#[test]
fn a_header_that_is_being_written_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let writer = open(&path);
    let index = LogIndex::of(open(&path)).unwrap();
    put(&writer, 1, 1);
    let header = index.header().unwrap();
    for (at, word) in index.copies().iter().enumerate() {
        for bit in [0, 31, 32, 63] {
            word.fetch_xor(1 << bit, Ordering::Relaxed);
            assert!(index.header().is_none() && !index.is(&header), "bit {bit} of word {at}");
            word.fetch_xor(1 << bit, Ordering::Relaxed);
        }
    }
    // Both copies alike, and wrong: only the sums tell.
    for copy in [0, WORDS] {
        index.copies()[copy + 2].fetch_xor(1, Ordering::Relaxed);
    }
    assert!(index.header().is_none());
    for copy in [0, WORDS] {
        index.copies()[copy + 2].fetch_xor(1, Ordering::Relaxed);
    }
    assert_eq!(index.header(), Some(header));
}

#[test]
fn without_shared_memory_there_is_none() {
    assert!(LogIndex::of(Connection::open_in_memory().unwrap()).is_err());
    let folder = tempfile::tempdir().unwrap();
    let rollback = Connection::open(folder.path().join("a.db")).unwrap();
    rollback.execute_batch("CREATE TABLE t (id)").unwrap();
    assert!(LogIndex::of(rollback).is_err(), "it has no log");
}
