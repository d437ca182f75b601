//! The state at an earlier receipt, rebuilt from a full history.

use super::change::read_content;
use super::create::missing;
use super::fold::Fold;
use super::loaded::History;
use super::receipt::ReceiptRow;
use super::state::CaseState;
use super::{Case, Place, sql};
use crate::clock::from_ms;
use crate::engine::reader::{Arg, Next, Reader, Row};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;

impl Case {
    /// The state right after the receipt with this sequence number.
    ///
    /// ```
    /// use statehold::{CaseOptions, History};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let options = CaseOptions::new().history(History::Full);
    /// let case = store.create_case(&serde_json::json!({"n": 1}), &options)?;
    /// case.put_ctx(&serde_json::json!({"n": 2}))?;
    /// case.commit(0)?;
    /// assert_eq!(case.at(1)?.ctx.as_str(), r#"{"n":1}"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if the case keeps no full history, has not come so far, or the receipt was rotated;
    /// [`Error::InvalidValue`] inside a transaction.
    pub fn at(&self, sequence: u64) -> Result<CaseState> {
        self.operation(Operation::CaseAt, || {
            let store = self.store("at()")?;
            store.shared().engine.snapshot()?.read(|reader| state_at(reader, self.id(), sequence))
        })
    }

    /// The store, for what is not done inside a transaction.
    pub(super) fn store(&self, what: &'static str) -> Result<&crate::store::Store> {
        match &self.inner.place {
            Place::Store(store) => Ok(store),
            Place::Transaction(_) => Err(Error::value(
                "transaction",
                format!("{what} is not possible inside a transaction; ask a case of the store"),
            )),
        }
    }
}

/// The state of a case right after one of its receipts.
pub(super) fn state_at(reader: &Reader<'_>, case_id: &str, sequence: u64) -> Result<CaseState> {
    let (last, history, anchor, anchor_state) = reader
        .one(sql::BASE, &[Arg::Text(case_id)], |row| {
            let anchor_state = row.maybe_text(4)?.map(str::to_owned);
            Ok((
                row.int(0)?.unsigned_abs(),
                row.text(1)?.to_owned(),
                row.int(2)?.unsigned_abs(),
                anchor_state,
            ))
        })?
        .ok_or_else(|| missing(case_id))?;
    let refused = |advice: &'static str| {
        Err(Error::NotFound {
            what: "state",
            name: format!("at receipt {sequence} of case {case_id:?}"),
            advice: advice.into(),
        })
    };
    if history != History::Full.as_str() {
        return refused(
            "the case keeps the names of its mutations alone; create it with history \"full\" to go back",
        );
    }
    if sequence == 0 || sequence > last {
        return refused("its receipts begin at 1, and sequence has the last one");
    }
    if sequence <= anchor {
        return refused("receipts up to there were rotated; the archive has them");
    }
    let mut fold = Fold::new(CaseState::new(Json::trusted("{}".to_owned()), 0));
    if let Some(text) = &anchor_state {
        fold = Fold::new(CaseState::parse(text, from_ms(0))?);
    }
    reader.each(sql::RECEIPTS, &[Arg::Text(case_id), Arg::Int(anchor.cast_signed())], |row| {
        let receipt = ReceiptRow::read(row)?;
        if receipt.sequence > sequence {
            return Ok(Next::Stop);
        }
        replay(row, &receipt, &mut fold, case_id)?;
        Ok(Next::Row)
    })?;
    Ok(fold.state)
}

fn replay(row: &Row<'_>, receipt: &ReceiptRow<'_>, fold: &mut Fold, case_id: &str) -> Result<()> {
    let wrong = |reason: String| {
        row.corrupt(format!("receipt {} of case {case_id:?} can't be replayed: {reason}", receipt.sequence))
    };
    let content = receipt.content.ok_or_else(|| wrong("its content is missing".to_owned()))?;
    for change in read_content(content).map_err(|error| wrong(error.to_string()))? {
        fold.apply(&change).map_err(wrong)?;
    }
    fold.state.metadata.last_commit = from_ms(receipt.time_ms);
    Ok(())
}
