//! What cases, receipts and effects are told as. JSON crosses as text.

use napi_derive::napi;
use statehold::{Error, Json};

use crate::value::{count, span_ms, time_ms};

/// A logical thread of execution.
#[napi(object)]
pub struct Token {
    /// Which token.
    pub id: String,
    /// Where it stands.
    pub ip: String,
    /// The scope that it is in.
    pub scope: String,
    /// JSON text.
    pub value: String,
    /// How it stands.
    pub status: String,
}

impl From<statehold::Token> for Token {
    fn from(token: statehold::Token) -> Self {
        let statehold::Token { id, ip, scope, value, status } = token;
        Self { id, ip, scope, value: value.into_string(), status: status.to_string() }
    }
}

impl TryFrom<Token> for statehold::Token {
    type Error = Error;

    fn try_from(token: Token) -> Result<Self, Error> {
        let made = Self::new(token.id, token.ip).scope(token.scope).value(Json::new(token.value)?);
        Ok(made.status(token.status.parse()?))
    }
}

/// What is cancelled together.
#[napi(object)]
pub struct CaseScope {
    /// Which scope.
    pub id: String,
    /// The scope around it.
    pub parent: Option<String>,
    /// How it stands.
    pub status: String,
    /// When it was entered, in milliseconds since 1970.
    pub entered_at_ms: f64,
    /// The tokens in it.
    pub tokens: Vec<String>,
}

impl From<statehold::CaseScope> for CaseScope {
    fn from(scope: statehold::CaseScope) -> Self {
        let statehold::CaseScope { id, parent, status, entered_at, tokens } = scope;
        Self { id, parent, status: status.to_string(), entered_at_ms: time_ms(entered_at), tokens }
    }
}

/// What is known of a case besides.
#[napi(object)]
pub struct CaseMetadata {
    /// How often the step count was incremented.
    pub step_count: f64,
    /// When it was created, in milliseconds since 1970.
    pub started_at_ms: f64,
    /// When it was last committed.
    pub last_commit_ms: f64,
    /// JSON text.
    pub term: String,
}

impl From<statehold::CaseMetadata> for CaseMetadata {
    fn from(metadata: statehold::CaseMetadata) -> Self {
        Self {
            step_count: count(metadata.step_count),
            started_at_ms: time_ms(metadata.started_at),
            last_commit_ms: time_ms(metadata.last_commit),
            term: metadata.term.into_string(),
        }
    }
}

/// The state of a case at some receipt.
#[napi(object)]
pub struct CaseState {
    /// How the case stands.
    pub status: String,
    /// JSON text.
    pub ctx: String,
    /// The tokens.
    pub tokens: Vec<Token>,
    /// The scopes.
    pub scopes: Vec<CaseScope>,
    /// What is known of it besides.
    pub metadata: CaseMetadata,
}

impl From<statehold::CaseState> for CaseState {
    fn from(state: statehold::CaseState) -> Self {
        Self {
            status: state.status.to_string(),
            ctx: state.ctx.into_string(),
            tokens: state.tokens.into_values().map(Token::from).collect(),
            scopes: state.scopes.into_values().map(CaseScope::from).collect(),
            metadata: state.metadata.into(),
        }
    }
}

/// What a list shows of a case.
#[napi(object)]
pub struct CaseSummary {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub status: String,
    /// Its step count.
    pub step_count: f64,
    /// How many of its tokens are active.
    pub tokens: f64,
    /// The revision of its last commit.
    pub revision: f64,
    /// When that was, in milliseconds since 1970.
    pub last_commit_ms: f64,
}

impl From<statehold::CaseSummary> for CaseSummary {
    fn from(summary: statehold::CaseSummary) -> Self {
        Self {
            id: summary.id,
            status: summary.status.to_string(),
            step_count: count(summary.step_count),
            tokens: count(summary.tokens),
            revision: count(summary.revision),
            last_commit_ms: time_ms(summary.last_commit),
        }
    }
}

/// Proof of a commit of a case.
#[napi(object)]
pub struct CaseReceipt {
    /// Its id.
    pub id: String,
    /// The case.
    pub case_id: String,
    /// Its number.
    pub sequence: f64,
    /// The store's revision.
    pub revision: f64,
    /// When, in milliseconds since 1970.
    pub time_ms: f64,
    /// Who.
    pub actor: String,
    /// What was done.
    pub mutations: Vec<ReceiptMutation>,
    /// Of the mutations with all that they hold.
    pub digest: String,
    /// Of the state before.
    pub before: String,
    /// Of the state after.
    pub after: String,
    /// The hash of the receipt before.
    pub previous: String,
    /// Of this one.
    pub hash: String,
}

/// A mutation, as a receipt tells it.
#[napi(object)]
pub struct ReceiptMutation {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub id: Option<String>,
}

impl From<statehold::CaseReceipt> for CaseReceipt {
    fn from(receipt: statehold::CaseReceipt) -> Self {
        let mutations = receipt.mutations.into_iter();
        Self {
            id: receipt.id,
            case_id: receipt.case_id,
            sequence: count(receipt.sequence),
            revision: count(receipt.revision),
            time_ms: time_ms(receipt.time),
            actor: receipt.actor,
            mutations: mutations
                .map(|mutation| ReceiptMutation { name: mutation.name, id: mutation.id })
                .collect(),
            digest: receipt.digest,
            before: receipt.before,
            after: receipt.after,
            previous: receipt.previous,
            hash: receipt.hash,
        }
    }
}

/// Something about a case that does not fit.
#[napi(object)]
pub struct CaseProblem {
    /// The case.
    pub case_id: String,
    /// The number of the receipt.
    pub sequence: Option<f64>,
    /// Its id.
    pub receipt_id: Option<String>,
    /// What is wrong.
    pub reason: String,
}

fn problems(found: Vec<statehold::CaseProblem>) -> Vec<CaseProblem> {
    found
        .into_iter()
        .map(|problem| CaseProblem {
            case_id: problem.case_id,
            sequence: problem.sequence.map(count),
            receipt_id: problem.receipt_id,
            reason: problem.reason,
        })
        .collect()
}

/// What a look through a case found.
#[napi(object)]
pub struct CaseCheck {
    /// How many receipts the store has.
    pub receipts: f64,
    /// How many the archive has.
    pub archived: f64,
    /// The number of the last one.
    pub sequence: f64,
    /// What is wrong.
    pub problems: Vec<CaseProblem>,
}

impl From<statehold::CaseCheck> for CaseCheck {
    fn from(check: statehold::CaseCheck) -> Self {
        Self {
            receipts: count(check.receipts),
            archived: count(check.archived),
            sequence: count(check.sequence),
            problems: problems(check.problems),
        }
    }
}

/// An effect.
#[napi(object)]
pub struct EffectResult {
    /// Which effect.
    pub effect_id: String,
    /// Under which key it happens once.
    pub key: String,
    /// How it stands.
    pub status: String,
    /// JSON text.
    pub value: Option<String>,
    /// Why it did not happen.
    pub error: Option<String>,
    /// Of the spec.
    pub spec_digest: String,
    /// Who ran it last.
    pub actor: String,
    /// When it was begun last, in milliseconds since 1970.
    pub started_at_ms: f64,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// How often it was begun.
    pub attempts: f64,
}

impl From<statehold::EffectResult> for EffectResult {
    fn from(result: statehold::EffectResult) -> Self {
        Self {
            effect_id: result.effect_id,
            key: result.key,
            status: result.status.to_string(),
            value: result.value.map(Json::into_string),
            error: result.error,
            spec_digest: result.spec_digest,
            actor: result.actor,
            started_at_ms: time_ms(result.started_at),
            duration_ms: result.duration.map(span_ms),
            attempts: count(result.attempts),
        }
    }
}
