//! The journal: one row a commit, chained by hashes. The layout of what is hashed is part of the
//! file's format and described in `docs/file-format.md`.

use std::borrow::Cow;

use super::reader::{Arg, Next, Reader};
use super::request::Touch;
use crate::error::Result;
use crate::ids::hex;

pub(crate) const APPEND: &str = "
INSERT INTO journal (revision, time_ms, actor, touched, content, digest, previous, hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const HEAD: &str = "SELECT revision, time_ms, hash FROM journal ORDER BY revision DESC LIMIT 1";
const ANCHOR_REVISION: &str = "SELECT value FROM meta WHERE key = 'anchor_revision'";
const ANCHOR_HASH: &str = "SELECT value FROM meta WHERE key = 'anchor_hash'";
const STORE_ID: &str = "SELECT value FROM meta WHERE key = 'store_id'";
const HASH_AT: &str = "SELECT hash FROM journal WHERE revision = ?1";
const TOUCHED: &str = "SELECT revision, touched FROM journal WHERE revision > ?1 ORDER BY revision";

/// Where the journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) revision: u64,
    pub(crate) hash: [u8; 32],
    /// The time of the last commit, if the journal still has it.
    pub(crate) time_ms: i64,
}

/// A hash column; a damaged one is all zeroes, which fits no chain.
pub(crate) fn hash_of(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}

pub(crate) fn head(reader: &Reader<'_>) -> Result<Head> {
    let last = reader.one(HEAD, &[], |row| {
        Ok(Head { revision: row.int(0)?.unsigned_abs(), time_ms: row.int(1)?, hash: hash_of(row.bytes(2)?) })
    })?;
    last.map_or_else(|| anchor(reader), Ok)
}

/// The row before the first one that is still there.
pub(crate) fn anchor(reader: &Reader<'_>) -> Result<Head> {
    let revision = reader.one(ANCHOR_REVISION, &[], |row| row.int(0))?.unwrap_or(0).unsigned_abs();
    let hash = reader.one(ANCHOR_HASH, &[], |row| Ok(hash_of(row.bytes(0)?)))?.unwrap_or_default();
    Ok(Head { revision, hash, time_ms: i64::MIN })
}

/// The hash of a revision that the journal still knows of, its anchor included.
pub(crate) fn hash_at(reader: &Reader<'_>, revision: u64) -> Result<Option<[u8; 32]>> {
    let anchor = anchor(reader)?;
    if anchor.revision == revision {
        return Ok(Some(anchor.hash));
    }
    let revision = i64::try_from(revision).unwrap_or(i64::MAX);
    reader.one(HASH_AT, &[Arg::Int(revision)], |row| Ok(hash_of(row.bytes(0)?)))
}

pub(crate) fn store_id(reader: &Reader<'_>) -> Result<[u8; 16]> {
    let id = reader.one(STORE_ID, &[], |row| Ok(row.bytes(0)?.try_into().unwrap_or_default()))?;
    Ok(id.unwrap_or_default())
}

/// The hash of a row, which covers everything in it and the row before.
pub(crate) fn chain(
    previous: &[u8; 32],
    revision: u64,
    time_ms: i64,
    actor: &str,
    touched: &str,
    digest: &[u8; 32],
) -> [u8; 32] {
    // Gathered first: the hasher takes one long text faster than many short ones.
    let mut row = Vec::with_capacity(2 * 32 + 4 * 8 + actor.len() + touched.len());
    row.extend_from_slice(previous);
    row.extend_from_slice(&revision.to_le_bytes());
    row.extend_from_slice(&time_ms.to_le_bytes());
    for text in [actor, touched] {
        row.extend_from_slice(&(text.len() as u64).to_le_bytes());
        row.extend_from_slice(text.as_bytes());
    }
    row.extend_from_slice(digest);
    *blake3::hash(&row).as_bytes()
}

/// Gathers what a commit touched, and the digest of what it wrote there.
pub(crate) struct Record {
    touched: String,
    content: Digested,
}

/// What a key got, as it is hashed and, in a full journal, kept.
pub(crate) enum Content<'a> {
    Json(&'a str),
    Bytes(&'a [u8]),
    Nothing,
}

impl Record {
    pub(crate) fn new(keep_content: bool) -> Self {
        Self { touched: String::with_capacity(128), content: Digested::new(keep_content) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.touched.is_empty()
    }

    /// Notes one touch.
    pub(crate) fn add(&mut self, touch: &Touch<'_>, content: &Content<'_>, expires_ms: Option<i64>) {
        let separator = if self.is_empty() { "[[" } else { ",[" };
        let start = self.touched.len();
        self.touched.push_str(separator);
        for (at, text) in [touch.facet, touch.name, touch.key, touch.operation].into_iter().enumerate() {
            if at > 0 {
                self.touched.push(',');
            }
            quote(&mut self.touched, text);
        }
        self.content.push(&self.touched[start..]);
        self.touched.push(']');
        match content {
            Content::Json(json) => {
                self.content.push(",[\"json\",");
                self.content.push(json);
                self.content.push("],");
            }
            Content::Bytes(bytes) => {
                self.content.push(",[\"bytes\",\"");
                self.content.push(&hex(bytes));
                self.content.push("\"],");
            }
            Content::Nothing => self.content.push(",null,"),
        }
        match expires_ms {
            Some(ms) => self.content.push(&ms.to_string()),
            None => self.content.push("null"),
        }
        self.content.push("]");
    }

    /// The columns `touched`, `content` and `digest`.
    pub(crate) fn finish(mut self) -> (String, Option<String>, [u8; 32]) {
        self.touched.push(']');
        self.content.push("]");
        let (content, digest) = self.content.finish();
        (self.touched, content, digest)
    }
}

/// Text that is hashed, and kept if asked.
struct Digested {
    kept: Option<String>,
    hasher: blake3::Hasher,
    /// What is not hashed yet.
    waiting: Vec<u8>,
}

impl Digested {
    /// The hasher works on several chunks of 1 KiB at once if it is given that many, and if what it had before is a
    /// multiple of them; so it gets just so many bytes each time, but for the last.
    const LONG: usize = 16 << 10;
    /// What one small write needs.
    const SHORT: usize = 512;

    fn new(keep: bool) -> Self {
        let waiting = Vec::with_capacity(Self::SHORT);
        Self { kept: keep.then(String::new), hasher: blake3::Hasher::new(), waiting }
    }

    fn push(&mut self, text: &str) {
        if let Some(kept) = &mut self.kept {
            kept.push_str(text);
        }
        let mut bytes = text.as_bytes();
        if self.waiting.len() + bytes.len() >= Self::LONG {
            bytes = self.hash_long(bytes);
        }
        self.waiting.extend_from_slice(bytes);
    }

    /// Hashes what waits and as much of `bytes` as can be hashed now, and gives the rest of them.
    #[cold]
    fn hash_long<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (first, rest) = bytes.split_at(Self::LONG - self.waiting.len());
        self.waiting.extend_from_slice(first);
        self.hasher.update(&self.waiting);
        self.waiting.clear();
        let (whole, rest) = rest.split_at(rest.len() - rest.len() % Self::LONG);
        self.hasher.update(whole);
        rest
    }

    fn finish(mut self) -> (Option<String>, [u8; 32]) {
        self.hasher.update(&self.waiting);
        (self.kept, *self.hasher.finalize().as_bytes())
    }
}

/// Appends `text` as a JSON string.
fn quote(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&serde_json::to_string(text).expect("a string is always JSON"));
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Looks through what was committed after `since`, until `visit` says that it has seen enough, and
/// returns the last revision that it came to.
pub(crate) fn visit_touches(
    reader: &Reader<'_>,
    since: u64,
    mut visit: impl FnMut(u64, &Touch<'_>) -> Result<Next>,
) -> Result<u64> {
    let mut last = since;
    reader.each(TOUCHED, &[Arg::Int(since.cast_signed())], |row| {
        last = row.int(0)?.unsigned_abs();
        for (facet, name, key, operation) in touches(row.text(1)?) {
            let touch = Touch { facet: &facet, name: &name, key: &key, operation: &operation };
            if let Next::Stop = visit(last, &touch)? {
                return Ok(Next::Stop);
            }
        }
        Ok(Next::Row)
    })?;
    Ok(last)
}

/// Facet, name, key and operation.
pub(super) type Texts<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

pub(super) fn touches(touched: &str) -> Vec<Texts<'_>> {
    /// A text that is borrowed from the row where it has no escapes, which serde does not do for a
    /// bare `Cow`.
    #[derive(serde::Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Vec<(Text<'_>, Text<'_>, Text<'_>, Text<'_>)>>(touched)
        .unwrap_or_default()
        .into_iter()
        .map(|(facet, name, key, operation)| (facet.0, name.0, key.0, operation.0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touches_are_read_as_they_were_written() {
        let mut record = Record::new(true);
        let names = [("a", "k"), ("with \"quotes\"", "back\\slash"), ("ünïcode", "\u{1}\n😀")];
        for (name, key) in names {
            let touch = Touch { facet: "namespace", name, key, operation: "set" };
            record.add(&touch, &Content::Json("{\"x\":1}"), Some(5));
        }
        let (touched, content, digest) = record.finish();
        let read: Vec<_> = touches(&touched).into_iter().map(|(_, name, key, _)| (name, key)).collect();
        assert_eq!(read, names.map(|(name, key)| (name.into(), key.into())));
        let content = content.unwrap();
        assert_eq!(*blake3::hash(content.as_bytes()).as_bytes(), digest);
        assert!(serde_json::from_str::<serde_json::Value>(&content).is_ok(), "{content}");
    }

    #[test]
    fn a_digest_is_of_the_text_however_it_comes() {
        let mut content = Digested::new(true);
        let long = Digested::LONG;
        let lengths =
            [1, 200, 0, 5_000, long - 5_201, 3, long - 4, 1, long, long - 1, 2, 3 * long + 7, long + 1, 9];
        let mut text = String::new();
        for (at, length) in lengths.into_iter().enumerate() {
            // Each part is of a letter of its own, so that none can stand in for another.
            let part = char::from(b'a' + u8::try_from(at).unwrap()).to_string().repeat(length);
            content.push(&part);
            text.push_str(&part);
            assert!(content.waiting.len() < long, "{} bytes wait after part {at}", content.waiting.len());
        }
        let (kept, digest) = content.finish();
        assert_eq!(digest, *blake3::hash(text.as_bytes()).as_bytes());
        assert_eq!(kept, Some(text));
    }

    #[test]
    fn every_part_of_a_row_is_in_its_hash() {
        let digest = [1; 32];
        let row = chain(&[0; 32], 1, 2, "host/1", "[]", &digest);
        assert_ne!(row, chain(&[1; 32], 1, 2, "host/1", "[]", &digest));
        assert_ne!(row, chain(&[0; 32], 2, 2, "host/1", "[]", &digest));
        assert_ne!(row, chain(&[0; 32], 1, 3, "host/1", "[]", &digest));
        assert_ne!(row, chain(&[0; 32], 1, 2, "host/", "1[]", &digest));
        assert_ne!(row, chain(&[0; 32], 1, 2, "host/1", "[]", &[2; 32]));
    }
}
