//! Exporting a store as lines of JSON, page by page from one moment.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use super::place::Draft;
use crate::engine::journal::{self, Head, visit_touches};
use crate::engine::reader::{Arg, Next, Reader};
use crate::engine::request::{STORE, Touch};
use crate::engine::{COMMITS, Engine, Snapshot};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::format::{FACETS, Facet};
use crate::ids::hex;
use crate::limits::{NAMESPACE_BYTES, check_name};
use crate::namespace;
use crate::store::Store;
use crate::transfer::{Key, Line, Subject, Table, of_row};

/// What the first line calls the format.
pub(super) const FORMAT: &str = "statehold-export";
/// The version of the format that is written, and the newest that is read.
pub(super) const VERSION: u64 = 1;
/// A record that says that whatever is there of its subject goes; what there is of it now follows.
pub(super) const CLEAR: &str = "clear";
/// About how many bytes are read from the store at once.
const PAGE_BYTES: usize = 256 << 10;
const ACTION: &str = "exporting to";

/// What is exported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExportOptions {
    /// Only the keys of this namespace, without the journal; everything unless set.
    pub namespace: Option<String>,
    /// Only what was changed after this revision, and that it was removed if it was; everything unless set.
    pub since: Option<u64>,
    /// Whether [`Store::export_file`] may take the place of a file that is there.
    pub overwrite: bool,
}

impl ExportOptions {
    /// All of the store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`namespace`](Self::namespace).
    pub fn namespace(mut self, name: impl Into<String>) -> Self {
        self.namespace = Some(name.into());
        self
    }

    /// Sets [`since`](Self::since).
    pub fn since(mut self, revision: u64) -> Self {
        self.since = Some(revision);
        self
    }

    /// Sets [`overwrite`](Self::overwrite).
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }
}

/// How far an export or an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferProgress {
    /// How many records are done.
    pub records: u64,
    /// How many there are, where that is known before.
    pub total: Option<u64>,
    /// How many bytes of text they had.
    pub bytes: u64,
}

/// An export that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportReport {
    /// The revision of which it holds the state.
    pub revision: u64,
    /// The journal's hash up to it, as hexadecimal digits.
    pub hash: String,
    /// How many records it has.
    pub records: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Store {
    /// Writes the store as of one moment to `writer`, as lines of JSON: all facets, with the journal, so that
    /// [`import`](Self::import) makes the very same store of it. Others read and write meanwhile. It is read in pages, so
    /// it takes little memory however much there is; a writer that takes its time keeps SQLite's log, and when that has
    /// outgrown `max_wal_bytes` the export ends with an error.
    ///
    /// ```
    /// use statehold::{ExportOptions, ImportOptions, Store};
    ///
    /// let store = Store::open(":memory:")?;
    /// store.namespace("a").set("k", &[1, 2])?;
    /// let mut text = Vec::new();
    /// let report = store.export(&mut text, &ExportOptions::new(), |_| ())?;
    ///
    /// let other = Store::open(":memory:")?;
    /// other.import(&text[..], &ImportOptions::new(), |_| ())?;
    /// assert_eq!(other.namespace("a").get("k")?, Some([1, 2]));
    /// assert_eq!((other.revision()?, other.verify()?.hash), (report.revision, report.hash));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] when `writer` fails; [`Error::Closed`] when it was too slow; [`Error::FeedLagged`] when the journal does
    /// not reach back to `since`; [`Error::InvalidValue`] for a `since` that isn't there yet, or after which a backup was
    /// restored; [`Error::Corrupt`]. What was written then lacks its last line, so that it can't be imported.
    pub fn export(
        &self,
        writer: impl Write,
        options: &ExportOptions,
        progress: impl FnMut(TransferProgress),
    ) -> Result<ExportReport> {
        self.shared()
            .operation(Operation::StoreExport, || export(&self.shared().engine, writer, options, progress))
    }

    /// As [`export`](Self::export), to a file, which gets its name when all is written and durable, and can be read by its
    /// owner alone.
    ///
    /// # Errors
    /// [`Error::Io`] when there is a file already, unless [`ExportOptions::overwrite`] is set, and as
    /// [`export`](Self::export). There is no new file then.
    pub fn export_file(
        &self,
        path: impl AsRef<Path>,
        options: &ExportOptions,
        progress: impl FnMut(TransferProgress),
    ) -> Result<ExportReport> {
        let draft = Draft::new(path.as_ref(), ACTION)?;
        draft.refuse_taken(options.overwrite, self.shared().engine.path())?;
        let file = File::create(&draft.path).map_err(|error| Error::io(ACTION, &draft.path, &error))?;
        let report = self.export(file, options, progress)?;
        draft.install(options.overwrite)?;
        Ok(report)
    }
}

/// Writes everything, as of one moment.
fn export(
    engine: &Arc<Engine>,
    writer: impl Write,
    options: &ExportOptions,
    progress: impl FnMut(TransferProgress),
) -> Result<ExportReport> {
    let snapshot = engine.snapshot()?;
    let (head, store_id, anchor) = snapshot
        .read(|reader| Ok((journal::head(reader)?, journal::store_id(reader)?, journal::anchor(reader)?)))?;
    let since = snapshot.read(|reader| since(reader, options, &head, &anchor))?;
    let mut export = Export {
        snapshot: &snapshot,
        output: Output::new(writer),
        progress,
        done: TransferProgress { records: 0, total: None, bytes: 0 },
        counts: Vec::new(),
    };
    if since.is_none() && options.namespace.is_none() {
        export.done.total = Some(export.count_all()?);
    }
    export.header(&head, &store_id, &anchor, since.as_ref(), options)?;
    match (&since, &options.namespace) {
        (Some(since), _) => export.changed(since.revision, options)?,
        (None, Some(namespace)) => export.namespace(namespace)?,
        (None, None) => export.everything()?,
    }
    if options.namespace.is_none() {
        let after = since.as_ref().map_or(i64::MIN, |since| since.revision.cast_signed());
        export.pages(STORE, &COMMITS, vec![Key::Int(after)], |_| true)?;
    }
    export.footer()?;
    let TransferProgress { records, bytes, .. } = export.done;
    Ok(ExportReport { revision: head.revision, hash: hex(&head.hash), records, bytes })
}

/// The revision after which the changes are exported, if they are, with its hash.
fn since(reader: &Reader<'_>, options: &ExportOptions, head: &Head, anchor: &Head) -> Result<Option<Head>> {
    if let Some(name) = &options.namespace {
        check_name("namespace", name, NAMESPACE_BYTES)?;
    }
    let Some(revision) = options.since else { return Ok(None) };
    if revision > head.revision {
        return Err(Error::value(
            "since",
            format!("the store is at revision {}, not yet there", head.revision),
        ));
    }
    match journal::hash_at(reader, revision)? {
        Some(hash) => Ok(Some(Head { revision, hash, time_ms: 0 })),
        None => Err(Error::FeedLagged { after: revision, oldest: anchor.revision }),
    }
}

/// An export that is under way.
struct Export<'a, W: Write, P> {
    snapshot: &'a Snapshot,
    output: Output<W>,
    progress: P,
    done: TransferProgress,
    counts: Vec<(&'static str, u64)>,
}

impl<W: Write, P: FnMut(TransferProgress)> Export<'_, W, P> {
    fn count_all(&self) -> Result<u64> {
        let mut total = 0;
        for table in FACETS.iter().flat_map(|facet| facet.transfer.tables).chain([&COMMITS]) {
            let count = self.snapshot.read(|reader| reader.one(table.count, &[], |row| row.int(0)))?;
            total += count.unwrap_or_default().unsigned_abs();
        }
        Ok(total)
    }

    fn header(
        &mut self,
        head: &Head,
        store_id: &[u8; 16],
        anchor: &Head,
        since: Option<&Head>,
        options: &ExportOptions,
    ) -> Result<()> {
        let place = |at: &Head| format!(r#"{{"revision":{},"hash":"{}"}}"#, at.revision, hex(&at.hash));
        let mut line = Line::default();
        line.open();
        line.text("format", FORMAT);
        line.int("version", VERSION.cast_signed());
        line.text("store_id", &hex(store_id));
        line.int("revision", head.revision.cast_signed());
        line.text("hash", &hex(&head.hash));
        line.raw("anchor", &place(anchor));
        line.maybe("since", since.map(place).as_deref(), Line::raw);
        line.maybe("namespace", options.namespace.as_deref(), Line::text);
        line.end();
        self.output.write(line.as_bytes())
    }

    fn footer(&mut self) -> Result<()> {
        let counts: Vec<_> =
            self.counts.iter().map(|(record, count)| format!(r#""{record}":{count}"#)).collect();
        let mut line = Line::default();
        line.open();
        line.text("end", FORMAT);
        line.raw("records", &format!("{{{}}}", counts.join(",")));
        line.text("digest", &self.output.digest());
        line.end();
        self.output.write(line.as_bytes())?;
        self.done.bytes = self.output.bytes;
        (self.progress)(self.done);
        self.output.finish()
    }

    fn count(&mut self, record: &'static str, records: u64) {
        match self.counts.iter_mut().find(|(known, _)| *known == record) {
            Some((_, count)) => *count += records,
            None => self.counts.push((record, records)),
        }
        self.done.records += records;
    }

    fn flush(&mut self, page: &mut Line) -> Result<()> {
        self.output.write(page.as_bytes())?;
        page.clear();
        self.done.bytes = self.output.bytes;
        (self.progress)(self.done);
        Ok(())
    }

    fn everything(&mut self) -> Result<()> {
        for facet in FACETS {
            for table in facet.transfer.tables {
                self.pages(facet.name, table, Key::first(table), |_| true)?;
            }
        }
        Ok(())
    }

    fn namespace(&mut self, name: &str) -> Result<()> {
        let [table] = namespace::FACET_OF_STORE.transfer.tables else { unreachable!("it has keys alone") };
        let from = vec![Key::Text(name.to_owned()), Key::Text(String::new())];
        self.pages(namespace::FACET, table, from, |key| matches!(&key[0], Key::Text(of) if of == name))
    }

    /// Writes the rows of a table whose keys come after `after`, as long as they are `wanted`. Between two pages nothing
    /// is held but the moment.
    fn pages(
        &mut self,
        facet: &str,
        table: &Table,
        mut after: Vec<Key>,
        wanted: impl Fn(&[Key]) -> bool,
    ) -> Result<()> {
        let mut page = Line::default();
        loop {
            let (mut records, mut more) = (0, false);
            self.snapshot.read(|reader| {
                let from = after.clone();
                let args: Vec<Arg<'_>> = from.iter().map(Key::arg).collect();
                reader.each(table.page, &args, |row| {
                    let key = of_row(table, row)?;
                    if !wanted(&key) {
                        return Ok(Next::Stop);
                    }
                    table.write(facet, row, &mut page)?;
                    (records, after) = (records + 1, key);
                    more = page.len() >= PAGE_BYTES;
                    Ok(if more { Next::Stop } else { Next::Row })
                })
            })?;
            self.count(table.record, records);
            self.flush(&mut page)?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Writes what has changed: of each subject that nothing of it is left, and then what there is of it now.
    fn changed(&mut self, since: u64, options: &ExportOptions) -> Result<()> {
        let subjects = self.snapshot.read(|reader| changed_since(reader, since, options))?;
        let mut page = Line::default();
        for (facet, name, key) in &subjects {
            let Facet { name: facet, transfer, .. } = &FACETS[*facet];
            page.begin(facet, CLEAR);
            page.text("name", name);
            if transfer.subject == Subject::NameAndKey {
                page.text("key", key);
            }
            page.end();
            self.count(CLEAR, 1);
            for table in transfer.tables {
                let mut records = 0;
                self.snapshot.read(|reader| {
                    let args = [Arg::Text(name), Arg::Text(key)];
                    let count = if transfer.subject == Subject::NameAndKey { 2 } else { 1 };
                    reader.each(table.of, &args[..count], |row| {
                        records += 1;
                        table.write(facet, row, &mut page).map(|()| Next::Row)
                    })
                })?;
                self.count(table.record, records);
            }
            if page.len() >= PAGE_BYTES {
                self.flush(&mut page)?;
            }
        }
        self.flush(&mut page)
    }
}

/// The facet, by its place, the name and, where it counts, the key of all that was changed.
fn changed_since(
    reader: &Reader<'_>,
    since: u64,
    options: &ExportOptions,
) -> Result<BTreeSet<(usize, String, String)>> {
    let mut subjects = BTreeSet::new();
    visit_touches(reader, since, |revision, touch: &Touch<'_>| {
        if touch.facet == STORE {
            let reason = format!(
                "revision {revision} has restored a backup, which may have changed anything; export since that \
                 revision, or everything"
            );
            return Err(Error::value("since", reason));
        }
        let wanted = options.namespace.as_ref();
        if wanted.is_some_and(|wanted| touch.facet != namespace::FACET || touch.name != wanted) {
            return Ok(Next::Row);
        }
        let Some(facet) = FACETS.iter().position(|facet| facet.name == touch.facet) else {
            return Err(reader.corrupt(format!("revision {revision} tells of a facet {:?}", touch.facet)));
        };
        let key = if FACETS[facet].transfer.subject == Subject::NameAndKey { touch.key } else { "" };
        subjects.insert((facet, touch.name.to_owned(), key.to_owned()));
        Ok(Next::Row)
    })?;
    Ok(subjects)
}

/// Where an export goes, with the digest of what went there.
struct Output<W: Write> {
    writer: BufWriter<W>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Output<W> {
    fn new(writer: W) -> Self {
        Self { writer: BufWriter::new(writer), hasher: blake3::Hasher::new(), bytes: 0 }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(|error| failed(&error))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn digest(&self) -> String {
        hex(self.hasher.finalize().as_bytes())
    }

    fn finish(&mut self) -> Result<()> {
        self.writer.flush().map_err(|error| failed(&error))
    }
}

fn failed(error: &io::Error) -> Error {
    Error::io(ACTION, "the writer", error)
}
