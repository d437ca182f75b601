//! Tampering.
//!
//! Goal: any change by plain SQL to the receipts, the journal or the state of a case is found by `verify`, or refused by
//! a trigger; what was committed through the library never is; verifying is fast. Method: stores with a good history,
//! copied; in each copy one random change to one random row, half of them with the triggers dropped first. 200 changes
//! in a normal run, 1,000 with `STATEHOLD_LONG=1`. And each kind of change by hand, with what is said of it.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use statehold::{CaseOptions, CaseStatus, EffectOptions, Error, History, RotateOptions, Store, Token};

use common::{Random, beside, fast, new_path, rounds, seed};

/// A store with cases of every kind: names and full histories, rotated ones, closed ones, in transactions.
fn fill(path: &Path) {
    let store = fast().background(false).open(path).unwrap();
    for (id, history) in [("names", History::Names), ("full", History::Full), ("rotated", History::Full)] {
        let case =
            store.create_case(&json!({"n": 0}), &CaseOptions::new().case_id(id).history(history)).unwrap();
        for n in 1..=8 {
            case.add_token(Token::new(format!("t{n}"), "start"));
            case.put_ctx(&json!({"n": n})).unwrap();
            case.increment_step_count();
            case.commit(0).unwrap();
        }
        case.effect("e", &1, || Ok::<_, Error>(1), &EffectOptions::new()).unwrap();
    }
    store.case("rotated").unwrap().rotate_receipts(&RotateOptions::new().keep(4)).unwrap();
    store
        .transaction(|tx| {
            let names = tx.case("names")?;
            names.cancel_case();
            names.commit(0)?;
            tx.create_case(&json!({}), &CaseOptions::new().case_id("gone"))?;
            tx.namespace("a").set("k", &1)
        })
        .unwrap();
    store.case("gone").unwrap().delete().unwrap();
    store.case("full").unwrap().close(CaseStatus::Done).unwrap();
    store.close().unwrap();
}

/// What verifying says of a store that nobody else has open, without the ids of receipts.
fn problems(path: &Path) -> Result<Vec<String>, Error> {
    let store = Store::options().background(false).create(false).open(path)?;
    let said = store.verify()?.problems.into_iter().map(|one| {
        let reason = match one.reason.split_once(" (").filter(|_| one.reason.starts_with("receipt ")) {
            Some((receipt, rest)) => format!("{receipt}: {}", rest.split_once("): ").unwrap_or(("", rest)).1),
            None => one.reason.clone(),
        };
        format!("{} {}: {reason}", one.facet, one.subject)
    });
    Ok(said.collect())
}

fn copy(good: &Path) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = new_path();
    std::fs::copy(good, &path).unwrap();
    (folder, path)
}

const TABLES: [(&str, &str, &[&str]); 3] = [
    (
        "workflow_case",
        "id",
        &[
            "id",
            "status",
            "step_count",
            "active_tokens",
            "sequence",
            "committed_ms",
            "revision",
            "history",
            "anchor_sequence",
            "anchor_hash",
            "digest",
            "state",
            "anchor_state",
        ],
    ),
    (
        "case_receipt",
        "case_id, sequence",
        &[
            "case_id",
            "sequence",
            "id",
            "revision",
            "time_ms",
            "actor",
            "mutations",
            "content",
            "digest",
            "before",
            "after",
            "previous",
            "hash",
        ],
    ),
    ("journal", "revision", &["revision", "time_ms", "actor", "touched", "digest", "previous", "hash"]),
];

/// A value that is another one, of the same type where it has one.
fn altered(value: Value, random: &mut Random) -> Value {
    match value {
        Value::Null => Value::Text("[]".to_owned()),
        Value::Integer(number) => Value::Integer(number + 1 + random.below(3).cast_signed()),
        Value::Text(text) if text.is_empty() || random.below(8) == 0 => Value::Text(text + " "),
        Value::Text(text) => {
            let at = usize::try_from(random.below(text.len() as u64)).unwrap();
            let mut bytes = text.into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            Value::Text(String::from_utf8(bytes).unwrap())
        }
        Value::Blob(mut bytes) => {
            let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
            bytes[at] ^= 1 << random.below(8);
            Value::Blob(bytes)
        }
        Value::Real(_) => unreachable!("no column is a float"),
    }
}

/// One change; none if SQL refused it.
fn change(connection: &Connection, random: &mut Random) -> Option<String> {
    let pick = |random: &mut Random, count: usize| usize::try_from(random.below(count as u64)).unwrap();
    let (table, key, columns) = TABLES[pick(random, 3)];
    let rows: u64 =
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    let (one, other) = (random.below(rows), random.below(rows));
    let at = |n: u64| format!("({key}) = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {n})");
    let column = columns[pick(random, columns.len())];
    match random.below(10) {
        0 => {
            let sql = format!("DELETE FROM {table} WHERE {}", at(one));
            connection.execute(&sql, []).ok().map(|_| sql)
        }
        1 if one != other => {
            // A row is replaced by one of its neighbours, under its own key.
            let rest: Vec<&str> = columns.iter().copied().filter(|column| !key.contains(column)).collect();
            let rest = rest.join(", ");
            let sql = format!(
                "UPDATE {table} SET ({rest}) = (SELECT {rest} FROM {table} WHERE {}) WHERE {}",
                at(other),
                at(one)
            );
            connection.execute(&sql, []).ok().map(|_| sql)
        }
        _ => {
            let old: Value = connection
                .query_row(&format!("SELECT {column} FROM {table} WHERE {}", at(one)), [], |row| row.get(0))
                .unwrap();
            let new = altered(old.clone(), random);
            let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {}", at(one));
            connection.execute(&sql, [&new]).ok().map(|_| format!("{sql}: {old:?} becomes {new:?}"))
        }
    }
}

#[test]
fn every_change_is_found_or_refused() {
    let mut random = Random(seed("every_change_is_found_or_refused"));
    let (_folder, good) = new_path();
    fill(&good);
    let (_copy, untouched) = copy(&good);
    assert_eq!(problems(&untouched).unwrap(), Vec::<String>::new(), "a good store has no problems");
    let (mut refused, mut found) = (0, 0);
    for round in 0..rounds(200, 1_000) {
        let (_folder, path) = copy(&good);
        let connection = Connection::open(&path).unwrap();
        if round % 2 == 0 {
            for trigger in ["case_receipt_is_immutable", "case_receipt_stays", "workflow_case_stays"] {
                connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
            }
        }
        let changed = change(&connection, &mut random);
        drop(connection);
        let Some(changed) = changed else {
            refused += 1;
            continue;
        };
        match problems(&path) {
            Ok(said) => assert!(!said.is_empty(), "not found: {changed}"),
            Err(error) => assert_eq!(error.code(), "CORRUPT", "{changed}: {error:?}"),
        }
        found += 1;
    }
    println!("{found} changes found, {refused} refused");
    assert!(found > refused, "hardly anything was changed");
}

/// Makes a change without the triggers in the way, and asserts that verifying says so.
fn says(good: &Path, sql: &str, expected: &str) {
    let (_folder, path) = copy(good);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("DROP TRIGGER case_receipt_is_immutable; DROP TRIGGER case_receipt_stays; DROP TRIGGER workflow_case_stays")
        .unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let said = problems(&path).unwrap();
    assert!(said.iter().any(|one| one.contains(expected)), "{sql}: {said:?} does not say {expected:?}");
}

#[test]
fn what_is_wrong_is_named() {
    let (_folder, good) = new_path();
    fill(&good);
    let says = |sql: &str, expected: &str| says(&good, sql, expected);
    says(
        "UPDATE case_receipt SET actor = 'me' WHERE case_id = 'full' AND sequence = 3",
        "case full: receipt 3: it was changed",
    );
    says(
        "DELETE FROM case_receipt WHERE case_id = 'full' AND sequence = 3",
        "case full: receipt 4: receipt 2 is followed by 4",
    );
    says(
        "DELETE FROM case_receipt WHERE case_id = 'full' AND sequence = 10",
        "case full: its number of receipts",
    );
    says(
        "UPDATE case_receipt SET content = replace(content, '3', '4') WHERE case_id = 'full' AND sequence = 4",
        "case full: receipt 4: its content was changed",
    );
    says(
        "UPDATE case_receipt SET content = NULL WHERE case_id = 'full' AND sequence = 4",
        "case full: receipt 4: whether it has content",
    );
    says(
        "UPDATE workflow_case SET state = replace(state, '8', '9') WHERE id = 'full'",
        "case full: its state is not the one after",
    );
    says(
        "UPDATE workflow_case SET status = 'running' WHERE id = 'full'",
        "case full: its status, step count or active tokens",
    );
    says(
        "UPDATE workflow_case SET history = 'full' WHERE id = 'names'",
        "case names: receipt 1: whether it has content",
    );
    says(
        "UPDATE workflow_case SET anchor_sequence = 2 WHERE id = 'names'",
        "case names: receipt 1: receipt 2 is followed by 1",
    );
    says(
        "UPDATE workflow_case SET anchor_hash = x'00' WHERE id = 'names'",
        "case names: the hash of its anchor",
    );
    says(
        "UPDATE workflow_case SET anchor_hash = zeroblob(32) WHERE id = 'rotated'",
        "case rotated: receipt 6: it does not follow",
    );
    says(
        "UPDATE workflow_case SET anchor_state = '{}' WHERE id = 'rotated'",
        "case rotated: the state at its anchor",
    );
    says(
        "UPDATE workflow_case SET id = 'other' WHERE id = 'full'",
        "case full: there are receipts or effects of it",
    );
    says(
        "DELETE FROM case_receipt WHERE case_id = 'full'; DELETE FROM case_effect WHERE case_id = 'full'; DELETE FROM workflow_case WHERE id = 'full'",
        "case full: it is gone",
    );
    says(
        "DELETE FROM journal WHERE revision = (SELECT max(revision) FROM journal)",
        "case full: the journal says that revision 20",
    );
    // The tail cut off in all three places, as far as plain SQL goes without rebuilding the chain of the journal.
    says(
        "DELETE FROM case_receipt WHERE case_id = 'rotated' AND sequence = 9;
         UPDATE workflow_case SET (sequence, revision, committed_ms) = (SELECT sequence, revision, time_ms FROM case_receipt WHERE case_id = 'rotated' AND sequence = 8) WHERE id = 'rotated'",
        "case rotated: the journal says",
    );
}

#[test]
fn the_witness_knows_the_end_of_the_journal() {
    let (_folder, path) = new_path();
    fill(&path);
    let store = fast().background(false).open(&path).unwrap();
    store.namespace("a").set("last", &1).unwrap();
    store.close().unwrap();
    drop(store);
    let good = (std::fs::read(&path).unwrap(), beside(&path, "-statehold"));
    assert_eq!(problems(&path).unwrap(), Vec::<String>::new());
    for (sql, expected) in [
        (
            "DELETE FROM journal WHERE revision = (SELECT max(revision) FROM journal)",
            "it was committed, and the journal ends at revision 37",
        ),
        (
            "UPDATE journal SET hash = zeroblob(32) WHERE revision = 38",
            "another commit of this revision was seen",
        ),
    ] {
        std::fs::write(&path, &good.0).unwrap();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let said = problems(&path).unwrap();
        assert!(said.iter().any(|one| one.contains(expected)), "{sql}: {said:?} does not say {expected:?}");
    }
    std::fs::write(&path, &good.0).unwrap();
    std::fs::remove_file(&good.1).unwrap();
    assert_eq!(problems(&path).unwrap(), Vec::<String>::new(), "it is a help, and no part of the store");
}

#[test]
fn receipts_are_guarded_against_plain_sql() {
    let (_folder, path) = new_path();
    fill(&path);
    let connection = Connection::open(&path).unwrap();
    let refused = |sql: &str| connection.execute_batch(sql).unwrap_err().to_string();
    assert!(refused("UPDATE case_receipt SET actor = 'me'").contains("can't be changed"));
    assert!(
        refused("DELETE FROM case_receipt WHERE case_id = 'full'").contains("only be removed by rotation")
    );
    assert!(
        refused("DELETE FROM workflow_case WHERE id = 'full'")
            .contains("can only be deleted through the API")
    );
    let ctx: String =
        connection.query_row("SELECT ctx FROM cases WHERE id = 'full'", [], |row| row.get(0)).unwrap();
    assert_eq!(ctx, "{\"n\":8}");
    let receipts: u64 = connection
        .query_row("SELECT count(*) FROM case_receipts WHERE case_id = 'full'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(receipts, 10);
}

#[test]
fn nothing_is_built_on_a_state_that_was_changed() {
    let (_folder, path) = new_path();
    fill(&path);
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("UPDATE workflow_case SET state = replace(state, '8', '9') WHERE id = 'rotated'")
        .unwrap();
    drop(connection);
    let store = Store::open(&path).unwrap();
    let error = store.case("rotated").unwrap_err();
    assert!(matches!(&error, Error::Corrupt { reason, .. } if reason.contains("verify()")), "{error}");
    store.case("full").unwrap();
}

#[test]
fn a_hundred_thousand_receipts_are_verified_in_seconds() {
    let count = rounds(20_000, 100_000);
    let (_folder, path) = new_path();
    let store = fast().journal_max_rows(1_000).open(&path).unwrap();
    let case = store.create_case(&json!({"n": 1}), &CaseOptions::new()).unwrap();
    for _ in 1..count {
        case.increment_step_count();
        case.commit(0).unwrap();
    }
    let start = Instant::now();
    let check = case.verify(None).unwrap();
    let took = start.elapsed();
    assert_eq!((check.receipts, check.problems), (count as u64, vec![]));
    println!("{count} receipts verified in {took:?}");
    // Far looser than what is promised: this runs without optimisation, and the machine may be busy.
    assert!(took.as_secs() < 20, "it took {took:?}");
    assert_eq!(store.verify().unwrap().problems, []);
}
