//! Options by name, as the bindings get them: checked here, so that the rules stand once.

use std::time::Duration;

use super::{Journal, OpenOptions};
use crate::error::{Error, Result};

/// The value of an option, as a binding gets it.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionValue {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// How a language spells the options, and in which unit it gives times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `busy_timeout`, in seconds: Python.
    Snake,
    /// `busyTimeoutMs`, in milliseconds: Node.
    Camel,
}

/// The options by name: as in Python, and as in Node.
const NAMES: [(&str, &str); 17] = [
    ("durability", "durability"),
    ("busy_timeout", "busyTimeoutMs"),
    ("lock_timeout", "lockTimeoutMs"),
    ("journal", "journal"),
    ("journal_max_rows", "journalMaxRows"),
    ("journal_max_age", "journalMaxAgeMs"),
    ("max_value_bytes", "maxValueBytes"),
    ("max_receipts", "maxReceipts"),
    ("max_wal_bytes", "maxWalBytes"),
    ("cache_bytes", "cacheBytes"),
    ("max_backups", "maxBackups"),
    ("background", "background"),
    ("label", "label"),
    ("follow_symlinks", "followSymlinks"),
    ("allow_network", "allowNetwork"),
    ("create", "create"),
    ("faults", "faults"),
];

impl OpenOptions {
    /// Sets an option by its name, as the bindings get them.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a name that is none, with a hint at the nearest one, and for a value of
    /// the wrong type or out of range.
    pub fn set(&mut self, name: &str, value: &OptionValue, spelling: Spelling) -> Result<()> {
        let spelt = |names: &(&'static str, &'static str)| match spelling {
            Spelling::Snake => names.0,
            Spelling::Camel => names.1,
        };
        let Some(known) = NAMES.iter().find(|names| spelt(names) == name) else {
            return Err(unknown_option(name, NAMES.iter().map(spelt)));
        };
        let per_second = if spelling == Spelling::Snake { 1.0 } else { 1000.0 };
        let given = Given { name, value };
        match known.0 {
            "durability" => self.durability = given.text()?.parse()?,
            "busy_timeout" => self.busy_timeout = given.duration(per_second)?,
            "lock_timeout" => self.lock_timeout = given.duration(per_second)?,
            "journal" => {
                self.journal = match given.text()? {
                    "keys" => Journal::Keys,
                    "full" => Journal::Full,
                    _ => return Err(given.refused("\"keys\" or \"full\"")),
                }
            }
            "journal_max_rows" => self.journal_max_rows = given.whole()?,
            "journal_max_age" => self.journal_max_age = given.duration(per_second)?,
            "max_value_bytes" => self.max_value_bytes = given.size()?,
            "max_receipts" => self.max_receipts = Some(given.whole()?),
            "max_wal_bytes" => self.max_wal_bytes = given.whole()?,
            "cache_bytes" => self.cache_bytes = given.size()?,
            "max_backups" => {
                self.max_backups = u32::try_from(given.whole()?).map_err(|_| given.refused("a count"))?;
            }
            "background" => self.background = given.bool()?,
            "label" => self.label = Some(given.text()?.to_owned()),
            "follow_symlinks" => self.follow_symlinks = given.bool()?,
            "allow_network" => self.allow_network = given.bool()?,
            "create" => self.create = given.bool()?,
            "faults" => self.faults = given.bool()?,
            other => unreachable!("{other} is in the table and not here"),
        }
        Ok(())
    }
}

struct Given<'a> {
    name: &'a str,
    value: &'a OptionValue,
}

impl Given<'_> {
    fn refused(&self, wanted: &str) -> Error {
        let got = match self.value {
            OptionValue::Bool(on) => on.to_string(),
            OptionValue::Number(number) => number.to_string(),
            OptionValue::Text(text) => format!("{text:?}"),
        };
        Error::value(self.name, format!("it must be {wanted}, not {got}"))
    }

    fn bool(&self) -> Result<bool> {
        if let OptionValue::Bool(on) = self.value { Ok(*on) } else { Err(self.refused("true or false")) }
    }

    fn text(&self) -> Result<&str> {
        if let OptionValue::Text(text) = self.value { Ok(text) } else { Err(self.refused("a text")) }
    }

    fn duration(&self, per_second: f64) -> Result<Duration> {
        let OptionValue::Number(number) = self.value else { return Err(self.refused("a number")) };
        Duration::try_from_secs_f64(number / per_second).map_err(|_| self.refused("a time of 0 or more"))
    }

    fn size(&self) -> Result<usize> {
        usize::try_from(self.whole()?).map_err(|_| self.refused("a size"))
    }

    fn whole(&self) -> Result<u64> {
        match self.value {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just before
            OptionValue::Number(number) if *number >= 0.0 && number.fract() == 0.0 && *number < 9e15 => {
                Ok(*number as u64)
            }
            _ => Err(self.refused("a whole number of 0 or more")),
        }
    }
}

/// The error of an option that doesn't exist, with the nearest one that does.
pub fn unknown_option<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let hint = nearest(name, known.clone()).map_or_else(
        || format!("there are {}", known.collect::<Vec<_>>().join(", ")),
        |candidate| format!("did you mean `{candidate}`?"),
    );
    Error::value(name, format!("unknown option `{name}`: {hint}"))
}

/// The one of the known names that somebody who wrote `name` may have meant.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(likeness, _)| *likeness > 0.8)
        .map(|(_, candidate)| candidate)
}
