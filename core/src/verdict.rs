//! What a look through a whole store finds: gathered by the facets, each of what is its own.

use crate::engine::reader::{Next, Reader};
use crate::error::{Error, Result};

/// How many subjects are named of one kind of problem; of the others it is told how many there are.
const NAMED: u64 = 100;

/// Something in a store that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreProblem {
    /// Where: `file`, `journal`, `witness` (the companion file has seen a later commit), `head` (that was asked for), or
    /// the facet.
    pub facet: String,
    /// What it is about: a namespace and key, a plugin, a case, an environment, `revision 7`; empty for a whole facet.
    pub subject: String,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub advice: String,
}

/// What has been found so far.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) cases: u64,
    pub(crate) receipts: u64,
    pub(crate) problems: Vec<StoreProblem>,
}

/// What must not be in a facet, and how to find it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// What is wrong with those that are found.
    pub(crate) reason: &'static str,
    /// Gives the subject of each.
    pub(crate) find: &'static str,
}

/// What to do about what a facet finds wrong.
const PUT_RIGHT: &str = "compare it with a backup, which can be opened as a store: write it anew from there, or restore the \
                         backup; a program other than statehold may have written to the file";

impl Verdict {
    pub(crate) fn add(&mut self, facet: &str, subject: &str, reason: impl Into<String>, advice: &str) {
        self.problems.push(StoreProblem {
            facet: facet.to_owned(),
            subject: subject.to_owned(),
            reason: reason.into(),
            advice: advice.to_owned(),
        });
    }

    /// Something wrong with one thing of a facet.
    pub(crate) fn of_facet(&mut self, facet: &str, subject: &str, reason: impl Into<String>) {
        self.add(facet, subject, reason, PUT_RIGHT);
    }

    /// Looks for one kind of fault.
    pub(crate) fn look_for(&mut self, reader: &Reader<'_>, facet: &str, fault: &Fault) -> Result<()> {
        let mut found = 0;
        reader.each(fault.find, &[], |row| {
            found += 1;
            if found <= NAMED {
                self.of_facet(facet, row.text(0)?, fault.reason);
            }
            Ok(Next::Row)
        })?;
        if found > NAMED {
            self.of_facet(facet, "", format!("{} more: {}", found - NAMED, fault.reason));
        }
        Ok(())
    }

    /// Takes damage that keeps a part of the look from going on as what that part has found.
    pub(crate) fn note(&mut self, facet: &str, advice: &str, result: Result<()>) -> Result<()> {
        match result {
            Err(Error::Corrupt { reason, .. }) => {
                self.add(facet, "", reason, advice);
                Ok(())
            }
            other => other,
        }
    }
}
