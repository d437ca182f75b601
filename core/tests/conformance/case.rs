//! The operations of a case: of the store, and of a transaction.

use std::path::PathBuf;

use serde_json::Value as Step;
use statehold::{Case, CaseFilter, CaseMutation, CaseOptions, CaseStatus, Error, Json, RotateOptions, Token};

use crate::convert::{done, fields, int, texts, time};
use crate::execute::{Executor, Failure, Outcome, Target, op};
use crate::format::{Data, START_MS};
use crate::function::Raised;
use crate::record::{
    case_check, receipt, receipts, scope, state, state_of, store_check, summary, to_token, token,
};

/// What a transaction refuses, so that the mode `transaction` does it past them.
pub(crate) const PAST_TRANSACTIONS: &[&str] =
    &["at", "verify", "rotate_receipts", "effect", "crash_effect", "resolve_effect"];

/// A handle of a case, by its id, the name of the handle, and whether it is one of a transaction.
pub(crate) type Handle = ((String, String, bool), Case);

impl Executor<'_> {
    /// Creates a case, or loads it anew.
    fn open_case(&self, target: Target, step: &Step) -> Outcome<Case> {
        let id = step.get("case").map(|id| self.decode(id).text());
        let case = if op(step) == "create_case" {
            let ctx = step["args"].get(0).map_or_else(|| Data::Map(Vec::new()), |ctx| self.decode(ctx));
            let mut options = CaseOptions::new();
            options.case_id = id;
            if let Some(history) = step["with"]["history"].as_str() {
                options = options.history(history.parse()?);
            }
            match target {
                Target::Store => self.store().create_case(&ctx, &options)?,
                Target::Transaction(tx) => tx.create_case(&ctx, &options)?,
            }
        } else {
            match target {
                Target::Store => self.store().case(&id.unwrap())?,
                Target::Transaction(tx) => tx.case(&id.unwrap())?,
            }
        };
        Ok(case)
    }

    fn handle(&self, target: Target, step: &Step) -> Outcome<Case> {
        let handle = step["handle"].as_str().unwrap_or_default().to_owned();
        let inside = matches!(target, Target::Transaction(_));
        if !["create_case", "case"].contains(&op(step)) {
            let name = (self.decode(&step["case"]).text(), handle.clone(), inside);
            if let Some((_, case)) = self.handles.borrow().iter().find(|(known, _)| *known == name) {
                return Ok(case.clone());
            }
        }
        let case = self.open_case(target, step)?;
        let name = (case.id().to_owned(), handle, inside);
        self.handles.borrow_mut().retain(|(known, _)| *known != name);
        self.handles.borrow_mut().push((name, case.clone()));
        Ok(case)
    }

    pub(crate) fn perform_on_case(&self, target: Target, step: &Step) -> Outcome {
        self.do_on_case(target, step).map_err(|failure| match failure {
            // What a function raised comes out as a violation here, where an error has one type.
            Failure::Store(Error::Validation { violations, .. })
                if violations.iter().any(|broken| broken.message.contains(&Raised.to_string())) =>
            {
                Failure::Raised
            }
            other => other,
        })
    }

    fn do_on_case(&self, target: Target, step: &Step) -> Outcome {
        let case = self.handle(target, step)?;
        let arg = |at: usize| self.decode(&step["args"][at]);
        let retry = step["with"]["retry"].as_u64().unwrap_or(0) as u32;
        let committed = |found: Option<_>| found.map_or(Data::Absent, |one| receipt(&one));
        Ok(match op(step) {
            "create_case" => Data::Text(case.id().to_owned()),
            "case" => Data::Absent,
            "buffer" if step["args"][0].get("function").is_some() => {
                done(self.buffer(&case, &step["args"][0])?)
            }
            "buffer" => done(case.buffer(CaseMutation::from_json(&Json::from_serialize(&arg(0))?)?)),
            "quantum" => {
                for mutation in step["args"].as_array().into_iter().flatten() {
                    self.buffer(&case, mutation)?;
                }
                let outcome = case.commit(retry);
                if outcome.is_err() {
                    case.rollback();
                }
                committed(outcome?)
            }
            "put_ctx" => done(case.put_ctx(&arg(0))?),
            "cancel_case" => done(case.cancel_case()),
            "commit" => committed(case.commit(retry)?),
            "rollback" => done(case.rollback()),
            "reload" => done(case.reload()?),
            "close" => {
                let outcome = step["args"][0].as_str().unwrap_or("done").parse::<CaseStatus>()?;
                receipt(&case.close(outcome)?)
            }
            "delete" => done(case.delete()?),
            "pending" => {
                Data::List(case.pending().iter().map(|mutation| Data::of_json(&mutation.to_json())).collect())
            }
            "state" => state_of(&case),
            "token" => case.token(&arg(0).text()).map_or(Data::Absent, |found| token(&found)),
            "scope" => case.scope(&arg(0).text()).map_or(Data::Absent, |found| scope(&found)),
            "is_cancelled" => Data::Bool(case.is_cancelled(&arg(0).text())?),
            "at" => state(&case.at(step["args"][0].as_u64().unwrap())?),
            "snapshot" => serde_json::from_str(&case.snapshot()).unwrap(),
            "restore" => {
                let text = match arg(0) {
                    Data::Text(text) => text,
                    document => serde_json::to_string(&document).unwrap(),
                };
                receipt(&case.restore(&text)?)
            }
            "receipts" => {
                let limit = step["with"]["limit"].as_u64().map(|limit| limit as usize);
                let found = case.receipts(step["with"]["after"].as_u64().unwrap_or(0), limit)?;
                receipts(&found, matches!(target, Target::Transaction(_)))
            }
            "verify" => case_check(&case.verify(self.archive(step).as_deref())?),
            "rotate_receipts" => int(case.rotate_receipts(&self.rotation(step))?),
            _ => return self.effect(&case, step),
        })
    }

    /// Buffers a mutation: by its own method, or in the mode `reopen` as an object.
    fn buffer(&self, case: &Case, mutation: &Step) -> Outcome<()> {
        let text = |name: &str| self.decode(&mutation[name]).text();
        if let Some(function) = mutation.get("function") {
            let function = self.function(function);
            if mutation["name"] == "update_ctx" {
                case.update_ctx(move |ctx| function.migrate(&ctx, 0));
            } else {
                case.update_token(&text("id"), move |found| {
                    to_token(&function.call(Some(token(&found)), 0)?)
                });
            }
            return Ok(());
        }
        let data = self.decode(mutation);
        let with_status = mutation["name"] == "add_token" && mutation.get("status").is_some();
        if self.mode == "reopen" || with_status {
            case.buffer(CaseMutation::from_json(&Json::from_serialize(&data)?)?);
            return Ok(());
        }
        match mutation["name"].as_str().unwrap() {
            "set_ctx" => case.set_ctx(&data.member("ctx"))?,
            "add_token" => case.add_token(Token {
                scope: data.find_member("scope").map_or_else(|| "root".to_owned(), Data::text),
                value: Json::from_serialize(data.find_member("value").unwrap_or(&Data::Null))?,
                ..Token::new(text("id"), text("ip"))
            }),
            "remove_token" => case.remove_token(&text("id")),
            "enter_scope" => {
                let parent = data.find_member("parent").map_or_else(|| "root".to_owned(), Data::text);
                case.enter_scope(&text("id"), &parent);
            }
            "exit_scope" => case.exit_scope(&text("id")),
            "cancel_scope" => case.cancel_scope(&text("id")),
            "increment_step_count" => case.increment_step_count(),
            "set_metadata" => case.set_metadata(&data.member("term"))?,
            "set_status" => case.set_status(text("status").parse()?),
            other => panic!("there is no mutation {other}"),
        }
        Ok(())
    }

    fn archive(&self, step: &Step) -> Option<PathBuf> {
        step["with"].get("archive").map(|archive| self.file(archive))
    }

    fn rotation(&self, step: &Step) -> RotateOptions {
        let mut options = RotateOptions::new();
        options.keep = step["with"]["keep"].as_u64();
        options.before =
            step["with"].get("before").map(|before| time(START_MS + self.decode(before).millis()));
        options.archive = self.archive(step);
        options
    }

    pub(crate) fn cases(&self, target: Target, step: &Step) -> Outcome {
        let with = &step["with"];
        let mut filter = CaseFilter::new();
        filter.status = with["status"].as_str().map(str::parse).transpose()?;
        if let Some(pattern) = with.get("pattern") {
            filter = filter.pattern(self.decode(pattern).text());
        }
        filter.limit = with["limit"].as_u64().map(|limit| limit as usize);
        filter.start_after = with.get("start_after").map(|id| self.decode(id).text());
        let found = match target {
            Target::Store => self.store().cases(&filter)?,
            Target::Transaction(tx) => tx.cases(&filter)?,
        };
        Ok(Data::List(found.iter().map(summary).collect()))
    }

    pub(crate) fn verify_store(&self) -> Outcome {
        Ok(store_check(&self.store().verify()?))
    }

    /// What the store holds of cases: the state of each, and what its receipts say that is the same in every mode.
    pub(crate) fn dump_cases(&self) -> Vec<Data> {
        let store = self.store();
        let dump = |id: &str| {
            let case = store.case(id).unwrap();
            let told = case.receipts(0, None).unwrap().into_iter().map(|one| {
                let names = receipt(&one).member("mutations");
                let digests = texts(vec![one.digest, one.before, one.after]);
                fields([("sequence", int(one.sequence)), ("mutations", names), ("digests", digests)])
            });
            let told = Data::List(told.collect());
            Data::List(vec![serde_json::from_str(&case.snapshot()).unwrap(), told])
        };
        store.cases(&CaseFilter::new()).unwrap().iter().map(|case| dump(&case.id)).collect()
    }
}
