//! Importing what was exported: first into a draft beside the store, and when that is whole into the store.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::export::{CLEAR, FORMAT, TransferProgress, VERSION};
use super::place;
use super::verify::{VerifyOptions, verify};
use crate::engine::journal::{self, Head};
use crate::engine::request::{Param, STORE};
use crate::engine::{COMMITS, Draft, Successor, Witnessed, copy};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::format::{FACETS, STEPS};
use crate::ids::{hex, unhex};
use crate::store::Store;
use crate::transfer::{Fields, Table};

const ACTION: &str = "importing into";
/// No line of a store's is longer: a value that is as long as a value can be, in the longest way to write it.
const LINE_BYTES: u64 = 6 << 30;
/// After so many lines it is told how far it has come.
const TELL_EVERY: u64 = 1_000;

/// How an export is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ImportOptions {
    /// Whether keys and plugin states of the same names are replaced in a store that has contents of its own.
    pub merge: bool,
}

impl ImportOptions {
    /// Into a store that the export fits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`merge`](Self::merge).
    pub fn merge(mut self, merge: bool) -> Self {
        self.merge = merge;
        self
    }
}

/// An export that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// The revision of the store now.
    pub revision: u64,
    /// The revision of the store of which the export is.
    pub exported: u64,
    /// How many records it has.
    pub records: u64,
    /// Whether the store goes on with revisions of its own, as it was merged.
    pub merged: bool,
}

impl Store {
    /// Reads what [`export`](Self::export) has written. The whole of it is read and checked in a draft beside the store
    /// first: it is complete, every record may be there, the journal and all receipts fit. Then
    ///
    /// - an export of a whole store becomes this one, if nothing was ever committed to it: the same records, revisions and
    ///   journal, in one transaction. What a lock's holder had is not taken over: locks are free;
    /// - an export of what has changed since a revision goes on top of the store as it was then, likewise;
    /// - an export of a namespace is set key by key in commits of this store's own, of up to 1,000 keys each, if the
    ///   namespace is empty;
    /// - with [`ImportOptions::merge`], keys and plugin states of any export are set over what is there, likewise. Whatever
    ///   is not of those facets must not be in it: cases and environments have histories that are of their store.
    ///
    /// Ok means visible to everyone, and durable. It needs room for another copy of the store.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the number of the line for what is no export, was cut off or changed, or was written by
    /// a newer statehold; [`Error::Conflict`] when the store is not one that the export fits, or was written to meanwhile.
    /// Nothing was changed then. [`Error::Io`] when `reader` or the disk fails, [`Error::StorageFull`],
    /// [`Error::Busy`]: of a merge, steps may have been committed; it can be repeated.
    pub fn import(
        &self,
        reader: impl Read,
        options: &ImportOptions,
        progress: impl FnMut(TransferProgress),
    ) -> Result<ImportReport> {
        self.shared().operation(Operation::StoreImport, || import(self, reader, *options, progress))
    }

    /// As [`import`](Self::import), from a file.
    ///
    /// # Errors
    /// [`Error::Io`] when it can't be read, and as [`import`](Self::import).
    pub fn import_file(
        &self,
        path: impl AsRef<Path>,
        options: &ImportOptions,
        progress: impl FnMut(TransferProgress),
    ) -> Result<ImportReport> {
        let path = path.as_ref();
        // Reading one of the store's own files would drop this process's locks on it.
        place::refuse_own(path, self.shared().engine.path(), "importing")?;
        let file = std::fs::File::open(path).map_err(|error| Error::io("importing", path, &error))?;
        self.import(file, options, progress)
    }
}

/// Reads and checks all of it, and then has it take effect.
fn import(
    store: &Store,
    reader: impl Read,
    options: ImportOptions,
    progress: impl FnMut(TransferProgress),
) -> Result<ImportReport> {
    let engine = &store.shared().engine;
    let mut lines = Lines::new(reader, progress);
    let header = Header::read(&mut lines)?;
    let snapshot = engine.snapshot()?;
    let live = snapshot.read(|live| {
        let head = journal::head(live)?;
        Ok(Witnessed { store_id: journal::store_id(live)?, revision: head.revision, hash: head.hash })
    })?;
    let way = header.way(store, &live, options.merge)?;
    let file = place::Draft::new(engine.path(), ACTION)?;
    if way == Way::Succeed {
        snapshot.read(|live| copy(live, &file.path, &mut |_| ()))?;
    }
    drop(snapshot);
    let draft = Draft::begin(&file.path, STEPS)?;
    let filling = Fill { draft: &draft, header: &header, way, most_bytes: store.shared().max_value_bytes };
    let records = filling.all(&mut lines, live.revision)?;
    draft.finish()?;
    let revision = match way {
        Way::Succeed => {
            header.check(&draft)?;
            drop(draft);
            engine.succeed(&mut Successor { copy: &file.path, of: live, progress: &mut |_| () })?
        }
        Way::Merge => {
            merge(store, &draft)?;
            engine.read(journal::head)?.revision
        }
    };
    Ok(ImportReport { revision, exported: header.head.revision, records, merged: way == Way::Merge })
}

/// How an export comes into a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The store becomes what was exported.
    Succeed,
    /// Its records are set in commits of the store's own.
    Merge,
}

/// The first line.
struct Header {
    head: Head,
    anchor: Head,
    since: Option<Head>,
    namespace: Option<String>,
}

impl Header {
    fn read<R: Read, P: FnMut(TransferProgress)>(lines: &mut Lines<R, P>) -> Result<Self> {
        let found = lines.next()?.map(|line| Self::parse(&line)).transpose();
        let header = found.map_err(|error| lines.at(error))?;
        header.ok_or_else(|| lines.at(Error::value("line", "there is none: it is empty, and no export")))
    }

    fn parse(line: &str) -> Result<Self> {
        let mut fields = Fields::parse(line)?;
        if fields.text("format")?.as_deref() != Some(FORMAT) {
            let reason = format!("an export begins with a line that says {FORMAT:?}; this is something else");
            return Err(Error::value("format", reason));
        }
        let version = fields.count("version")?.unwrap_or_default();
        if version > VERSION {
            let reason = format!(
                "the export has version {version}, and this statehold reads up to {VERSION}; upgrade statehold"
            );
            return Err(Error::value("version", reason));
        }
        let head = place_of(&mut fields)?;
        let anchor = fields.object("anchor")?.map(|mut anchor| place_of(&mut anchor)).transpose()?;
        let since = fields.object("since")?.map(|mut since| place_of(&mut since)).transpose()?;
        let namespace = fields.text("namespace")?;
        fields.text("store_id")?;
        fields.finish()?;
        let anchor = anchor.ok_or_else(|| Error::value("anchor", "it is missing"))?;
        Ok(Self { head, anchor, since, namespace })
    }

    /// How it comes into a store that stands at `live`.
    fn way(&self, store: &Store, live: &Witnessed, merge: bool) -> Result<Way> {
        let refused = |check: String, expected: Option<u64>| {
            Err(Error::Conflict { check, expected, found: Some(live.revision) })
        };
        if let Some(name) = &self.namespace {
            let held = store.namespace(name).count("*")?;
            if held > 0 && !merge {
                let check = format!(
                    "namespace {name:?} was expected to be empty, and has {held} keys; clear it, or import with merge"
                );
                return refused(check, None);
            }
            return Ok(Way::Merge);
        }
        let fits = match &self.since {
            Some(since) if since.revision > 0 => (since.revision, since.hash) == (live.revision, live.hash),
            _ => live.revision == 0,
        };
        match (&self.since, merge) {
            _ if fits => Ok(Way::Succeed),
            (Some(since), _) => {
                let check = format!(
                    "the export goes on from revision {} of its store, with the hash {}, and this one is at {}; import \
                     what comes before it first, and into a store that nobody else writes to",
                    since.revision,
                    hex(&since.hash),
                    live.revision
                );
                refused(check, Some(since.revision))
            }
            (None, true) => Ok(Way::Merge),
            (None, false) => {
                let check = format!(
                    "the store was expected to be new, as the export is of a whole one, and it is at revision {}; import \
                     into a new store, or with merge",
                    live.revision
                );
                refused(check, Some(0))
            }
        }
    }

    /// Whether what has come of it is what was exported.
    fn check(&self, draft: &Draft) -> Result<()> {
        let found = journal::head(&draft.reader())?;
        if (found.revision, found.hash) != (self.head.revision, self.head.hash) {
            let reason = format!(
                "its journal ends at revision {} with the hash {}, and its first line says {} and {}",
                found.revision,
                hex(&found.hash),
                self.head.revision,
                hex(&self.head.hash)
            );
            return Err(Error::value("export", reason));
        }
        let check = verify(&draft.reader(), None, &VerifyOptions::new())?;
        match check.problems.first() {
            Some(problem) => {
                let reason = format!("{} {:?}: {}", problem.facet, problem.subject, problem.reason);
                Err(Error::value("export", format!("its records do not fit together: {reason}")))
            }
            None => Ok(()),
        }
    }
}

fn place_of(fields: &mut Fields<'_>) -> Result<Head> {
    let revision = fields.count("revision")?;
    let hash = fields.text("hash")?.and_then(|hash| unhex(&hash));
    match (revision, hash) {
        (Some(revision), Some(hash)) => Ok(Head { revision, hash, time_ms: 0 }),
        _ => Err(Error::value("revision", "there is no revision with its hash")),
    }
}

/// Puts all records into a draft.
struct Fill<'a> {
    draft: &'a Draft,
    header: &'a Header,
    way: Way,
    most_bytes: usize,
}

impl Fill<'_> {
    /// Gives how many records there were.
    fn all<R: Read, P: FnMut(TransferProgress)>(&self, lines: &mut Lines<R, P>, live: u64) -> Result<u64> {
        if self.way == Way::Merge {
            self.draft.run(CLEARED, &[])?;
        } else if live == 0 {
            self.draft.set_anchor(&self.header.anchor)?;
        }
        let mut counts: Vec<(&'static str, u64)> = Vec::new();
        loop {
            let Some(text) = lines.next()? else {
                let reason = "it ends without its last line: it was cut off; export anew";
                return Err(lines.at(Error::value("export", reason)));
            };
            let taken = Fields::parse(&text).and_then(|mut fields| match fields.text("end")?.as_deref() {
                Some(FORMAT) => end(fields, &counts, &lines.digest()).map(|()| None),
                Some(other) => {
                    Err(Error::value("end", format!("an export ends with {FORMAT:?}, and this is {other:?}")))
                }
                None => self.take(fields).map(Some),
            });
            let Some(record) = taken.map_err(|error| lines.at(error))? else { break };
            match counts.iter_mut().find(|(known, _)| *known == record) {
                Some((_, count)) => *count += 1,
                None => counts.push((record, 1)),
            }
            lines.told(false);
        }
        lines.told(true);
        match lines.next()? {
            Some(_) => {
                Err(lines.at(Error::value("line", "there is something after the last line of the export")))
            }
            None => Ok(counts.iter().map(|(_, count)| count).sum()),
        }
    }

    /// Puts one record in and says of which kind it is.
    fn take(&self, mut fields: Fields<'_>) -> Result<&'static str> {
        let (facet, record) =
            (fields.text("facet")?.unwrap_or_default(), fields.text("record")?.unwrap_or_default());
        let unknown = || {
            let reason = format!(
                "this statehold knows no record {record:?} of a facet {facet:?}; was it written by a newer one?"
            );
            Error::value("record", reason)
        };
        if facet == STORE {
            let table =
                Some(&COMMITS).filter(|table| table.record == record && self.header.namespace.is_none());
            return self.put(table.ok_or_else(unknown)?, fields, self.way == Way::Succeed);
        }
        let of = FACETS.iter().find(|known| known.name == facet).ok_or_else(unknown)?;
        if record == CLEAR && self.header.since.is_some() {
            let name = Param::text(fields.text("name")?.unwrap_or_default());
            let key = Param::text(fields.text("key")?.unwrap_or_default());
            fields.finish()?;
            let statements = if self.way == Way::Merge { &[CLEAR_LATER] } else { of.transfer.clear };
            for sql in statements {
                self.draft.run(sql, &[name.clone(), key.clone()])?;
            }
            return Ok(CLEAR);
        }
        let table = of.transfer.tables.iter().find(|table| table.record == record).ok_or_else(unknown)?;
        self.put(table, fields, true)
    }

    fn put(&self, table: &Table, mut fields: Fields<'_>, keep: bool) -> Result<&'static str> {
        let params = table.read(&mut fields, self.most_bytes)?;
        fields.finish()?;
        if keep {
            for sql in table.put {
                self.draft.run(sql, &params)?;
            }
        }
        Ok(table.record)
    }
}

/// Looks whether the last line says what there was.
fn end(mut fields: Fields<'_>, counts: &[(&'static str, u64)], digest: &str) -> Result<()> {
    let told = fields.object("records")?.map(Fields::counts).transpose()?.unwrap_or_default();
    let told_digest = fields.text("digest")?;
    fields.finish()?;
    for (record, found) in counts {
        let told = told.iter().find(|(known, _)| known == record).map_or(0, |(_, count)| *count);
        if told != *found {
            let reason = format!("the export was made with {told} records {record:?}, and {found} are there");
            return Err(Error::value("records", reason));
        }
    }
    if let Some((record, told)) =
        told.iter().find(|(known, count)| *count > 0 && !counts.iter().any(|(found, _)| found == known))
    {
        return Err(Error::value(
            "records",
            format!("the export was made with {told} records {record:?}, and none is there"),
        ));
    }
    if told_digest.is_some_and(|told| told != digest) {
        let reason = "the lines before it are not those that were written: a byte was changed. Export anew; who has changed it \
                      on purpose leaves the digest out";
        return Err(Error::value("digest", reason));
    }
    Ok(())
}

/// Sets what is in a draft, in commits of the store.
fn merge(store: &Store, draft: &Draft) -> Result<()> {
    let reader = draft.reader();
    for facet in FACETS.iter().filter(|facet| facet.merge.is_none()) {
        for table in facet.transfer.tables {
            let count = reader.one(table.count, &[], |row| row.int(0))?.unwrap_or_default();
            if count > 0 {
                let reason = format!(
                    "it has {count} records {:?}, whose history is of the store that they are from; import it into a new \
                     store, or export the namespaces to be merged",
                    table.record
                );
                return Err(Error::value("export", reason));
            }
        }
    }
    FACETS.iter().filter_map(|facet| facet.merge).try_for_each(|merge| merge(store, &reader))
}

/// What a partial export says is gone, until it is merged; only ever in a draft.
const CLEARED: &str =
    "CREATE TABLE cleared (name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (name, key)) STRICT";
const CLEAR_LATER: &str = "INSERT INTO cleared (name, key) VALUES (?1, ?2)";

/// The lines that come in, counted and hashed.
struct Lines<R: Read, P> {
    reader: BufReader<R>,
    progress: P,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
    hasher: blake3::Hasher,
}

impl<R: Read, P: FnMut(TransferProgress)> Lines<R, P> {
    fn new(reader: R, progress: P) -> Self {
        let hasher = blake3::Hasher::new();
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            progress,
            line: Vec::new(),
            number: 0,
            bytes: 0,
            hasher,
        }
    }

    /// The next line.
    fn next(&mut self) -> Result<Option<String>> {
        self.hasher.update(&self.line);
        self.line.clear();
        let read = (&mut self.reader).take(LINE_BYTES).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| Error::io("reading", "the export", &error))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes += read as u64;
        let line = std::str::from_utf8(&self.line).map(str::to_owned);
        line.map(Some).map_err(|_| self.at(Error::value("line", "it is not UTF-8")))
    }

    /// Of all lines before this one.
    fn digest(&self) -> String {
        hex(self.hasher.finalize().as_bytes())
    }

    /// An error, with the line at which it was met.
    fn at(&self, error: Error) -> Error {
        let reason = match error {
            Error::InvalidValue { path, reason } => format!("{path}: {reason}"),
            error @ Error::InvalidName { .. } => error.to_string(),
            other => return other,
        };
        Error::InvalidValue { path: format!("line {}", self.number), reason }
    }

    /// Tells how far it has come, now and then.
    fn told(&mut self, now: bool) {
        // Without the first line, and the last.
        let records = self.number - 1 - u64::from(now);
        if now || records.is_multiple_of(TELL_EVERY) {
            (self.progress)(TransferProgress { records, total: None, bytes: self.bytes });
        }
    }
}
