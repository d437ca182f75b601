//! What one process does: it takes the next case of the log and replays it, until none is left.

use std::error::Error as StdError;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};
use statehold::{
    Case, CaseOptions, CaseStatus, EffectOptions, EffectStatus, Error, History, Json, OnDoubt, Result, Store,
    Token,
};

use crate::log::{Event, Log, LoggedCase};

/// The token that stands at what is done.
pub(crate) const TOKEN: &str = "permit";

/// A process that shares the work with others.
pub(crate) struct Worker<'a> {
    /// Who it is. A process that takes the place of one that was killed bears its name, and goes on with its
    /// case.
    pub(crate) name: &'a str,
    pub(crate) store: &'a Store,
    pub(crate) log: &'a Log,
    /// The file to which messages are appended: something outside of the store, for the effects.
    pub(crate) outbox: &'a Path,
}

impl Worker<'_> {
    /// Replays cases until none is left; `after_event` is called after each event that was committed.
    pub(crate) fn run(&self, mut after_event: impl FnMut(&Case)) -> Result<(), Box<dyn StdError>> {
        let mut next = self.claimed_before()?;
        if next.is_none() {
            next = self.claim()?;
        }
        while let Some(logged) = next {
            self.replay(logged, &mut after_event)?;
            next = self.claim()?;
        }
        Ok(())
    }

    /// The case that a process of this name was at, if there was one. It may be finished.
    fn claimed_before(&self) -> Result<Option<&LoggedCase>> {
        let place: Option<usize> = self.store.namespace("claims").get(self.name)?;
        Ok(place.and_then(|place| self.log.cases.get(place)))
    }

    /// Takes the next case of the log. Nobody else gets it: two that read the same number can't both commit.
    fn claim(&self) -> Result<Option<&LoggedCase>> {
        let place = self.store.transaction(|tx| {
            let claims = tx.namespace("claims");
            let next = claims.get("next")?.unwrap_or(0);
            if next < self.log.cases.len() {
                claims.set("next", &(next + 1))?;
                claims.set(self.name, &next)?;
            }
            Ok::<_, Error>(next)
        })?;
        Ok(self.log.cases.get(place))
    }

    /// Replays a case from where it stands, which its step count tells.
    fn replay(
        &self,
        logged: &LoggedCase,
        after_event: &mut impl FnMut(&Case),
    ) -> Result<(), Box<dyn StdError>> {
        let case = match self.store.case(&logged.id) {
            Err(Error::NotFound { .. }) => {
                let ctx = json!({"channel": logged.channel, "handovers": 0});
                let options = CaseOptions::new().case_id(&logged.id).history(History::Full);
                self.store.create_case(&ctx, &options)?
            }
            found => found?,
        };
        let done = usize::try_from(case.metadata().step_count)?;
        for (step, event) in logged.events.iter().enumerate().skip(done) {
            if logged.is_handover(step) {
                self.tell(&case, step, event)?;
            }
            quantum(&case, logged, step);
            if step + 1 < logged.events.len() {
                case.commit(0)?;
            } else {
                case.close(CaseStatus::Done)?;
            }
            after_event(&case);
        }
        Ok(())
    }

    /// Tells a resource that a case has come to it. If this process takes the place of one that was killed
    /// meanwhile, the message may be there already. Twice is better than never here, and `attempts` of the
    /// effect says so.
    fn tell(&self, case: &Case, step: usize, event: &Event) -> Result<(), Box<dyn StdError>> {
        let (key, spec) = (effect_key(step), json!({"to": event.resource, "activity": event.activity}));
        let send = || append(self.outbox, &format!("{}\t{key}\t{}\n", case.id(), event.resource));
        let options = EffectOptions::new().key(key.as_str()).on_doubt(OnDoubt::Retry);
        let told = case.effect("tell", &spec, send, &options)?;
        match told.error {
            Some(error) if told.status != EffectStatus::Ok => {
                Err(format!("{} of {} failed: {error}", told.key, case.id()).into())
            }
            _ => Ok(()),
        }
    }
}

/// The key of the effect that an event may have.
pub(crate) fn effect_key(step: usize) -> String {
    format!("tell:{step}")
}

/// Buffers what an event changes.
fn quantum(case: &Case, logged: &LoggedCase, step: usize) {
    let (event, is_handover) = (&logged.events[step], logged.is_handover(step));
    let token = Token::new(TOKEN, &event.activity).status(logged.token_status_after(step + 1));
    if case.token(TOKEN).is_none() {
        case.add_token(token);
    } else {
        case.update_token(TOKEN, move |_| Ok::<_, Error>(token.clone()));
    }
    let seen = json!({"activity": event.activity, "resource": event.resource, "time": event.time});
    case.update_ctx(move |ctx| {
        let mut ctx: Value = ctx.parse()?;
        for name in ["activity", "resource", "time"] {
            ctx[name] = seen[name].clone();
        }
        ctx["handovers"] = json!(ctx["handovers"].as_u64().unwrap_or(0) + u64::from(is_handover));
        Json::try_from(ctx)
    });
    case.increment_step_count();
}

/// Appends a line as a whole, also when others append to the same file.
fn append(path: &Path, line: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(line.as_bytes())
}
