//! From a new state to the statements that commit it, with its receipt.

use std::sync::Arc;

use super::change::{Change, content, names};
use super::loaded::{History, Loaded};
use super::receipt::{CaseReceipt, ReceiptMutation, genesis};
use super::state::CaseState;
use super::{FACET, sql};
use crate::clock::from_ms;
use crate::engine::request::{Check, Effect, Expected, Param, Statement, Written};
use crate::error::{Error, Result};
use crate::ids::{hex, time_id};

/// A commit of one case that was decided on: what is known of it before its turn.
#[derive(Debug)]
pub(crate) struct Planned {
    case_id: Arc<str>,
    operation: &'static str,
    history: History,
    receipt_id: String,
    pub(super) sequence: u64,
    anchor_sequence: u64,
    now_ms: i64,
    mutations: Vec<ReceiptMutation>,
    names: String,
    content: Option<String>,
    digest: [u8; 32],
    before: [u8; 32],
    after: [u8; 32],
    state: CaseState,
    text: Arc<str>,
}

impl Planned {
    /// A first commit (`base` none) or a further one.
    pub(super) fn new(
        case_id: &Arc<str>,
        base: Option<&Loaded>,
        history: History,
        changes: &[Change],
        state: CaseState,
        (now_ms, most_bytes): (i64, usize),
    ) -> Result<Self> {
        let text = state.text();
        if text.len() > most_bytes {
            let reason = format!(
                "the state of case {case_id:?} would have {} bytes, the most is {most_bytes} (max_value_bytes)",
                text.len()
            );
            return Err(Error::value("$", reason));
        }
        let content = content(changes);
        Ok(Self {
            case_id: case_id.clone(),
            operation: match changes.first() {
                Some(Change::Create(_)) => "create",
                Some(Change::Restore(_)) => "restore",
                _ => "commit",
            },
            history,
            receipt_id: time_id(now_ms),
            sequence: base.map_or(0, |base| base.sequence) + 1,
            anchor_sequence: base.map_or(0, |base| base.anchor_sequence),
            now_ms,
            mutations: changes.iter().map(Change::mutation).collect(),
            names: names(changes),
            digest: *blake3::hash(content.as_bytes()).as_bytes(),
            content: (history == History::Full).then_some(content),
            before: base.map_or([0; 32], |base| base.digest),
            after: *blake3::hash(text.as_bytes()).as_bytes(),
            state,
            text: text.into(),
        })
    }

    /// The receipt, and then the state. `previous` is the hash of the receipt before, or where it is found.
    pub(super) fn statements(&self, previous: Option<Param>) -> [Statement; 2] {
        let id = || Param::text(&*self.case_id);
        let number = |number: u64| Param::Int(number.cast_signed());
        let previous = previous.unwrap_or_else(|| Param::blob(genesis(&self.case_id)));
        let [digest, before, after] = [self.digest, self.before, self.after].map(Param::blob);
        // What is hashed, in this order, is a part of the format.
        let said = [
            id(),
            number(self.sequence),
            Param::text(&*self.receipt_id),
            Param::Revision,
            Param::Now,
            Param::Actor,
            Param::text(&*self.names),
            digest,
            before,
            after.clone(),
            previous,
        ];
        let mut params = said.to_vec();
        params.insert(7, self.content.as_deref().map_or(Param::Null, Param::text));
        params.push(Param::Digest(said.into()));
        let receipt = Statement { sql: sql::ADD_RECEIPT, params, effect: Effect::Silent };

        let mut params = vec![
            id(),
            Param::text(self.state.status.as_str()),
            number(self.state.metadata.step_count),
            number(self.state.active_tokens()),
            number(self.sequence),
            Param::Now,
            Param::Revision,
            after,
            Param::text(&*self.text),
        ];
        let creates = self.operation == "create";
        if creates {
            params.extend([Param::text(self.history.as_str()), Param::blob(genesis(&self.case_id))]);
        }
        let effect = Effect::Whole {
            facet: FACET,
            name: self.case_id.clone(),
            operation: self.operation,
            value: Written::Param(8),
        };
        [receipt, Statement { sql: if creates { sql::CREATE } else { sql::UPDATE }, params, effect }]
    }

    /// The receipt as far as it is known inside a transaction.
    pub(super) fn receipt(&self) -> CaseReceipt {
        CaseReceipt {
            id: self.receipt_id.clone(),
            case_id: self.case_id.to_string(),
            sequence: self.sequence,
            revision: 0,
            time: from_ms(self.now_ms),
            actor: String::new(),
            mutations: self.mutations.clone(),
            digest: hex(&self.digest),
            before: hex(&self.before),
            after: hex(&self.after),
            previous: String::new(),
            hash: String::new(),
        }
    }

    /// What the next commit is built on, inside a transaction.
    pub(super) fn pending(&self) -> Loaded {
        self.loaded(0, self.now_ms, None)
    }

    pub(super) fn loaded(&self, revision: u64, time_ms: i64, hash: Option<[u8; 32]>) -> Loaded {
        let mut state = self.state.clone();
        state.metadata.last_commit = from_ms(time_ms);
        Loaded {
            revision,
            sequence: self.sequence,
            history: self.history,
            anchor_sequence: self.anchor_sequence,
            digest: self.after,
            state,
            receipt_id: self.receipt_id.clone(),
            hash,
        }
    }
}

/// A check of a case's revision; 0: that there is none.
pub(super) fn revision_check(case_id: &str, revision: u64) -> Check {
    Check::Number {
        sql: sql::REVISION,
        params: vec![Param::text(case_id)],
        expected: Expected::Exactly(revision),
        subject: subject(case_id),
    }
}

/// What an error calls a case.
pub(super) fn subject(case_id: &str) -> String {
    format!("case {case_id:?}")
}

/// The statements that remove a case with all that belongs to it. The last one tells whether it was there.
pub(super) fn delete(case_id: &Arc<str>) -> [Statement; 4] {
    let statement = |sql, effect| Statement { sql, params: vec![Param::text(&**case_id)], effect };
    let whole =
        Effect::Whole { facet: FACET, name: case_id.clone(), operation: "delete", value: Written::Nothing };
    [
        statement(sql::RELEASE, Effect::Silent),
        statement(sql::DELETE_RECEIPTS, Effect::Silent),
        statement(sql::DELETE_EFFECTS, Effect::Silent),
        statement(sql::DELETE, whole),
    ]
}
