use std::time::Instant;

use super::*;
use crate::case::change::{content, names, read_content};

fn json(text: &str) -> Json {
    Json::new(text).unwrap()
}

fn fold() -> Fold {
    Fold::new(CaseState::new(json("{}"), 1_000))
}

fn enter(id: &str, parent: &str) -> Change {
    Change::EnterScope { id: id.to_owned(), parent: parent.to_owned(), entered_ms: 2_000 }
}

fn add(id: &str, scope: &str) -> Change {
    Change::AddToken(Token::new(id, "x").scope(scope))
}

/// Applies changes of which all but the last must be allowed, and gives the rule that the last one breaks.
fn broken(changes: &[Change]) -> String {
    let mut fold = fold();
    let (last, first) = changes.split_last().unwrap();
    for change in first {
        fold.apply(change).unwrap();
        fold.state.check().unwrap();
    }
    let before = fold.state.clone();
    let broken = fold.apply(last).unwrap_err();
    assert_eq!(fold.state, before, "what is refused changes nothing");
    broken
}

#[test]
fn each_rule_is_told() {
    let cancel = |id: &str| Change::CancelScope(id.to_owned());
    let exit = |id: &str| Change::ExitScope(id.to_owned());
    for (changes, rule) in [
        (vec![Change::SetCtx(json("[1]"))], "the context must be an object"),
        (vec![Change::UpdateCtx(json(" \"{\""))], "the context must be an object"),
        (vec![add("", "root")], "is not allowed: it is empty"),
        (vec![add(&"x".repeat(256), "root")], "the most is 255"),
        (vec![enter("a\0b", "root")], "NUL"),
        (vec![add("t", "root"), add("t", "root")], "there is a token \"t\" already"),
        (vec![add("t", "s")], "there is no scope \"s\""),
        (vec![enter("s", "root"), exit("s"), add("t", "s")], "scope \"s\" is exited"),
        (vec![Change::RemoveToken("t".to_owned())], "there is no token \"t\""),
        (vec![Change::UpdateToken(Token::new("t", "x"))], "there is no token \"t\""),
        (
            vec![add("t", "root"), Change::UpdateToken(Token::new("t", "x").scope("s"))],
            "there is no scope \"s\"",
        ),
        (vec![enter("s", "none")], "there is no scope \"none\""),
        (vec![enter("s", "root"), enter("s", "root")], "there is a scope \"s\" already"),
        (vec![enter("s", "root"), cancel("s"), enter("u", "s")], "scope \"s\" is cancelled"),
        (vec![enter("s", "root"), add("t", "s"), exit("s")], "can't be exited while token \"t\" is active"),
        (vec![exit("root")], "root can't be exited"),
        (vec![cancel("root")], "root can't be cancelled"),
        (vec![enter("s", "root"), cancel("s"), cancel("s")], "scope \"s\" is cancelled"),
        (vec![Change::SetStatus(CaseStatus::Done), Change::IncrementStepCount], "the case is done"),
        (
            vec![Change::SetStatus(CaseStatus::Done), Change::SetStatus(CaseStatus::Running)],
            "the case is done",
        ),
    ] {
        let told = broken(&changes);
        assert!(told.contains(rule), "{changes:?}: {told:?} does not say {rule:?}");
    }
}

#[test]
fn cancelling_goes_down_through_scopes_that_were_left() {
    let mut fold = fold();
    for change in [
        enter("a", "root"),
        enter("left", "a"),
        enter("deep", "left"),
        add("t", "deep"),
        Change::ExitScope("left".to_owned()),
        enter("beside", "root"),
        Change::CancelScope("a".to_owned()),
        // What came after the first cancellation is known to the second.
        enter("under", "beside"),
        add("u", "under"),
        Change::CancelScope("beside".to_owned()),
    ] {
        fold.apply(&change).unwrap();
        fold.state.check().unwrap();
    }
    let status = |id: &str| fold.state.scopes[id].status;
    assert_eq!((status("deep"), status("left")), (ScopeStatus::Cancelled, ScopeStatus::Exited));
    assert_eq!(status("under"), ScopeStatus::Cancelled);
    assert!(fold.state.tokens.values().all(|token| token.status == TokenStatus::Cancelled));
}

#[test]
fn what_a_receipt_keeps_is_read_as_it_was() {
    let token = Token::new("t \"1\"", "ip\n").value(json("{\"a\":[1.50,null]}"));
    let changes = [
        Change::Create(Box::new(CaseState::new(json("{\"n\" : 1}"), 5))),
        Change::Restore(Box::new(CaseState::new(json("{}"), 6))),
        Change::SetCtx(json("{\"x\":18446744073709551615}")),
        Change::UpdateCtx(json("{}")),
        Change::AddToken(token.clone()),
        Change::UpdateToken(token.status(TokenStatus::Complete)),
        Change::RemoveToken("ü".to_owned()),
        Change::EnterScope { id: "s".to_owned(), parent: "root".to_owned(), entered_ms: -1 },
        Change::ExitScope("s".to_owned()),
        Change::CancelScope("s".to_owned()),
        Change::IncrementStepCount,
        Change::SetMetadata(json("null")),
        Change::SetStatus(CaseStatus::Failed),
    ];
    let mut read = read_content(&content(&changes)).unwrap();
    for (one, other) in read.iter_mut().zip(&changes) {
        // The time of the last commit is that of the receipt, and not in its content.
        if let (Change::Create(one) | Change::Restore(one), Change::Create(other) | Change::Restore(other)) =
            (one, other)
        {
            one.metadata.last_commit = other.metadata.last_commit;
        }
    }
    assert_eq!(read, changes);
    assert_eq!(
        names(&changes[4..8]),
        r#"[["add_token","t \"1\""],["update_token","t \"1\""],["remove_token","ü"],["enter_scope","s"]]"#
    );
}

#[test]
fn ten_thousand_mutations_of_a_kind_are_no_trouble() {
    let start = Instant::now();
    let mut fold = fold();
    let each = |name: &str| (0..10_000).map(|n| format!("{name}{n}")).collect::<Vec<_>>();
    for (at, id) in each("s").iter().enumerate() {
        // Every other one lies in the one before, so that there are depth and width.
        let parent = if at % 2 == 1 { format!("s{}", at - 1) } else { "root".to_owned() };
        fold.apply(&enter(id, &parent)).unwrap();
    }
    for id in each("t") {
        fold.apply(&add(&id, "root")).unwrap();
    }
    for id in each("s").iter().step_by(2) {
        fold.apply(&Change::CancelScope(id.clone())).unwrap();
    }
    for id in each("t") {
        fold.apply(&Change::RemoveToken(id)).unwrap();
    }
    fold.state.check().unwrap();
    assert_eq!(CaseState::parse(&fold.state.text(), from_ms(0)).unwrap().scopes.len(), 10_001);
    // In a build without optimisation.
    assert!(start.elapsed().as_secs() < 20, "it took {:?}", start.elapsed());
}
