//! Looking for damage, everywhere.

use crate::engine::reader::{Next, Reader};
use crate::engine::{journal, verify_journal};
use crate::error::Result;
use crate::fault::Operation;
use crate::format::FACETS;
use crate::ids::hex;
use crate::store::Store;
use crate::verdict::{StoreProblem, Verdict};

/// The most problems that SQLite names.
const INTEGRITY: &str = "PRAGMA integrity_check(100)";

const FILE: &str = "restore the last backup that verifies; before that, export what can still be read, and keep the \
                    damaged file for analysis";
const JOURNAL: &str = "somebody has rewritten or cut the history, or the disk has damaged it: find out who writes to the \
                       file, and compare the present state with a backup";
const WITNESS: &str = "commits were lost: at durability normal a power loss does that; otherwise the file or its log was \
                       replaced by an older one, so look for the newest backup and compare";
const HEAD: &str = "the store was rolled back, rewritten, or is another one than that of which this head was kept: compare \
                    with a backup";

/// How a store is verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// A revision with its hash, from an earlier check or a receipt, kept elsewhere: it must be in the journal still.
    pub head: Option<(u64, String)>,
}

impl VerifyOptions {
    /// Nothing but the store itself is asked.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`head`](Self::head).
    pub fn head(mut self, revision: u64, hash: impl Into<String>) -> Self {
        self.head = Some((revision, hash.into()));
        self
    }
}

/// What a look through the whole store found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreCheck {
    /// The last revision.
    pub revision: u64,
    /// The journal's hash up to it, as hexadecimal digits. Keep both elsewhere, and a later check can prove that what
    /// was committed up to here is still there.
    pub hash: String,
    /// How many commits the journal tells of.
    pub commits: u64,
    /// How many cases there are.
    pub cases: u64,
    /// How many receipts they have.
    pub receipts: u64,
    /// What is wrong; empty when the store is whole.
    pub problems: Vec<StoreProblem>,
}

impl Store {
    /// Looks through the whole store, as of one moment, for anything that is not as it must be: the file's structure and
    /// indexes, by SQLite; the journal's chain of hashes, and whether the witness beside the store has seen a later commit;
    /// the chain of receipts and the state of every case, and whether the journal agrees; what each facet says of its
    /// records, and what they refer to. Others read and write meanwhile. What is found is in the result, with what to do.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// store.namespace("a").set("k", &1)?;
    /// let check = store.verify()?;
    /// assert_eq!((check.revision, check.problems), (1, vec![]));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`](crate::Error::Closed), [`Error::Forked`](crate::Error::Forked), [`Error::Io`](crate::Error::Io);
    /// damage is in the result.
    pub fn verify(&self) -> Result<StoreCheck> {
        self.verify_with(&VerifyOptions::new())
    }

    /// As [`verify`](Self::verify), and with a head that was kept elsewhere: the only way to find that somebody has
    /// rebuilt the whole journal.
    ///
    /// ```
    /// use statehold::VerifyOptions;
    ///
    /// let store = statehold::open(":memory:")?;
    /// store.namespace("a").set("k", &1)?;
    /// let kept = store.verify()?;
    /// store.namespace("a").set("k", &2)?;
    /// let check = store.verify_with(&VerifyOptions::new().head(kept.revision, kept.hash))?;
    /// assert_eq!(check.problems, []);
    /// let check = store.verify_with(&VerifyOptions::new().head(1, "00".repeat(32)))?;
    /// assert_eq!(check.problems[0].facet, "head");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_with(&self, options: &VerifyOptions) -> Result<StoreCheck> {
        self.shared().operation(Operation::StoreVerify, || {
            let engine = &self.shared().engine;
            // Asked before the moment is fixed, so that it never knows of a commit that comes after it.
            let witnessed = engine.witnessed();
            engine.snapshot()?.read(|reader| verify(reader, witnessed.as_ref(), options))
        })
    }
}

/// Looks through what `reader` reads.
pub(super) fn verify(
    reader: &Reader<'_>,
    witnessed: Option<&(u64, String)>,
    options: &VerifyOptions,
) -> Result<StoreCheck> {
    let mut verdict = Verdict::default();
    let structure = check_file(reader, &mut verdict);
    verdict.note("file", FILE, structure)?;
    let (mut revision, mut hash, mut commits) = (0, String::new(), 0);
    let journal = verify_journal(reader).map(|journal| {
        for problem in journal.problems {
            verdict.add("journal", "", problem, JOURNAL);
        }
        (revision, hash, commits) = (journal.revision, journal.hash, journal.rows);
        check_witness(witnessed, revision, &hash, &mut verdict);
    });
    verdict.note("journal", JOURNAL, journal)?;
    for facet in FACETS {
        for fault in facet.faults {
            let looked = verdict.look_for(reader, facet.name, fault);
            verdict.note(facet.name, FILE, looked)?;
        }
        let checked = (facet.check)(reader, &mut verdict);
        verdict.note(facet.name, FILE, checked)?;
    }
    if let Some((expected, wanted)) = &options.head {
        let subject = format!("revision {expected}");
        let looked = journal::hash_at(reader, *expected).map(|hash| match hash.map(|hash| hex(&hash)) {
            Some(found) if found.eq_ignore_ascii_case(wanted) => {}
            Some(found) => {
                verdict.add("head", &subject, format!("it has the hash {found}, not {wanted}"), HEAD);
            }
            None => {
                let reason = format!("the journal does not tell of it; it ends at revision {revision}");
                verdict.add("head", &subject, reason, HEAD);
            }
        });
        verdict.note("journal", JOURNAL, looked)?;
    }
    let Verdict { cases, receipts, problems } = verdict;
    Ok(StoreCheck { revision, hash, commits, cases, receipts, problems })
}

fn check_file(reader: &Reader<'_>, verdict: &mut Verdict) -> Result<()> {
    reader.each(INTEGRITY, &[], |row| {
        let found = row.text(0)?;
        if found != "ok" {
            verdict.add("file", "", found, FILE);
        }
        Ok(Next::Row)
    })
}

fn check_witness(witnessed: Option<&(u64, String)>, revision: u64, hash: &str, verdict: &mut Verdict) {
    let Some((seen, seen_hash)) = witnessed else { return };
    let subject = format!("revision {seen}");
    if *seen > revision {
        let reason = format!("it was committed, and the journal ends at revision {revision}");
        verdict.add("witness", &subject, reason, WITNESS);
    } else if *seen == revision && seen_hash != hash {
        verdict.add("witness", &subject, "another commit of this revision was seen", WITNESS);
    }
}
