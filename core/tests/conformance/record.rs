//! The records of cases, as the data of the cases of this suite.

use std::collections::BTreeMap;

use statehold::{
    Case, CaseCheck, CaseProblem, CaseReceipt, CaseScope, CaseState, CaseSummary, Error, Json, StoreCheck,
    StoreProblem, Token,
};

use crate::convert::{fields, int, moment, optional, texts};
use crate::format::Data;

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

pub(crate) fn token(found: &Token) -> Data {
    fields([
        ("id", text(&found.id)),
        ("ip", text(&found.ip)),
        ("scope", text(&found.scope)),
        ("value", Data::of_json(&found.value)),
        ("status", text(found.status.as_str())),
    ])
}

/// The token that a function of a case gave.
pub(crate) fn to_token(data: &Data) -> Result<Token, Box<dyn std::error::Error + Send + Sync>> {
    let member = |name: &str| data.member(name).text();
    Ok(Token {
        id: member("id"),
        ip: member("ip"),
        scope: member("scope"),
        value: Json::from_serialize(&data.member("value"))?,
        status: member("status").parse::<statehold::TokenStatus>().map_err(|error: Error| error)?,
    })
}

pub(crate) fn scope(found: &CaseScope) -> Data {
    fields([
        ("id", text(&found.id)),
        ("parent", optional(found.parent.as_deref(), text)),
        ("status", text(found.status.as_str())),
        ("entered_at", moment(found.entered_at)),
        ("tokens", texts(found.tokens.clone())),
    ])
}

fn by_id<T>(all: &BTreeMap<String, T>, data: impl Fn(&T) -> Data) -> Data {
    Data::Map(all.iter().map(|(id, one)| (text(id), data(one))).collect())
}

pub(crate) fn state(found: &CaseState) -> Data {
    let metadata = fields([
        ("step_count", int(found.metadata.step_count)),
        ("started_at", moment(found.metadata.started_at)),
        ("last_commit", moment(found.metadata.last_commit)),
        ("term", Data::of_json(&found.metadata.term)),
    ]);
    fields([
        ("status", text(found.status.as_str())),
        ("ctx", Data::of_json(&found.ctx)),
        ("tokens", by_id(&found.tokens, token)),
        ("scopes", by_id(&found.scopes, scope)),
        ("metadata", metadata),
    ])
}

/// The same of a handle, with what only that knows. What it tells part by part must be what it tells as a whole.
pub(crate) fn state_of(case: &Case) -> Data {
    let whole = case.state();
    assert_eq!((case.status(), case.ctx()), (whole.status, whole.ctx.clone()));
    assert_eq!((case.tokens(), case.scopes()), (whole.tokens.clone(), whole.scopes.clone()));
    assert_eq!(case.metadata(), whole.metadata);
    let mut data = state(&whole);
    data.set_member("sequence", int(case.sequence()));
    data.set_member("revision", int(case.revision()));
    data
}

pub(crate) fn receipt(of: &CaseReceipt) -> Data {
    let mutations = of
        .mutations
        .iter()
        .map(|one| Data::List(vec![text(&one.name), optional(one.id.as_deref(), text)]))
        .collect();
    fields([
        ("id", text(&of.id)),
        ("case_id", text(&of.case_id)),
        ("sequence", int(of.sequence)),
        ("revision", int(of.revision)),
        ("time", moment(of.time)),
        ("actor", text(&of.actor)),
        ("mutations", Data::List(mutations)),
        ("digest", text(&of.digest)),
        ("before", text(&of.before)),
        ("after", text(&of.after)),
        ("previous", text(&of.previous)),
        ("hash", text(&of.hash)),
    ])
}

/// Receipts that follow each other, unless a transaction has not committed them yet.
pub(crate) fn receipts(all: &[CaseReceipt], inside: bool) -> Data {
    for pair in all.windows(2) {
        let [before, after] = pair else { unreachable!() };
        assert_eq!(after.sequence, before.sequence + 1);
        assert_eq!(after.before, before.after);
        assert!(inside || after.previous == before.hash, "{after:?} follows {before:?}");
    }
    Data::List(all.iter().map(receipt).collect())
}

pub(crate) fn summary(found: &CaseSummary) -> Data {
    fields([
        ("id", text(&found.id)),
        ("status", text(found.status.as_str())),
        ("step_count", int(found.step_count)),
        ("tokens", int(found.tokens)),
        ("revision", int(found.revision)),
        ("last_commit", moment(found.last_commit)),
    ])
}

fn problems(all: &[CaseProblem]) -> Data {
    let problem = |one: &CaseProblem| {
        fields([
            ("case_id", text(&one.case_id)),
            ("sequence", optional(one.sequence, int)),
            ("receipt_id", optional(one.receipt_id.as_deref(), text)),
            ("reason", text(&one.reason)),
        ])
    };
    Data::List(all.iter().map(problem).collect())
}

pub(crate) fn case_check(found: &CaseCheck) -> Data {
    fields([
        ("receipts", int(found.receipts)),
        ("archived", int(found.archived)),
        ("sequence", int(found.sequence)),
        ("problems", problems(&found.problems)),
    ])
}

fn store_problem(one: &StoreProblem) -> Data {
    let StoreProblem { facet, subject, reason, advice, .. } = one;
    fields([
        ("facet", text(facet)),
        ("subject", text(subject)),
        ("reason", text(reason)),
        ("advice", text(advice)),
    ])
}

pub(crate) fn store_check(found: &StoreCheck) -> Data {
    fields([
        ("cases", int(found.cases)),
        ("receipts", int(found.receipts)),
        ("revision", int(found.revision)),
        ("commits", int(found.commits)),
        ("problems", Data::List(found.problems.iter().map(store_problem).collect())),
    ])
}
