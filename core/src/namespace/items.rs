//! Iterating over keys with their values, page by page: a paused iterator holds nothing.

use std::collections::VecDeque;

use super::view::{Scan, View};
use super::{Namespace, SnapshotNamespace};
use crate::engine::reader::Next;
use crate::error::Result;
use crate::value::Value;

/// How much one page holds.
const PAGE_KEYS: usize = 256;
const PAGE_BYTES: usize = 1 << 20;

/// Where the pages come from.
pub(super) enum Source {
    Namespace(Namespace),
    Snapshot(SnapshotNamespace),
}

/// The keys of a namespace with their values, made by [`Namespace::items`].
pub struct Items {
    source: Source,
    scan: Scan,
    left: Option<usize>,
    page: VecDeque<(String, Value)>,
    over: bool,
}

impl Items {
    pub(super) fn new(source: Source, scan: Scan, limit: Option<usize>) -> Self {
        Self { source, scan, left: limit, page: VecDeque::new(), over: false }
    }

    /// The next page: some keys with their values, at most 256 and about a mebibyte; empty at the end.
    ///
    /// # Errors
    /// As reading does.
    pub fn next_page(&mut self) -> Result<Vec<(String, Value)>> {
        if self.page.is_empty() {
            self.fetch()?;
        }
        Ok(self.page.drain(..).collect())
    }

    fn fetch(&mut self) -> Result<()> {
        if self.over || self.left == Some(0) {
            return Ok(());
        }
        let limit = self.left.map_or(PAGE_KEYS, |left| left.min(PAGE_KEYS));
        let scan = &self.scan;
        let (page, over) = match &self.source {
            Source::Snapshot(namespace) => namespace.page(|view| page(view, scan, limit))?,
            Source::Namespace(namespace) => namespace.noting(
                |view| page(view, scan, limit),
                |changes, (page, over)| {
                    let (last, limit) =
                        (page.last().map(|(key, _)| key.as_str()), (!over).then_some(page.len()));
                    namespace.note_range(changes, scan, limit, last, page.len());
                },
            )?,
        };
        self.over = over;
        self.left = self.left.map(|left| left - page.len());
        if let Some((last, _)) = page.last() {
            self.scan.start_after = Some(last.clone());
        }
        self.page = page.into();
        Ok(())
    }
}

/// One page, and whether it is the last.
fn page(view: &View<'_>, scan: &Scan, limit: usize) -> Result<(Vec<(String, Value)>, bool)> {
    let mut page = Vec::new();
    let mut bytes = 0;
    let mut over = true;
    view.scan(scan, |key, value| {
        let value = value.expect("the scan asks for values");
        bytes += key.len() + value.byte_len();
        page.push((key.to_owned(), value));
        if page.len() == limit || bytes >= PAGE_BYTES {
            over = false;
            return Ok(Next::Stop);
        }
        Ok(Next::Row)
    })?;
    Ok((page, over))
}

impl Iterator for Items {
    type Item = Result<(String, Value)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty()
            && let Err(error) = self.fetch()
        {
            self.over = true;
            return Some(Err(error));
        }
        self.page.pop_front().map(Ok)
    }
}

impl std::fmt::Debug for Items {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match &self.source {
            Source::Namespace(namespace) => namespace.name(),
            Source::Snapshot(namespace) => namespace.name(),
        };
        f.debug_struct("Items").field("namespace", &name).field("left", &self.left).finish_non_exhaustive()
    }
}
