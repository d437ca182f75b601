//! Gathers what SQLite writes to the log for one commit, so that it takes one call to the system.
//!
//! SQLite writes a commit as frames, one for each page: a header of 24 bytes, then the page, each with a
//! call of its own. The last header says that it ends a commit. Layout: <https://sqlite.org/fileformat2.html#walformat>.
//!
//! Holding the frames back until the last one has come changes nothing that anyone could see. SQLite makes
//! them known, in the log's index, only after the write of the last one has returned and, where the commit
//! syncs, the sync; until then no connection reads them, and a recovery takes a log without the last frame
//! of a commit for one without the commit. So the outcome of that one write is the outcome of them all.
//!
//! What would be wrong is to hold frames for longer than that: after a rollback, another process may write
//! other frames in their place. So nothing is held but between [`begin`](Gathering::begin) and
//! [`end`](Gathering::end), which stand around a COMMIT, and nothing that is not a plain row of new frames:
//! pages that were spilled before, and the checksums that are rewritten for their sake, go straight to the
//! file. See `docs/decisions/0011-one-write-a-commit.md`.

use std::ffi::c_int;

/// The length of a frame's header; nothing else that SQLite writes to a log is as short.
pub(crate) const HEADER: usize = 24;
/// The most that is held; a longer commit goes out in pieces of about this length.
const MOST: usize = 64 << 10;

/// The log's file, or a stand-in. Errors are SQLite's codes.
pub(crate) trait Log {
    fn write(&mut self, bytes: &[u8], at: u64) -> Result<(), c_int>;
    fn length(&mut self) -> Result<u64, c_int>;
}

/// What is held back of a commit that is being written.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    state: State,
    /// Where in the file `bytes` belong.
    at: u64,
    bytes: Vec<u8>,
    /// The header of the frame that ended the commit, once it has come.
    ended: Option<[u8; HEADER]>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Everything goes straight to the file.
    #[default]
    Off,
    /// A commit has begun and its first frame has not come.
    Begun,
    /// A header has come, and its page comes next.
    Header { last: bool },
    /// A frame has come, and the header of the next one follows.
    Frame,
}

impl Gathering {
    /// A commit begins.
    pub(crate) fn begin(&mut self) {
        self.bytes.clear();
        self.ended = None;
        self.state = State::Begun;
    }

    /// The commit is over. Whatever is still held belongs to frames that SQLite has given up, and is
    /// dropped; true if that is nothing, as it is after every commit that succeeded.
    pub(crate) fn end(&mut self) -> bool {
        let nothing = self.bytes.is_empty();
        self.bytes.clear();
        self.state = State::Off;
        nothing
    }

    /// The header of the frame that ended the last commit; none if it appended nothing.
    pub(crate) fn ended(&self) -> Option<&[u8; HEADER]> {
        self.ended.as_ref()
    }

    /// Takes one write of SQLite's. After an error nothing is held any more.
    pub(crate) fn write(&mut self, log: &mut impl Log, bytes: &[u8], at: u64) -> Result<(), c_int> {
        if let Ok(header) = <[u8; HEADER]>::try_from(bytes)
            && header[4..8] != [0; 4]
        {
            // A header that is rewritten comes once more, and counts as it comes last.
            self.ended = Some(header);
        }
        let Some(state) = self.next(bytes, at) else {
            self.settle(log)?;
            return log.write(bytes, at);
        };
        if self.bytes.len() + bytes.len() > MOST {
            self.flush(log)?;
        }
        if self.bytes.is_empty() {
            self.at = at;
        }
        self.bytes.extend_from_slice(bytes);
        let whole = self.state == State::Header { last: true };
        self.state = state;
        if whole { self.settle(log) } else { Ok(()) }
    }

    /// The state after this write if it continues what is held, or may begin it.
    fn next(&self, bytes: &[u8], at: u64) -> Option<State> {
        let follows = at == self.at + self.bytes.len() as u64;
        let header = || {
            let [_, _, _, _, commit @ .., _, _, _, _] = <&[u8; 12]>::try_from(bytes.get(..12)?).ok()?;
            (bytes.len() == HEADER).then_some(State::Header { last: *commit != [0; 4] })
        };
        match self.state {
            State::Off => None,
            // A header that ends a commit and stands alone may be one that is rewritten, with no page to
            // come; and of a commit of one frame there is little to gather.
            State::Begun => header().filter(|first| *first == State::Header { last: false }),
            State::Header { .. } => follows.then_some(State::Frame),
            State::Frame => header().filter(|_| follows),
        }
    }

    /// Writes what is held, and gathers no more until the next commit: for anything else that is done with
    /// the file.
    pub(crate) fn settle(&mut self, log: &mut impl Log) -> Result<(), c_int> {
        if matches!(self.state, State::Off | State::Begun) {
            return Ok(());
        }
        let written = self.flush(log);
        self.state = State::Off;
        written
    }

    fn flush(&mut self, log: &mut impl Log) -> Result<(), c_int> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let written = log.write(&self.bytes, self.at);
        self.at += self.bytes.len() as u64;
        self.bytes.clear();
        if written.is_err() {
            self.state = State::Off;
        }
        written
    }
}

#[cfg(test)]
#[path = "gathering_test.rs"]
mod tests;
