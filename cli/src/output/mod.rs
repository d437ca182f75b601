//! What the user sees: lines and tables for people, JSON for programs, progress while it takes long.

mod progress;
mod table;
mod text;

use std::fmt::Display;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

pub(crate) use self::progress::Progress;
pub(crate) use self::table::Table;
pub(crate) use self::text::{
    ago, bytes, count, json_shown, millis, moment, rfc3339, shown, span, value_json, value_shown,
};
use crate::failure::Failure;
use crate::streams::Streams;

pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

type Done = Result<(), Failure>;

/// The streams of a command, and whether it is a person or a program who reads.
pub(crate) struct Output {
    pub(crate) streams: Streams,
    pub(crate) json: bool,
}

impl Output {
    pub(crate) fn new(streams: Streams, json: bool) -> Self {
        Self { streams, json }
    }

    /// Answers with a document for programs, or what `human` writes for people.
    pub(crate) fn answer(&mut self, document: &Value, human: impl FnOnce(&mut Self) -> Done) -> Done {
        if self.json { self.document(document) } else { human(self) }
    }

    /// A list: a line of JSON for each of the documents, or a table. That it is empty is told beside the output.
    pub(crate) fn list(&mut self, documents: &[Value], table: Table, nothing: &str) -> Done {
        if self.json {
            documents.iter().try_for_each(|document| self.document(document))
        } else if documents.is_empty() {
            self.note(nothing)
        } else {
            self.table(table)
        }
    }

    /// A document on a line.
    pub(crate) fn document(&mut self, document: &Value) -> Done {
        Ok(writeln!(self.streams.out.to, "{document}")?)
    }

    pub(crate) fn table(&mut self, table: Table) -> Done {
        let width = self.streams.out.is_terminal.then(terminal_size::terminal_size).flatten();
        self.text(&table.laid_out(width.map(|(width, _)| width.0)))
    }

    /// A line for people. What is stored is to be [`shown`] in it, so that its styles are its only control characters.
    pub(crate) fn line(&mut self, line: impl Display) -> Done {
        self.text(&format!("{line}\n"))
    }

    pub(crate) fn text(&mut self, text: &str) -> Done {
        Ok(self.streams.out.styled(text)?)
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Done {
        Ok(self.streams.out.to.write_all(bytes)?)
    }

    /// What is written so far can be read.
    pub(crate) fn flush(&mut self) -> Done {
        Ok(self.streams.out.to.flush()?)
    }

    /// Something for people that is no part of the answer.
    pub(crate) fn note(&mut self, note: &str) -> Done {
        self.flush()?;
        if !self.json {
            self.streams.err.styled(&format!("{note}\n"))?;
        }
        Ok(())
    }

    /// Something that is wrong and doesn't keep the command from going on.
    pub(crate) fn warn(&mut self, warning: &str) -> Done {
        self.flush()?;
        Ok(self.streams.err.styled(&format!("{} {}\n", paint("warning:", DOUBTFUL), shown(warning)))?)
    }

    /// Why the command could not be done: a line on the standard error, and for programs a document too.
    pub(crate) fn error(&mut self, message: &str, document: &Value) -> Done {
        self.refuse(&format!("{} {}\n", paint("error:", BAD), shown(message)), document)
    }

    /// As [`error`](Self::error), with a text that is ready.
    pub(crate) fn refuse(&mut self, text: &str, document: &Value) -> Done {
        // The answer so far comes first. If it can't be written any more, the error still can.
        let answered = if self.json { self.document(document) } else { Ok(()) }.and_then(|()| self.flush());
        self.streams.err.styled(text)?;
        self.streams.err.to.flush()?;
        answered
    }

    /// A bar for what may take long.
    pub(crate) fn progress(&self, what: &'static str) -> Progress {
        Progress::new(what, self.streams.err.is_terminal && !self.json)
    }

    /// Does what may take long and can't tell how far it has come.
    pub(crate) fn waiting<T: Send>(&self, what: &'static str, work: impl FnOnce() -> T + Send) -> T {
        self.progress(what).during(work)
    }
}

/// A text in a style.
pub(crate) fn paint(text: impl Display, style: Style) -> String {
    format!("{style}{text}{style:#}")
}
