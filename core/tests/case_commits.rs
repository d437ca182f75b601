//! Commits of cases.
//!
//! Goal: a commit takes all of its buffer or tells every mistake in it, each judged by the state as the earlier ones
//! leave it; a case that has moved on is noticed; receipts and summaries tell what happened. Method: small cases by
//! hand, a rule each.

#![allow(missing_docs, clippy::unwrap_used)] // a test states what must be, and fails where it is not

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};

use serde_json::json;
use statehold::{
    Case, CaseFilter, CaseMutation, CaseOptions, CaseStatus, CommitStep, Error, Json, ManualClock,
    ScopeStatus, Store, Token, TokenStatus, UpdateFunction, Updated, Violation,
};

use common::{assert_journal_whole, fast, ms, new_path, still};

fn store() -> Store {
    Store::open(":memory:").unwrap()
}

fn case(store: &Store) -> Case {
    store.create_case(&json!({}), &CaseOptions::new().case_id("c")).unwrap()
}

fn commit(case: &Case) -> u64 {
    case.commit(0).unwrap().unwrap().sequence
}

fn violations(case: &Case) -> Vec<Violation> {
    match case.commit(0).unwrap_err() {
        Error::Validation { subject, violations } => {
            assert_eq!(subject, "case \"c\"");
            violations
        }
        other => panic!("{other:?}"),
    }
}

/// Commits, which must fail with one violation that says so.
fn refused(case: &Case, at: usize, message: &str) {
    let found = violations(case);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].path, format!("[{at}]"));
    assert!(found[0].message.contains(message), "{} does not say {message:?}", found[0].message);
    case.rollback();
}

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

#[test]
fn each_mutation_is_judged_by_what_the_earlier_ones_leave() {
    let store = store();
    let case = case(&store);
    case.add_token(Token::new("t", "a"));
    case.add_token(Token::new("t", "b"));
    refused(&case, 1, "already");
    case.add_token(Token::new("t", "a"));
    case.remove_token("t");
    commit(&case);
    assert!(case.tokens().is_empty() && case.scope("root").unwrap().tokens.is_empty());
    case.enter_scope("s", "root");
    case.add_token(Token::new("t", "a").scope("s"));
    case.exit_scope("s");
    refused(&case, 2, "while token \"t\" is active");
    case.enter_scope("s", "root");
    case.exit_scope("s");
    case.add_token(Token::new("t", "a").scope("s"));
    refused(&case, 2, "is exited");
}

#[test]
fn five_mistakes_are_five_violations_and_nothing_is_applied() {
    let store = store();
    let case = case(&store);
    case.increment_step_count();
    case.buffer(CaseMutation::SetCtx(json("[]")));
    case.remove_token("none");
    case.enter_scope("s", "none");
    case.increment_step_count();
    case.exit_scope("root");
    case.add_token(Token::new("", "a"));
    let before = store.revision().unwrap();
    let found = violations(&case);
    assert_eq!(found.iter().map(|one| &*one.path).collect::<Vec<_>>(), ["[1]", "[2]", "[3]", "[5]", "[6]"]);
    assert_eq!((store.revision().unwrap(), case.metadata().step_count, case.sequence()), (before, 0, 1));
    assert_eq!(case.pending().len(), 7, "the buffer is kept");
    assert_eq!(violations(&case).len(), 5, "and judged again");
    case.rollback();
    assert!(case.pending().is_empty());
    assert_eq!(case.commit(0).unwrap(), None, "nothing was buffered");
    assert_eq!(store.revision().unwrap(), before);
}

#[test]
fn root_stays() {
    let store = store();
    let case = case(&store);
    case.exit_scope("root");
    refused(&case, 0, "root can't be exited");
    case.cancel_scope("root");
    refused(&case, 0, "root can't be cancelled");
    case.enter_scope("root", "root");
    refused(&case, 0, "already");
}

#[test]
fn tokens_are_where_their_scopes_say() {
    let store = store();
    let case = case(&store);
    case.enter_scope("s", "root");
    for id in ["a", "b", "c"] {
        case.add_token(Token::new(id, "start").value(json("[1.0]")));
    }
    commit(&case);
    case.update_token("a", |token| Ok::<_, Error>(Token { ip: "next".to_owned(), ..token }.scope("s")));
    commit(&case);
    assert_eq!(
        (case.scope("root").unwrap().tokens, case.scope("s").unwrap().tokens),
        (vec!["b".into(), "c".into()], vec!["a".into()])
    );
    let token = case.token("a").unwrap();
    assert_eq!((&*token.ip, &*token.scope, token.value.as_str()), ("next", "s", "[1.0]"));
    case.update_token("a", |token| Ok::<_, Error>(Token { id: "z".to_owned(), ..token }));
    refused(&case, 0, "must not change its id");
    case.update_token("a", |token| Ok::<_, Error>(token.scope("none")));
    refused(&case, 0, "no scope \"none\"");
    case.update_token("z", Ok::<_, Error>);
    refused(&case, 0, "no token \"z\"");
    // A token that is over may stay in a scope that is over, but not become active in it.
    case.update_token("a", |token| Ok::<_, Error>(token.status(TokenStatus::Complete)));
    case.exit_scope("s");
    case.update_token("a", |token| Ok::<_, Error>(token.value(json("2"))));
    commit(&case);
    case.update_token("a", |token| Ok::<_, Error>(token.status(TokenStatus::Active)));
    refused(&case, 0, "is exited");
}

#[test]
fn cancelling_reaches_everything_beneath_and_nothing_beside() {
    let store = store();
    let case = case(&store);
    for (id, parent) in
        [("1", "root"), ("2", "1"), ("3", "2"), ("beside", "root"), ("left", "1"), ("deep", "left")]
    {
        case.enter_scope(id, parent);
        case.add_token(Token::new(format!("t{id}"), "x").scope(id));
    }
    case.add_token(Token::new("over", "x").scope("3").status(TokenStatus::Complete));
    case.remove_token("tleft");
    case.exit_scope("left");
    commit(&case);
    case.cancel_scope("1");
    case.enter_scope("4", "3");
    refused(&case, 1, "is cancelled");
    case.cancel_scope("1");
    commit(&case);
    let status = |id: &str| case.scope(id).unwrap().status;
    assert!(["1", "2", "3", "deep"].iter().all(|id| status(id) == ScopeStatus::Cancelled));
    assert_eq!(
        (status("left"), status("beside"), status("root")),
        (ScopeStatus::Exited, ScopeStatus::Active, ScopeStatus::Active)
    );
    let token = |id: &str| case.token(id).unwrap().status;
    assert!(["t1", "t2", "t3", "tdeep"].iter().all(|id| token(id) == TokenStatus::Cancelled));
    assert_eq!((token("over"), token("tbeside")), (TokenStatus::Complete, TokenStatus::Active));
    assert!(case.is_cancelled("3").unwrap() && !case.is_cancelled("beside").unwrap());
    assert_eq!(case.is_cancelled("none").unwrap_err().code(), "NOT_FOUND");
    case.cancel_case();
    commit(&case);
    assert!(case.is_cancelled("root").unwrap() && case.is_cancelled("beside").unwrap());
    assert_eq!(
        (case.status(), case.token("tbeside").unwrap().status),
        (CaseStatus::Cancelled, TokenStatus::Cancelled)
    );
}

#[test]
fn a_closed_case_takes_nothing() {
    let store = store();
    let case = case(&store);
    case.increment_step_count();
    case.set_status(CaseStatus::Running);
    let receipt = case.close(CaseStatus::Failed).unwrap();
    assert_eq!(
        receipt.mutations.iter().map(|one| &*one.name).collect::<Vec<_>>(),
        ["increment_step_count", "set_status", "set_status"]
    );
    assert_eq!((case.status(), case.metadata().step_count), (CaseStatus::Failed, 1));
    case.set_status(CaseStatus::Running);
    refused(&case, 0, "the case is failed");
    assert_eq!(case.close(CaseStatus::Done).unwrap_err().code(), "VALIDATION");
    assert!(case.pending().is_empty(), "what close() has buffered is gone with it");
    assert_eq!(case.close(CaseStatus::Running).unwrap_err().code(), "INVALID_VALUE");
    let other = store.create_case(&json!({}), &CaseOptions::new().case_id("d")).unwrap();
    other.set_status(CaseStatus::Done);
    other.increment_step_count();
    other.update_ctx(|_| -> Result<Json, Error> { panic!("it is not called on a closed case") });
    assert!(matches!(other.commit(0), Err(Error::Validation { violations, .. }) if violations.len() == 2));
}

#[test]
fn a_case_that_moved_on_is_a_conflict_and_a_retry_judges_anew() {
    let store = store();
    let one = case(&store);
    let other = store.case("c").unwrap();
    other.add_token(Token::new("t", "theirs"));
    commit(&other);
    one.add_token(Token::new("u", "mine"));
    let error = one.commit(0).unwrap_err();
    assert!(matches!(&error, Error::Conflict { expected: Some(1), found: Some(2), .. }), "{error:?}");
    assert_eq!((one.pending().len(), one.sequence()), (1, 1));
    assert_eq!(one.commit(1).unwrap().unwrap().sequence, 3);
    assert_eq!(one.tokens().len(), 2);
    other.add_token(Token::new("u", "theirs"));
    assert_eq!(other.commit(5).unwrap_err().code(), "VALIDATION", "it is no longer new");
    assert_eq!(other.sequence(), 3, "the retry has loaded the case");
    other.rollback();
    one.delete().unwrap();
    other.increment_step_count();
    assert_eq!(other.commit(0).unwrap_err().code(), "CONFLICT");
    assert_eq!(other.commit(1).unwrap_err().code(), "NOT_FOUND");
    assert_eq!(one.delete().unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn functions_run_on_what_the_commit_checks() {
    let store = store();
    let case = case(&store);
    let other = store.case("c").unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let (counted, meddler) = (calls.clone(), other.clone());
    case.put_ctx(&json!({"n": 1})).unwrap();
    case.update_ctx(move |ctx| {
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            // Outside of any lock: another commit gets through meanwhile.
            meddler.add_token(Token::new("theirs", "x"));
            meddler.commit(0)?;
        }
        let n = ctx.parse::<serde_json::Value>()?["n"].as_i64().unwrap();
        Json::from_serialize(&json!({"n": n + 1}))
    });
    case.update_token("theirs", |token| Ok::<_, Error>(Token { ip: "mine".to_owned(), ..token }));
    case.commit(3).unwrap();
    assert_eq!((calls.load(Ordering::Relaxed), case.ctx().as_str()), (2, "{\"n\":2}"));
    assert_eq!(case.token("theirs").unwrap().ip, "mine");
    // An error of the function ends the commit, as it is or in words.
    case.increment_step_count();
    case.update_ctx(|_| Err(Error::Closed { what: "the source", advice: "" }));
    assert_eq!(case.commit(0).unwrap_err().code(), "CLOSED");
    assert_eq!(case.pending().len(), 2);
    case.rollback();
    case.update_ctx(|_| Err("no idea"));
    refused(&case, 0, "no idea");
    case.update_ctx(|_| Ok::<_, Error>(Json::new("1").unwrap()));
    refused(&case, 0, "must be an object");
}

#[test]
fn a_commit_step_by_step() {
    let store = store();
    let case = case(&store);
    case.add_token(Token::new("t", "a"));
    case.buffer(CaseMutation::UpdateToken("t".to_owned(), UpdateFunction::foreign(Arc::new(7_u32))));
    case.buffer(CaseMutation::UpdateCtx(UpdateFunction::foreign(Arc::new(8_u32))));
    assert_eq!(case.commit(0).unwrap_err().code(), "INVALID_VALUE", "the core can't call these");
    let other = store.case("c").unwrap();
    other.increment_step_count();
    commit(&other);
    let mut committing = case.begin_commit(1);
    assert!(case.pending().is_empty(), "it is on its way");
    case.set_metadata(&"later").unwrap();
    let mut rounds = 0;
    let receipt = loop {
        rounds += 1;
        let call = committing.next().unwrap().unwrap();
        assert_eq!((call.index, call.function.downcast_ref::<u32>()), (1, Some(&7)));
        assert_eq!(committing.finish().unwrap_err().code(), "INVALID_VALUE", "a function is due");
        let Updated::Token(token) = call.input else { panic!("a token is updated") };
        committing.done(Updated::Token(token.value(json("5")))).unwrap();
        let call = committing.next().unwrap().unwrap();
        assert_eq!((call.index, call.function.downcast_ref::<u32>()), (2, Some(&8)));
        assert_eq!(
            committing.done(Updated::Token(Token::new("t", "a"))).unwrap_err().code(),
            "INVALID_VALUE"
        );
        committing.done(Updated::Ctx(json("{\"x\":1}"))).unwrap();
        assert!(committing.next().unwrap().is_none());
        match committing.finish().unwrap() {
            CommitStep::Again => {}
            CommitStep::Committed(receipt) => break receipt.unwrap(),
        }
    };
    assert_eq!((rounds, receipt.sequence), (2, 3));
    assert_eq!(committing.finish().unwrap_err().code(), "CLOSED");
    drop(committing);
    assert_eq!((case.ctx().as_str(), case.token("t").unwrap().value.as_str()), ("{\"x\":1}", "5"));
    assert_eq!(case.pending().len(), 1, "what was buffered meanwhile is still there");
    drop(case.begin_commit(0));
    assert_eq!(case.pending().len(), 1, "given up, the buffer is as it was");
}

#[test]
fn receipts_tell_what_was_done_and_chain() {
    let clock = ManualClock::new();
    let (_folder, path) = new_path();
    let store = still(&clock).label("worker").open(&path).unwrap();
    let case = case(&store);
    clock.advance(ms(5_000));
    case.add_token(Token::new("t", "a"));
    case.put_ctx(&json!({"n": 1})).unwrap();
    let receipt = case.commit(0).unwrap().unwrap();
    assert_eq!((receipt.sequence, receipt.revision, &*receipt.case_id), (2, 2, "c"));
    assert!(receipt.actor.ends_with("/worker"), "{}", receipt.actor);
    assert_eq!(receipt.time.duration_since(case.metadata().started_at).unwrap(), ms(5_000));
    assert_eq!(case.metadata().last_commit, receipt.time);
    let stored = case.receipts(0, None).unwrap();
    assert_eq!(stored[1], receipt, "what commit() gave is what is stored");
    assert_eq!((&stored[1].previous, &stored[1].before), (&stored[0].hash, &stored[0].after));
    let said: Vec<_> = receipt.mutations.iter().map(|one| (&*one.name, one.id.as_deref())).collect();
    assert_eq!(said, [("add_token", Some("t")), ("set_ctx", None)]);
    assert_eq!(stored[0].before, "0".repeat(64));
    assert!(stored[0].id < stored[1].id, "the ids sort by time");
    assert_eq!(case.receipts(1, Some(5)).unwrap().len(), 1);
    assert_eq!(case.receipts(0, Some(1)).unwrap()[0].sequence, 1);
    assert!(case.receipts(9, None).unwrap().is_empty() && case.receipts(0, Some(0)).unwrap().is_empty());
    let rows = store.journal(1, 1).unwrap();
    let change = &rows[0].changes[0];
    assert_eq!(
        (&*change.facet, &*change.name, &*change.key, &*change.operation),
        ("case", "c", "", "commit")
    );
    // Another handle, and another opening, see the same.
    drop(store);
    let reopened = still(&clock).open(&path).unwrap();
    assert_eq!(reopened.case("c").unwrap().state(), case.state());
    assert_eq!(reopened.case("c").unwrap().receipts(0, None).unwrap(), stored);
}

#[test]
fn ids_contexts_and_sizes_are_checked() {
    let store = Store::options().max_value_bytes(2_000).open(":memory:").unwrap();
    let create = |ctx: serde_json::Value, id: &str| store.create_case(&ctx, &CaseOptions::new().case_id(id));
    assert_eq!(create(json!({}), "").unwrap_err().code(), "INVALID_NAME");
    assert_eq!(create(json!({}), "a\0b").unwrap_err().code(), "INVALID_NAME");
    assert_eq!(create(json!({}), &"x".repeat(256)).unwrap_err().code(), "INVALID_NAME");
    assert_eq!(create(json!([1]), "c").unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(create(json!({"x": "y".repeat(2_000)}), "c").unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(store.case("c").unwrap_err().code(), "NOT_FOUND");
    let case = create(json!({}), "c").unwrap();
    assert_eq!(create(json!({}), "c").unwrap_err().code(), "CONFLICT");
    case.put_ctx(&json!({"x": "y".repeat(2_000)})).unwrap();
    assert_eq!(case.commit(0).unwrap_err().code(), "INVALID_VALUE");
    assert_eq!(case.put_ctx(&f64::NAN).unwrap_err().code(), "INVALID_VALUE");
    case.rollback();
    let made = store.create_case(&json!({}), &CaseOptions::new()).unwrap();
    assert_eq!((made.id().len(), &made.id()[14..15]), (36, "7"), "a UUID of version 7");
    // What a value may hold, a case may hold: 100 levels, verbatim.
    let deep = format!("{{\"x\":{}1.50{}}}", "[".repeat(99), "]".repeat(99));
    let case = store.create_case_json(json(&deep), &CaseOptions::new()).unwrap();
    assert_eq!(store.case(case.id()).unwrap().ctx().as_str(), deep);
}

#[test]
fn mutations_as_json() {
    let read = |text: &str| CaseMutation::from_json(&json(text));
    for text in [
        r#"{"name":"set_ctx","ctx":{"a":1.0}}"#,
        r#"{"name":"add_token","id":"t","ip":"a","scope":"root","value":null,"status":"active"}"#,
        r#"{"name":"remove_token","id":"t"}"#,
        r#"{"name":"enter_scope","id":"s\"","parent":"root"}"#,
        r#"{"name":"exit_scope","id":"s"}"#,
        r#"{"name":"cancel_scope","id":"s"}"#,
        r#"{"name":"increment_step_count"}"#,
        r#"{"name":"set_metadata","term":[1]}"#,
        r#"{"name":"set_status","status":"done"}"#,
    ] {
        assert_eq!(read(text).unwrap().to_json().as_str(), text);
    }
    let short = read(r#"{"name":"add_token","id":"t","ip":"a"}"#).unwrap();
    assert!(matches!(short, CaseMutation::AddToken(token) if token == Token::new("t", "a")));
    for (text, path) in [
        (r#"{"name":"fly"}"#, "$.name"),
        (r#"{"name":"update_ctx"}"#, "$.name"),
        (r#"{"name":"create","state":{}}"#, "$.name"),
        (r#"{"name":"exit_scope"}"#, "$.id"),
        (r#"{"name":"exit_scope","id":"s","ip":"a"}"#, "$.ip"),
        (r#"{"name":"set_status","status":"gone"}"#, "status"),
        (r#"{"name":"exit_scope","id":7}"#, "$"),
        (r#"{"id":"s"}"#, "$"),
    ] {
        assert!(
            matches!(read(text).unwrap_err(), Error::InvalidValue { path: found, .. } if found == path),
            "{text}"
        );
    }
}

#[test]
fn cases_are_listed() {
    let store = store();
    for n in 1..=5 {
        let case = store.create_case(&json!({}), &CaseOptions::new().case_id(format!("c-{n}"))).unwrap();
        for token in 0..n {
            case.add_token(Token::new(token.to_string(), "x"));
        }
        case.increment_step_count();
        commit(&case);
        if n % 2 == 0 {
            case.close(CaseStatus::Done).unwrap();
        }
    }
    let ids = |filter: CaseFilter| -> Vec<String> {
        store.cases(&filter).unwrap().into_iter().map(|one| one.id).collect()
    };
    let all = CaseFilter::new();
    assert_eq!(ids(all.clone()), ["c-1", "c-2", "c-3", "c-4", "c-5"]);
    assert_eq!(ids(all.clone().status(CaseStatus::Done)), ["c-2", "c-4"]);
    assert_eq!(ids(all.clone().status(CaseStatus::Running).start_after("c-1").limit(1)), ["c-3"]);
    assert_eq!(ids(all.clone().pattern("c-[45]")), ["c-4", "c-5"]);
    assert_eq!(ids(all.clone().start_after("c-35").limit(9)), ["c-4", "c-5"]);
    assert!(ids(all.clone().limit(0)).is_empty() && ids(all.clone().pattern("d*")).is_empty());
    assert_eq!(store.cases(&all.pattern("x".repeat(2_000))).unwrap_err().code(), "INVALID_NAME");
    let summary = &store.cases(&CaseFilter::new().pattern("c-3")).unwrap()[0];
    let case = store.case("c-3").unwrap();
    assert_eq!((summary.tokens, summary.step_count, summary.status), (3, 1, CaseStatus::Running));
    assert_eq!((summary.revision, summary.last_commit), (case.revision(), case.metadata().last_commit));
}

#[test]
fn threads_that_share_a_case_lose_nothing() {
    let (_folder, path) = new_path();
    let stores = [fast().open(&path).unwrap(), fast().open(&path).unwrap()];
    case(&stores[0]);
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, barrier) = (&stores[thread % 2], &barrier);
            scope.spawn(move || {
                let case = store.case("c").unwrap();
                barrier.wait();
                for _ in 0..100 {
                    case.increment_step_count();
                    case.commit(1_000).unwrap();
                }
            });
        }
    });
    let case = stores[0].case("c").unwrap();
    assert_eq!((case.metadata().step_count, case.sequence()), (400, 401));
    assert_eq!(case.verify(None).unwrap().problems, []);
    assert_journal_whole(&stores[0]);
}
