//! What a worker does with cases.

use anyhow::{Result, bail};
use serde_json::{Value as Data, json};
use statehold::{
    Case, CaseOptions, CaseReceipt, EffectOptions, Error, History, Json, Store, Token, TokenStatus, Value,
};
use statehold_tests::{build, spell};

use super::{Asked, Worker};

impl Worker {
    /// The part of what can be asked that has to do with them.
    pub(super) fn act_on_case(&self, asked: &Asked) -> Result<Data> {
        let (store, id) = (self.store()?, asked.text("case")?);
        match asked.text("do")? {
            "case_make" => make(store, id, &json_of(&asked.0["value"])?),
            "case_state" => state(&store.case(id)?),
            "case_snapshot" => Ok(store.case(id)?.snapshot().into()),
            "case_restore" => {
                let new = store.create_case(&json!({}), &CaseOptions::new().case_id(id))?;
                new.restore(asked.text("snapshot")?)?;
                Ok(Data::Null)
            }
            "case_steps" => steps(&store.case(id)?, asked.text("who")?, asked.number("times")?),
            "case_effect" => {
                let by = || Ok::<_, Error>("by rust");
                let spec = json_of(&asked.0["spec"])?;
                let done = store.case(id)?.effect("greet", &spec, by, &EffectOptions::new())?;
                let value: Option<Data> = done.value.map(|value| value.parse()).transpose()?;
                Ok(json!([done.status.as_str(), value, done.spec_digest, done.attempts]))
            }
            "case_check" => check(store, id),
            other => bail!("{other} is not known"),
        }
    }
}

/// What is described, which must be JSON.
pub(super) fn json_of(described: &Data) -> Result<Json> {
    match build(described)? {
        Value::Json(json) => Ok(json),
        Value::Bytes(_) => bail!("a case holds JSON alone"),
    }
}

/// A case with a bit of everything in it: scopes, one of them cancelled, tokens, a term.
fn make(store: &Store, id: &str, value: &Json) -> Result<Data> {
    let ctx = Json::new(format!("{{\"value\":{value},\"steps\":[]}}"))?;
    let made = store.create_case_json(ctx, &CaseOptions::new().case_id(id).history(History::Full))?;
    made.enter_scope("a", "root");
    made.enter_scope("b", "a");
    made.add_token(Token::new("t1", "start"));
    made.add_token(Token::new("t2", "wait").scope("b").value(value.clone()));
    made.set_metadata(value)?;
    made.commit(0)?;
    made.cancel_scope("a");
    made.increment_step_count();
    made.commit(0)?;
    Ok(Data::Null)
}

/// All that is to be seen of a case, but for times.
fn state(case: &Case) -> Result<Data> {
    let spelled = |json: &Json| spell(&Value::Json(json.clone()));
    let tokens = case
        .tokens()
        .into_values()
        .map(|it| Ok(json!([it.id, it.ip, it.scope, it.status.as_str(), spelled(&it.value)?])));
    let scopes = case.scopes().into_values();
    let scopes: Vec<_> = scopes.map(|it| json!([it.id, it.parent, it.status.as_str(), it.tokens])).collect();
    Ok(json!({
        "status": case.status().as_str(),
        "ctx": spelled(&case.ctx())?,
        "tokens": tokens.collect::<Result<Vec<_>>>()?,
        "scopes": scopes,
        "steps": case.metadata().step_count,
        "term": spelled(&case.metadata().term)?,
    }))
}

/// Commits so often: a word more in the context, a token more in the root, a step more.
fn steps(case: &Case, who: &str, times: u64) -> Result<Data> {
    for n in 0..times {
        let word = who.to_owned();
        case.update_ctx(move |ctx| add_word(&ctx, &word));
        case.add_token(Token::new(format!("{who}-{n}"), "done").status(TokenStatus::Complete));
        case.increment_step_count();
        case.commit(10_000)?;
    }
    Ok(Data::Null)
}

fn add_word(ctx: &Json, word: &str) -> statehold::Result<Json> {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Ctx {
        value: Box<serde_json::value::RawValue>,
        steps: Vec<String>,
    }
    let mut ctx: Ctx = ctx.parse()?;
    ctx.steps.push(word.to_owned());
    Json::from_serialize(&ctx)
}

/// The chain of a case, and what verifying the store says.
fn check(store: &Store, id: &str) -> Result<Data> {
    let told = |it: CaseReceipt| {
        let names: Vec<_> = it.mutations.into_iter().map(|one| one.name).collect();
        json!([it.sequence, names, it.after, it.previous, it.hash])
    };
    let chain: Vec<_> = store.case(id)?.receipts(0, None)?.into_iter().map(told).collect();
    let found = store.verify()?;
    let problems: Vec<_> = found.problems.into_iter().map(|it| it.reason).collect();
    Ok(json!({ "chain": chain, "problems": problems, "receipts": found.receipts }))
}
