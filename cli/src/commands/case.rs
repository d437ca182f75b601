//! Cases: the state of workflow runs, and their receipts.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value as Document, json};
use statehold::{CaseFilter, CaseProblem, CaseState, CaseStatus};

use super::Run;
use crate::arguments::examples;
use crate::exit;
use crate::failure::Outcome;
use crate::output::{BAD, GOOD, Output, Table, ago, count, moment, paint, rfc3339, shown};

/// Cases: the state of workflow runs, and their receipts
#[derive(Subcommand)]
pub(crate) enum Case {
    Show(Show),
    Ls(Ls),
    Receipts(Receipts),
    Verify(Verify),
}

impl Case {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        match self {
            Self::Show(command) => command.run(run),
            Self::Ls(command) => command.run(run),
            Self::Receipts(command) => command.run(run),
            Self::Verify(command) => command.run(run),
        }
    }
}

/// Show a case: status, context, tokens and scopes
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db case show order-7"))]
pub(crate) struct Show {
    case: String,
    /// As it was at the receipt of this number; it needs a case that keeps its full history
    #[arg(long, value_name = "SEQUENCE")]
    at: Option<u64>,
}

impl Show {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let case = run.open()?.case(&self.case)?;
        let (state, sequence, revision) = match self.at {
            Some(sequence) => (case.at(sequence)?, sequence, None),
            None => (case.state(), case.sequence(), Some(case.revision())),
        };
        let document = json!({
            "id": self.case,
            "status": state.status.as_str(),
            "sequence": sequence,
            "revision": revision,
            "step_count": state.metadata.step_count,
            "started_at": rfc3339(state.metadata.started_at),
            "last_commit": rfc3339(state.metadata.last_commit),
            "term": state.metadata.term,
            "ctx": state.ctx,
            "tokens": tokens(&state),
            "scopes": scopes(&state),
        });
        run.output.answer(&document, |output| {
            let mut about = Table::properties();
            about
                .property("case", &self.case)
                .property("status", state.status)
                .property("receipts", sequence)
                .property_if("revision", revision)
                .property("steps", state.metadata.step_count)
                .property("started", moment(state.metadata.started_at))
                .property("last commit", moment(state.metadata.last_commit))
                .property("context", &state.ctx)
                .property("term", &state.metadata.term);
            output.table(about)?;
            tell_parts(&state, output)
        })?;
        Ok(exit::OK)
    }
}

fn tokens(state: &CaseState) -> Vec<Document> {
    let token = |token: &statehold::Token| {
        json!({
            "id": token.id,
            "ip": token.ip,
            "scope": token.scope,
            "status": token.status.as_str(),
            "value": token.value,
        })
    };
    state.tokens.values().map(token).collect()
}

fn scopes(state: &CaseState) -> Vec<Document> {
    let scope = |scope: &statehold::CaseScope| {
        json!({
            "id": scope.id,
            "parent": scope.parent,
            "status": scope.status.as_str(),
            "entered_at": rfc3339(scope.entered_at),
            "tokens": scope.tokens,
        })
    };
    state.scopes.values().map(scope).collect()
}

fn tell_parts(state: &CaseState, output: &mut Output) -> Result<(), crate::failure::Failure> {
    if !state.tokens.is_empty() {
        let mut tokens = Table::new(["token", "at", "scope", "status", "value"]);
        for token in state.tokens.values() {
            let status = token.status.to_string();
            tokens.row([
                token.id.clone(),
                token.ip.clone(),
                token.scope.clone(),
                status,
                token.value.to_string(),
            ]);
        }
        output.line("")?;
        output.table(tokens)?;
    }
    let mut scopes = Table::new(["scope", "parent", "status", "entered", "tokens"]);
    for scope in state.scopes.values() {
        scopes.row([
            scope.id.clone(),
            scope.parent.clone().unwrap_or_default(),
            scope.status.to_string(),
            moment(scope.entered_at),
            scope.tokens.len().to_string(),
        ]);
    }
    output.line("")?;
    output.table(scopes.right(&[4]))
}

/// List cases
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db case ls", "statehold -s app.db case ls 'order-*' --status running"))]
pub(crate) struct Ls {
    /// Which ids, as *, ?, [a-z], [!a]
    #[arg(default_value = "*")]
    pattern: String,
    /// Only those that stand so: running, cancelled, done, failed
    #[arg(long)]
    status: Option<CaseStatus>,
    /// At most so many
    #[arg(short, long, value_name = "N")]
    limit: Option<usize>,
    /// Only those whose id comes after this one
    #[arg(long, value_name = "ID")]
    start_after: Option<String>,
}

impl Ls {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut filter = CaseFilter::new().pattern(self.pattern);
        filter.status = self.status;
        filter.limit = self.limit;
        filter.start_after = self.start_after;
        let mut table = Table::new(["case", "status", "steps", "tokens", "last commit"]);
        let mut documents = Vec::new();
        for case in run.open()?.cases(&filter)? {
            documents.push(json!({
                "id": case.id,
                "status": case.status.as_str(),
                "step_count": case.step_count,
                "tokens": case.tokens,
                "revision": case.revision,
                "last_commit": rfc3339(case.last_commit),
            }));
            let (steps, tokens) = (case.step_count.to_string(), case.tokens.to_string());
            table.row([case.id, case.status.to_string(), steps, tokens, ago(case.last_commit)]);
        }
        run.output.list(&documents, table.right(&[2, 3]), "there is no such case")?;
        Ok(exit::OK)
    }
}

/// List the receipts of a case
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db case receipts order-7"))]
pub(crate) struct Receipts {
    case: String,
    /// Only those after this number
    #[arg(short, long, value_name = "SEQUENCE", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(short, long, value_name = "N")]
    limit: Option<usize>,
}

impl Receipts {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let mut table = Table::new(["receipt", "revision", "time", "by", "mutations"]);
        let mut documents = Vec::new();
        for receipt in run.open()?.case(&self.case)?.receipts(self.after, self.limit)? {
            documents.push(json!({
                "id": receipt.id,
                "case_id": receipt.case_id,
                "sequence": receipt.sequence,
                "revision": receipt.revision,
                "time": rfc3339(receipt.time),
                "actor": receipt.actor,
                "mutations": receipt.mutations.iter().map(|mutation| {
                    json!({ "name": mutation.name, "id": mutation.id })
                }).collect::<Vec<_>>(),
                "digest": receipt.digest,
                "before": receipt.before,
                "after": receipt.after,
                "previous": receipt.previous,
                "hash": receipt.hash,
            }));
            let named = |mutation: &statehold::ReceiptMutation| match &mutation.id {
                Some(id) => format!("{} {id}", mutation.name),
                None => mutation.name.clone(),
            };
            let mutations = receipt.mutations.iter().map(named).collect::<Vec<_>>().join(", ");
            let (sequence, revision) = (receipt.sequence.to_string(), receipt.revision.to_string());
            table.row([sequence, revision, moment(receipt.time), receipt.actor, mutations]);
        }
        run.output.list(&documents, table.right(&[0, 1]), "there is no such receipt")?;
        Ok(exit::OK)
    }
}

/// Recompute the chain of a case's receipts and its state
#[derive(Args)]
#[command(after_help = examples!("statehold -s app.db case verify order-7"))]
pub(crate) struct Verify {
    case: String,
    /// The archive that older receipts were rotated into
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
}

impl Verify {
    pub(crate) fn run(self, run: &mut Run) -> Outcome {
        let check = run.open()?.case(&self.case)?.verify(self.archive.as_deref())?;
        let document = json!({
            "id": self.case,
            "receipts": check.receipts,
            "archived": check.archived,
            "sequence": check.sequence,
            "problems": check.problems.iter().map(problem).collect::<Vec<_>>(),
        });
        run.output.answer(&document, |output| {
            for problem in &check.problems {
                output.line(format_args!("{} {}", paint("problem:", BAD), shown(&problem_line(problem))))?;
            }
            let (receipts, archived) = (count(check.receipts, "receipt"), check.archived);
            let archived = if archived > 0 { format!(", {archived} in the archive") } else { String::new() };
            if check.problems.is_empty() {
                output.line(format_args!("{}: {receipts}{archived}", paint("all is well", GOOD)))
            } else {
                let found = count(check.problems.len() as u64, "problem");
                output.line(format_args!("{found} in {receipts}{archived}"))
            }
        })?;
        Ok(if check.problems.is_empty() { exit::OK } else { exit::NO })
    }
}

fn problem(problem: &CaseProblem) -> Document {
    json!({
        "case_id": problem.case_id,
        "sequence": problem.sequence,
        "receipt_id": problem.receipt_id,
        "reason": problem.reason,
    })
}

/// A problem for people.
pub(super) fn problem_line(problem: &CaseProblem) -> String {
    let receipt = problem.sequence.map(|sequence| format!(", receipt {sequence}")).unwrap_or_default();
    format!("case {}{receipt}: {}", problem.case_id, problem.reason)
}
