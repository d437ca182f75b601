//! A look at every case, and whether the journal says the same of it.

use std::collections::HashMap;

use super::check::check;
use super::{FACET, sql};
use crate::engine::journal::{self, visit_touches};
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::{RESTORE, STORE};
use crate::error::Result;
use crate::verdict::Verdict;

/// The journal's last word on a case.
#[derive(Clone, Copy)]
struct Word {
    revision: u64,
    deleted: bool,
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

/// Checks every case.
pub(crate) fn check_all(reader: &Reader<'_>, found: &mut Verdict) -> Result<()> {
    let (mut words, reach) = words(reader, journal::anchor(reader)?.revision)?;
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
            for problem in check.problems {
                found.of_facet(FACET, id, problem.in_the_store());
            }
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
            if let Some(reason) = reason {
                found.of_facet(FACET, id, reason);
            }
        }
    }
    let mut lost: Vec<_> = words.into_iter().filter(|(_, word)| !word.deleted).collect();
    lost.sort_by_key(|(_, word)| word.revision);
    for (id, word) in lost {
        found.of_facet(FACET, &id, format!("it is gone, and was there at revision {}", word.revision));
    }
    Ok(())
}
