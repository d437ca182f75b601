//! What is done to a case, and how it is made up.

use proptest::prelude::*;
use statehold::{Case, CaseMutation, CaseStatus, Error, Json, Token, TokenStatus};

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Mutate(Mutation),
    Commit,
    Rollback,
    Reopen,
    Rotate,
}

#[derive(Debug, Clone)]
pub(crate) enum Mutation {
    SetCtx(String),
    /// The function adds this at the end of the text of the context, before its brace.
    UpdateCtx(u8),
    AddToken {
        id: String,
        scope: String,
        status: &'static str,
    },
    RemoveToken(String),
    /// The function moves it and sets its status.
    UpdateToken {
        id: String,
        scope: String,
        status: &'static str,
    },
    EnterScope {
        id: String,
        parent: String,
    },
    ExitScope(String),
    CancelScope(String),
    Step,
    SetMetadata(u8),
    SetStatus(&'static str),
}

impl Mutation {
    pub(crate) fn buffer(&self, case: &Case) {
        match self.clone() {
            Self::SetCtx(ctx) => case.buffer(CaseMutation::SetCtx(Json::new(ctx).unwrap())),
            Self::UpdateCtx(n) => case.update_ctx(move |ctx| Json::new(updated(ctx.as_str(), n))),
            Self::AddToken { id, scope, status } => {
                case.add_token(Token::new(id, "start").scope(scope).status(status.parse().unwrap()));
            }
            Self::RemoveToken(id) => case.remove_token(&id),
            Self::UpdateToken { id, scope, status } => case.update_token(&id, move |token| {
                let status: TokenStatus = status.parse()?;
                Ok::<_, Error>(Token { ip: format!("{}.", token.ip), ..token }.scope(&scope).status(status))
            }),
            Self::EnterScope { id, parent } => case.enter_scope(&id, &parent),
            Self::ExitScope(id) => case.exit_scope(&id),
            Self::CancelScope(id) => case.cancel_scope(&id),
            Self::Step => case.increment_step_count(),
            Self::SetMetadata(term) => case.set_metadata(&term).unwrap(),
            Self::SetStatus(status) => case.set_status(status.parse::<CaseStatus>().unwrap()),
        }
    }
}

/// What the function of an update makes of a context.
pub(crate) fn updated(ctx: &str, n: u8) -> String {
    let inner = ctx.trim_start_matches('{').trim_end_matches('}');
    let separator = if inner.is_empty() { "" } else { "," };
    format!("{{{inner}{separator}\"{n}\":{n}}}")
}

fn token() -> impl Strategy<Value = String> {
    (0..5_u8).prop_map(|n| format!("t{n}"))
}

fn scope() -> impl Strategy<Value = String> {
    (0..7_u8).prop_map(|n| if n == 0 { "root".to_owned() } else { format!("s{n}") })
}

fn token_status() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just("active"), 1 => Just("complete"), 1 => Just("cancelled")]
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        1 => prop_oneof![4 => Just("{}"), 4 => Just("{\"a\":[1.0]}"), 1 => Just("[]")].prop_map(|ctx| Mutation::SetCtx(ctx.to_owned())),
        2 => (0..9_u8).prop_map(Mutation::UpdateCtx),
        6 => (token(), scope(), token_status()).prop_map(|(id, scope, status)| Mutation::AddToken { id, scope, status }),
        2 => token().prop_map(Mutation::RemoveToken),
        4 => (token(), scope(), token_status()).prop_map(|(id, scope, status)| Mutation::UpdateToken { id, scope, status }),
        7 => (scope(), scope()).prop_map(|(id, parent)| Mutation::EnterScope { id, parent }),
        2 => scope().prop_map(Mutation::ExitScope),
        2 => scope().prop_map(Mutation::CancelScope),
        2 => Just(Mutation::Step),
        1 => any::<u8>().prop_map(Mutation::SetMetadata),
        1 => prop_oneof![8 => Just("running"), 1 => Just("cancelled"), 1 => Just("done"), 1 => Just("failed")].prop_map(Mutation::SetStatus),
    ]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        20 => mutation().prop_map(Op::Mutate),
        12 => Just(Op::Commit),
        1 => Just(Op::Rollback),
        1 => Just(Op::Reopen),
        1 => Just(Op::Rotate),
    ]
}
