//! Whether the store has what the log says, and whether it would notice if it had not.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::path::Path;

use statehold::{Case, CaseState, CaseStatus, EffectStatus, Store, StoreProblem};

use crate::log::{Log, LoggedCase};
use crate::worker::{TOKEN, effect_key};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is wrong with the case of the log, if anything is, at the step at which it stands.
pub(crate) fn disagreement(state: &CaseState, logged: &LoggedCase) -> Result<Option<String>> {
    let steps = usize::try_from(state.metadata.step_count)?;
    if steps > logged.events.len() {
        return Ok(Some(format!("{}: {steps} steps, the log has {}", logged.id, logged.events.len())));
    }
    let (ctx, expected) = (state.ctx.parse::<serde_json::Value>()?, logged.ctx_after(steps));
    if ctx != expected {
        return Ok(Some(format!("{}: its context is {ctx}, by the log {expected}", logged.id)));
    }
    let is_closed = steps == logged.events.len();
    let status = if is_closed { CaseStatus::Done } else { CaseStatus::Running };
    if state.status != status {
        return Ok(Some(format!("{}: it is {}, by the log {status}", logged.id, state.status)));
    }
    let token = state.tokens.get(TOKEN).map(|token| (token.ip.as_str(), token.status));
    let expected =
        logged.events[..steps].last().map(|event| (&*event.activity, logged.token_status_after(steps)));
    if token != expected {
        return Ok(Some(format!("{}: its token is {token:?}, by the log {expected:?}", logged.id)));
    }
    Ok(None)
}

/// Compares the final state and the step count of each case with the log.
pub(crate) fn compare_states(store: &Store, log: &Log) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for logged in &log.cases {
        let state = store.case(&logged.id)?.state();
        wrong.extend(disagreement(&state, logged)?);
        if state.metadata.step_count != logged.events.len() as u64 {
            let (found, expected) = (state.metadata.step_count, logged.events.len());
            wrong.push(format!("{}: it stands at step {found} of {expected}", logged.id));
        }
    }
    let found = store.cases(&statehold::CaseFilter::new())?.len();
    if found != log.cases.len() {
        wrong.push(format!("the store has {found} cases, the log {}", log.cases.len()));
    }
    Ok(wrong)
}

/// How the messages that left the store compare with what the store knows of them.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    /// Effects, each with the result that it was done.
    pub(crate) effects: usize,
    /// Effects that were begun more than once, because a process was killed while it was at them.
    pub(crate) begun_again: usize,
    /// Messages that were sent.
    pub(crate) sent: usize,
    /// What does not fit.
    pub(crate) wrong: Vec<String>,
}

/// Compares the effects of each case with the log and with the outbox: each handover was told, and told twice
/// only if the effect says that it was begun twice.
pub(crate) fn compare_messages(store: &Store, log: &Log, outbox: &Path) -> Result<Messages> {
    let mut sent: HashMap<(String, String), u64> = HashMap::new();
    for line in std::fs::read_to_string(outbox)?.lines() {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        let (Some(case), Some(key)) = (parts.next(), parts.next()) else {
            return Err(format!("a line of the outbox is torn: {line:?}").into());
        };
        *sent.entry((case, key)).or_default() += 1;
    }
    let mut found = Messages { sent: usize::try_from(sent.values().sum::<u64>())?, ..Messages::default() };
    for logged in &log.cases {
        let effects = store.case(&logged.id)?.effects()?;
        let handovers: BTreeSet<String> =
            (0..logged.events.len()).filter(|step| logged.is_handover(*step)).map(effect_key).collect();
        if effects.iter().map(|effect| effect.key.clone()).collect::<BTreeSet<_>>() != handovers {
            found.wrong.push(format!("{}: its effects are not its handovers {handovers:?}", logged.id));
        }
        for effect in effects {
            let times = sent.remove(&(logged.id.clone(), effect.key.clone())).unwrap_or(0);
            let (attempts, status) = (effect.attempts, effect.status);
            found.effects += 1;
            found.begun_again += usize::from(attempts > 1);
            if status != EffectStatus::Ok || times == 0 || times > attempts {
                let (id, key) = (&logged.id, &effect.key);
                found
                    .wrong
                    .push(format!("{id}: {key} is {status}, begun {attempts} times, done {times} times"));
            }
        }
    }
    found
        .wrong
        .extend(sent.into_keys().map(|(case, key)| format!("{case}: {key} was sent, and is no effect")));
    Ok(found)
}

/// Rebuilds the state of a case at each of its receipts, and compares it with the log. Returns how many there
/// are.
pub(crate) fn replay_receipts(case: &Case, logged: &LoggedCase) -> Result<(u64, Vec<String>)> {
    let mut wrong = Vec::new();
    for sequence in 1..=case.sequence() {
        let state = case.at(sequence)?;
        // The first receipt is that of the creation.
        if state.metadata.step_count + 1 != sequence {
            let steps = state.metadata.step_count;
            wrong.push(format!("{}: {steps} steps at receipt {sequence}", logged.id));
        }
        wrong.extend(disagreement(&state, logged)?);
    }
    if case.at(case.sequence())? != case.state() {
        wrong.push(format!("{}: the last receipt does not lead to its state", logged.id));
    }
    Ok((case.sequence(), wrong))
}

/// Changes one byte of a receipt in a copy of the store, and returns what the copy then says is wrong first.
pub(crate) fn tamper(store: &Store, receipt_id: &str) -> Result<Option<StoreProblem>> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.db");
    store.backup(&copy)?;
    // Pages keep remains of rows that have moved; a vacuum leaves each row once.
    let made = Store::open(&copy)?;
    made.vacuum()?;
    made.close()?;
    let mut bytes = std::fs::read(&copy)?;
    let find = |bytes: &[u8], text: &str, from: usize| {
        let found = bytes[from..].windows(text.len()).position(|window| window == text.as_bytes());
        found.map(|at| from + at).ok_or_else(|| format!("{text:?} is not in the file"))
    };
    // The names of the mutations stand behind the id.
    let row = find(&bytes, receipt_id, 0)?;
    let name = find(&bytes, "increment_step_count", row)?;
    bytes[name] = b'I';
    std::fs::write(&copy, bytes)?;
    Ok(Store::open(&copy)?.verify()?.problems.into_iter().next())
}
