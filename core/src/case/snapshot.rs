//! A case as one text, which any store can take over: in another file, another language, another process.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Case;
use super::change::Change;
use super::plan::Planned;
use super::receipt::CaseReceipt;
use super::state::{CaseState, push};
use super::status::CaseStatus;
use crate::clock::from_ms;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::push_quoted;
use crate::violation::Violation;

/// What a snapshot says it is.
const FORMAT: &str = "statehold-case";
const VERSION: u64 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored<'a> {
    format: String,
    version: u64,
    #[allow(dead_code)] // for people: where it was taken
    case_id: String,
    #[allow(dead_code)]
    sequence: u64,
    #[serde(borrow)]
    state: &'a RawValue,
}

impl Case {
    /// The state that this handle has loaded or committed last, as a text of JSON that holds all of it. What is
    /// buffered is not in it.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let case = store.create_case(&serde_json::json!({"n": 1}), &Default::default())?;
    /// let snapshot = case.snapshot();
    /// let other = statehold::open(":memory:")?.create_case(&serde_json::json!({}), &Default::default())?;
    /// other.restore(&snapshot)?;
    /// assert_eq!(other.ctx(), case.ctx());
    /// assert_eq!(other.receipts(1, None)?[0].mutations[0].name, "restore");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn snapshot(&self) -> String {
        let loaded = self.loaded();
        let mut text = format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"case_id\":");
        push_quoted(&mut text, self.id());
        push(
            &mut text,
            format_args!(",\"sequence\":{},\"state\":{}}}", loaded.sequence, loaded.state.text()),
        );
        text
    }

    /// Replaces the state by that of a snapshot, in one commit. The id and the receipts stay the case's own.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is no snapshot or breaks what every state keeps, with the path, and while
    /// something is buffered; [`Error::Validation`] for a case that is closed; as [`commit`](Self::commit).
    pub fn restore(&self, snapshot: &str) -> Result<CaseReceipt> {
        self.operation(Operation::CaseRestore, || self.take_over(snapshot))
    }

    fn take_over(&self, snapshot: &str) -> Result<CaseReceipt> {
        let state = read(snapshot)?;
        let base = self.loaded();
        if !self.inner.working.lock().buffer.is_empty() {
            let reason =
                "mutations are buffered, which a restored state would not have; commit() or rollback() first";
            return Err(Error::value("buffer", reason));
        }
        if base.state.status != CaseStatus::Running {
            let broken = format!("the case is {} and takes no more mutations", base.state.status);
            return Err(Error::Validation {
                subject: super::plan::subject(self.id()),
                violations: vec![Violation::new("restore", broken)],
            });
        }
        let terms = (self.inner.place.now_ms()?, self.shared().max_value_bytes);
        let changes = [Change::Restore(Box::new(state.clone()))];
        let planned = Planned::new(&self.inner.id, Some(&base), base.history, &changes, state, terms)?;
        self.write(planned, &base)
    }
}

/// Reads a snapshot, and checks that its state is one.
fn read(snapshot: &str) -> Result<CaseState> {
    let stored: Stored<'_> = serde_json::from_str(snapshot)
        .map_err(|error| Error::value("$", format!("it is no snapshot of a case: {error}")))?;
    if stored.format != FORMAT {
        return Err(Error::value("$.format", format!("{:?} is not {FORMAT:?}", stored.format)));
    }
    if stored.version != VERSION {
        let reason = format!("this statehold reads version {VERSION}, not {}; upgrade it", stored.version);
        return Err(Error::value("$.version", reason));
    }
    let state = CaseState::parse(stored.state.get(), from_ms(0)).and_then(|state| {
        state.check()?;
        Ok(state)
    });
    state.map_err(|error| match error {
        Error::InvalidValue { path, reason } => {
            Error::value(format!("$.state{}", path.strip_prefix('$').unwrap_or(&path)), reason)
        }
        other => other,
    })
}
