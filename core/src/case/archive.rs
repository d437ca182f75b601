//! The file to which receipts are rotated: a line of JSON for each. Its layout is in `docs/file-format.md`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::check::{CaseProblem, Link};
use super::receipt::ReceiptRow;
use super::state::push;
use crate::error::{Error, Result};
use crate::ids::{hex, unhex};
use crate::json::push_quoted;

/// How much of the file is read at once from its end.
const BLOCK: u64 = 64 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    case_id: String,
    sequence: u64,
    id: String,
    revision: u64,
    time_ms: i64,
    actor: String,
    #[serde(borrow)]
    mutations: &'a RawValue,
    content: Option<String>,
    digest: String,
    before: String,
    after: String,
    previous: String,
    hash: String,
}

impl Line<'_> {
    fn receipt(&self) -> Option<ReceiptRow<'_>> {
        Some(ReceiptRow {
            sequence: self.sequence,
            id: &self.id,
            revision: self.revision,
            time_ms: self.time_ms,
            actor: &self.actor,
            mutations: self.mutations.get(),
            content: self.content.as_deref(),
            digest: unhex(&self.digest)?,
            before: unhex(&self.before)?,
            after: unhex(&self.after)?,
            previous: unhex(&self.previous)?,
            hash: unhex(&self.hash)?,
        })
    }
}

/// One receipt as a line.
pub(super) fn line(case_id: &str, receipt: &ReceiptRow<'_>) -> String {
    let mut text = "{\"case_id\":".to_owned();
    push_quoted(&mut text, case_id);
    push(&mut text, format_args!(",\"sequence\":{},\"id\":", receipt.sequence));
    push_quoted(&mut text, receipt.id);
    let (revision, time_ms) = (receipt.revision, receipt.time_ms);
    push(&mut text, format_args!(",\"revision\":{revision},\"time_ms\":{time_ms},\"actor\":"));
    push_quoted(&mut text, receipt.actor);
    push(&mut text, format_args!(",\"mutations\":{},\"content\":", receipt.mutations));
    match receipt.content {
        // As a text, since a value in it may go over several lines.
        Some(content) => push_quoted(&mut text, content),
        None => text.push_str("null"),
    }
    for (name, bytes) in [
        ("digest", &receipt.digest),
        ("before", &receipt.before),
        ("after", &receipt.after),
        ("previous", &receipt.previous),
        ("hash", &receipt.hash),
    ] {
        push(&mut text, format_args!(",\"{name}\":\"{}\"", hex(bytes)));
    }
    text.push_str("}\n");
    text
}

/// An archive that is open for appending, with its lock.
pub(super) struct Archive {
    file: File,
    path: PathBuf,
}

impl Archive {
    /// Opens the file or makes it, readable by its owner alone, and waits until nobody else appends to it. What
    /// a crash has left of a last line is removed.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |error: &std::io::Error| Error::io("opening the archive", path, error);
        let existed = path.exists();
        let file = options.open(path).map_err(|error| failed(&error))?;
        file.lock().map_err(|error| failed(&error))?;
        if !existed {
            sync_folder(path).map_err(|error| failed(&error))?;
        }
        let mut archive = Self { file, path: path.to_owned() };
        archive.cut_torn_line().map_err(|error| failed(&error))?;
        Ok(archive)
    }

    fn cut_torn_line(&mut self) -> std::io::Result<()> {
        let length = self.file.metadata()?.len();
        let mut end = length;
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            let block = self.block(start, end)?;
            if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
                end = start + at as u64 + 1;
                break;
            }
            end = start;
        }
        if end < length {
            self.file.set_len(end)?;
        }
        Ok(())
    }

    fn block(&mut self, start: u64, end: u64) -> std::io::Result<Vec<u8>> {
        let mut block = vec![0; usize::try_from(end - start).expect("a block is small")];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut block)?;
        Ok(block)
    }

    /// The last line of a case: its sequence number and its hash. The file is read from its end, so that a case
    /// that is rotated again and again finds it soon.
    pub(super) fn last_of(&mut self, case_id: &str) -> Result<Option<(u64, [u8; 32])>> {
        let mut wanted = "{\"case_id\":".to_owned();
        push_quoted(&mut wanted, case_id);
        wanted.push(',');
        let found = self.find_back(wanted.as_bytes());
        let found = found.map_err(|error| Error::io("reading the archive", &self.path, &error))?;
        Ok(found.and_then(|line| {
            let line = serde_json::from_slice::<Line<'_>>(&line).ok()?;
            Some((line.sequence, unhex(&line.hash)?))
        }))
    }

    /// The last line that begins so.
    fn find_back(&mut self, start_of_line: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
        let mut end = self.file.metadata()?.len();
        // What is known of the line that the block before ends in.
        let mut rest: Vec<u8> = Vec::new();
        while end > 0 {
            let start = end.saturating_sub(BLOCK);
            let mut text = self.block(start, end)?;
            text.append(&mut rest);
            let mut lines = text.split(|byte| *byte == b'\n').rev().peekable();
            while let Some(line) = lines.next() {
                if lines.peek().is_none() && start > 0 {
                    rest = line.to_vec();
                } else if line.starts_with(start_of_line) {
                    return Ok(Some(line.to_vec()));
                }
            }
            end = start;
        }
        Ok(None)
    }

    /// Appends lines.
    pub(super) fn append(&mut self, lines: &str) -> Result<()> {
        let appended = self.file.seek(SeekFrom::End(0)).and_then(|_| self.file.write_all(lines.as_bytes()));
        appended.map_err(|error| Error::io("appending to the archive", &self.path, &error))
    }

    /// Ok means that what was appended survives a power loss.
    pub(super) fn sync(&self) -> Result<()> {
        self.file.sync_all().map_err(|error| Error::io("syncing the archive", &self.path, &error))
    }
}

/// Makes it durable that a file is there.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent().filter(|folder| cfg!(unix) && !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// What an archive has of one case.
pub(super) struct Archived {
    pub(super) count: u64,
    /// Those that do not fit, up to the last one.
    problems: Vec<CaseProblem>,
    /// What is archived, receipt by receipt.
    links: Vec<Link>,
}

impl Archived {
    /// Reads the lines of a case, and follows its chain. Where an id was used again after a case was deleted,
    /// a chain begins anew, and the last one counts.
    pub(super) fn read(path: &Path, case_id: &str) -> Result<Self> {
        let failed = |error: &std::io::Error| Error::io("reading the archive", path, error);
        let file = File::open(path).map_err(|error| failed(&error))?;
        let mut wanted = "{\"case_id\":".to_owned();
        push_quoted(&mut wanted, case_id);
        wanted.push(',');
        let mut archived = Self { count: 0, problems: Vec::new(), links: Vec::new() };
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(|error| failed(&error))?;
            if !line.starts_with(wanted.as_bytes()) {
                continue;
            }
            let parsed = serde_json::from_slice::<Line<'_>>(&line).ok();
            let parsed = parsed.filter(|line| line.case_id == case_id);
            match parsed.as_ref().and_then(Line::receipt) {
                Some(receipt) => archived.add(case_id, &receipt),
                None => archived
                    .problems
                    .push(CaseProblem::of_case(case_id, "a line of the archive can't be read")),
            }
        }
        Ok(archived)
    }

    fn add(&mut self, case_id: &str, receipt: &ReceiptRow<'_>) {
        let before = self.links.last().copied().unwrap_or_else(|| Link::first(case_id));
        let mut problem = before.problem(case_id, receipt);
        if receipt.sequence == 1 && !self.links.is_empty() {
            problem = Link::first(case_id).problem(case_id, receipt);
            *self = Self { count: 0, problems: Vec::new(), links: Vec::new() };
        }
        self.count += 1;
        self.problems
            .extend(problem.map(|reason| {
                CaseProblem::of_receipt(case_id, receipt, format!("in the archive: {reason}"))
            }));
        self.links.push(Link { sequence: receipt.sequence, hash: receipt.hash, after: Some(receipt.after) });
    }

    /// Whether a receipt that is in the store is another in the archive. After a crash it may be in both.
    pub(super) fn differs(&self, link: &Link) -> Option<String> {
        let at = self.links.binary_search_by_key(&link.sequence, |link| link.sequence).ok()?;
        (self.links[at].hash != link.hash)
            .then(|| "the archive has another receipt of this number".to_owned())
    }

    /// What is wrong, given where the store's own chain begins.
    pub(super) fn problems_up_to(self, case_id: &str, anchor: &Link) -> Vec<CaseProblem> {
        let mut problems = self.problems;
        let joins = anchor.sequence == 0
            || self.links.iter().any(|link| link.sequence == anchor.sequence && link.hash == anchor.hash);
        if !joins {
            let reason = format!(
                "the archive does not have receipt {}, which the store's first receipt follows",
                anchor.sequence
            );
            problems.push(CaseProblem::of_case(case_id, reason));
        }
        problems
    }
}
