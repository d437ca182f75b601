//! Looking for damage, everywhere.

use crate::engine::reader::{Next, Reader};
use crate::engine::{journal, verify_journal};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::format::FACETS;
use crate::ids::hex;
use crate::store::Store;

/// The most problems that SQLite names.
const INTEGRITY: &str = "PRAGMA integrity_check(100)";

/// What a look through the whole store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntegrityCheck {
    /// The last revision.
    pub revision: u64,
    /// The journal's hash up to it, as hexadecimal digits. Keep both elsewhere, and a later check can prove that what
    /// was committed up to here is still there.
    pub hash: String,
    /// What is wrong; empty when the store is whole.
    pub problems: Vec<String>,
}

impl Store {
    /// Looks through the whole store for damage: the file's structure and indexes, by SQLite; the chain of the journal;
    /// what each facet says must be. `head` is a revision with its hash, from an earlier check or a receipt, that must be
    /// in the journal still.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// store.namespace("a").set("k", &1)?;
    /// let check = store.check_integrity(None)?;
    /// assert!(check.problems.is_empty());
    /// store.namespace("a").set("k", &2)?;
    /// let later = store.check_integrity(Some((check.revision, &check.hash)))?;
    /// assert!(later.problems.is_empty());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Forked`], [`Error::Io`]; damage is in the result.
    pub fn check_integrity(&self, head: Option<(u64, &str)>) -> Result<IntegrityCheck> {
        self.shared().operation(Operation::StoreCheckIntegrity, || {
            self.shared().engine.snapshot()?.read(|reader| check(reader, head))
        })
    }
}

fn check(reader: &Reader<'_>, head: Option<(u64, &str)>) -> Result<IntegrityCheck> {
    let mut problems = Vec::new();
    let structure = reader.each(INTEGRITY, &[], |row| {
        let found = row.text(0)?;
        if found != "ok" {
            problems.push(format!("the file: {found}"));
        }
        Ok(Next::Row)
    });
    note(&mut problems, "the file", structure)?;
    let journal = note(&mut problems, "the journal", verify_journal(reader))?;
    let (mut revision, mut hash) = (0, String::new());
    if let Some(journal) = journal {
        problems.extend(journal.problems.into_iter().map(|problem| format!("the journal: {problem}")));
        (revision, hash) = (journal.revision, journal.hash);
    }
    for facet in FACETS {
        for (what, count) in facet.faults {
            let counted = reader.one(count, &[], |row| row.int(0));
            let count = note(&mut problems, facet.name, counted)?.flatten().unwrap_or(0);
            if count > 0 {
                problems.push(format!("{}: {count} {what}", facet.name));
            }
        }
    }
    if let Some((expected, wanted)) = head {
        match journal::hash_at(reader, expected)?.map(|hash| hex(&hash)) {
            Some(found) if found.eq_ignore_ascii_case(wanted) => {}
            Some(found) => problems.push(format!("revision {expected} has the hash {found}, not {wanted}")),
            None => problems
                .push(format!("the journal does not tell of revision {expected}, it ends at {revision}")),
        }
    }
    Ok(IntegrityCheck { revision, hash, problems })
}

/// Takes damage that keeps a check from going on as what it has found.
fn note<T>(problems: &mut Vec<String>, what: &str, result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::Corrupt { reason, .. }) => {
            problems.push(format!("{what}: {reason}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
