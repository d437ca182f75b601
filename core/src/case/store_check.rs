//! A look through the whole store: the journal, every case, and whether the two agree.

use std::collections::HashMap;

use super::check::{CaseProblem, check};
use super::{FACET, sql};
use crate::engine::journal::{self, visit_touches};
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::{RESTORE, STORE};
use crate::engine::{JournalCheck, verify_journal};
use crate::error::Result;
use crate::store::Shared;

/// What a look through the whole store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreCheck {
    /// The journal.
    pub journal: JournalCheck,
    /// How many cases there are.
    pub cases: u64,
    /// How many receipts they have.
    pub receipts: u64,
    /// What is wrong with the cases; empty when all fits.
    pub problems: Vec<CaseProblem>,
}

/// The journal's last word on a case.
#[derive(Clone, Copy)]
struct Word {
    revision: u64,
    deleted: bool,
}

/// Checks it all as of one moment.
pub(crate) fn verify(shared: &Shared) -> Result<StoreCheck> {
    // Asked before the moment is fixed, so that it never knows of a commit that comes after it.
    let witnessed = shared.engine.witnessed();
    let snapshot = shared.engine.snapshot()?;
    snapshot.read(|reader| {
        let mut journal = verify_journal(reader)?;
        if let Some((revision, hash)) = witnessed {
            if revision > journal.revision {
                journal.problems.push(format!(
                    "it ends at revision {}, and the witness beside the store has seen {revision}",
                    journal.revision
                ));
            } else if revision == journal.revision && hash != journal.hash {
                journal
                    .problems
                    .push(format!("the witness beside the store has seen another revision {revision}"));
            }
        }
        let mut check = StoreCheck { journal, cases: 0, receipts: 0, problems: Vec::new() };
        let reach = journal::anchor(reader)?.revision;
        check_cases(reader, reach, &mut check)?;
        check_orphans(reader, &mut check)?;
        Ok(check)
    })
}

/// What the journal says of each case, and after which revision it says all.
fn words(reader: &Reader<'_>, mut reach: u64) -> Result<(HashMap<String, Word>, u64)> {
    let mut words = HashMap::new();
    visit_touches(reader, reach, |revision, touch| {
        if (touch.facet, touch.operation) == (STORE, RESTORE) {
            // An earlier moment was put back: what was said before may not hold any more.
            words.clear();
            reach = revision;
        }
        let deleted = touch.operation == "delete";
        if touch.facet == FACET && (deleted || ["create", "commit", "restore"].contains(&touch.operation)) {
            words.insert(touch.name.to_owned(), Word { revision, deleted });
        }
        Ok(Next::Row)
    })?;
    Ok((words, reach))
}

fn check_cases(reader: &Reader<'_>, reach: u64, found: &mut StoreCheck) -> Result<()> {
    let (mut words, reach) = words(reader, reach)?;
    let mut after = String::new();
    loop {
        let mut page = Vec::new();
        reader.each(sql::IDS, &[Arg::Text(&after)], |row| {
            page.push(row.text(0)?.to_owned());
            Ok(Next::Row)
        })?;
        let Some(last) = page.last() else { break };
        after.clone_from(last);
        for id in &page {
            let Some(check) = check(reader, id, None)? else { continue };
            found.cases += 1;
            found.receipts += check.receipts;
            found.problems.extend(check.problems);
            let revision = reader.one(sql::REVISION, &[Arg::Text(id)], |row| row.int(0))?;
            let revision = revision.unwrap_or(0).unsigned_abs();
            let reason = match words.remove(id) {
                Some(Word { deleted: true, revision }) => {
                    Some(format!("the journal says that revision {revision} has deleted it"))
                }
                Some(word) if word.revision != revision => {
                    Some(format!("the journal says that revision {} has changed it last", word.revision))
                }
                None if revision > reach => {
                    Some(format!("the journal does not know that revision {revision} has changed it"))
                }
                _ => None,
            };
            found.problems.extend(reason.map(|reason| CaseProblem::of_case(id, reason)));
        }
    }
    let mut lost: Vec<_> = words.into_iter().filter(|(_, word)| !word.deleted).collect();
    lost.sort_by_key(|(_, word)| word.revision);
    found.problems.extend(lost.into_iter().map(|(id, word)| {
        CaseProblem::of_case(&id, format!("it is gone, and was there at revision {}", word.revision))
    }));
    Ok(())
}

fn check_orphans(reader: &Reader<'_>, found: &mut StoreCheck) -> Result<()> {
    reader.each(sql::ORPHANS, &[], |row| {
        let reason = "there are receipts or effects of it, and no such case";
        found.problems.push(CaseProblem::of_case(row.text(0)?, reason));
        Ok(Next::Row)
    })
}
