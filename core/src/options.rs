//! How a store is opened.

use std::path::Path;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::engine::{Durability, Engine, EngineTerms, OpeningTerms};
use crate::error::{Error, Result};
use crate::limits::{LABEL_BYTES, VALUE_BYTES, VALUE_BYTES_MOST, WAL_BYTES, check_name};
use crate::namespace::{Names, purge_step};
use crate::store::{Shared, Store};

/// What the journal keeps of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Journal {
    /// Which keys were changed, and a digest of what they got. The default.
    #[default]
    Keys,
    /// What they got as well.
    Full,
}

/// The options that a store is opened with. Each method sets one; all have defaults.
#[allow(clippy::struct_excessive_bools)] // each is an option of its own
pub struct OpenOptions {
    durability: Durability,
    busy_timeout: Duration,
    lock_timeout: Duration,
    journal: Journal,
    journal_max_rows: u64,
    journal_max_age: Duration,
    max_value_bytes: usize,
    max_wal_bytes: u64,
    background: bool,
    label: Option<String>,
    follow_symlinks: bool,
    allow_network: bool,
    create: bool,
    clock: Box<dyn Clock>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(5),
            journal: Journal::Keys,
            journal_max_rows: 100_000,
            journal_max_age: Duration::from_secs(30 * 86_400),
            max_value_bytes: VALUE_BYTES,
            max_wal_bytes: WAL_BYTES,
            background: true,
            label: None,
            follow_symlinks: true,
            allow_network: false,
            create: true,
            clock: Box::new(SystemClock),
        }
    }
}

impl OpenOptions {
    /// What a commit that returned survives; [`Durability::Full`] unless set.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long to wait for another process's write lock before [`Error::Busy`]; 5 s unless set.
    pub fn busy_timeout(mut self, most: Duration) -> Self {
        self.busy_timeout = most;
        self
    }

    /// For how long a transaction may hold the write lock; 5 s unless set.
    pub fn lock_timeout(mut self, most: Duration) -> Self {
        self.lock_timeout = most;
        self
    }

    /// What the journal keeps; [`Journal::Keys`] unless set.
    pub fn journal(mut self, journal: Journal) -> Self {
        self.journal = journal;
        self
    }

    /// How many commits the journal keeps; 100,000 unless set.
    pub fn journal_max_rows(mut self, most: u64) -> Self {
        self.journal_max_rows = most;
        self
    }

    /// For how long the journal keeps a commit; 30 days unless set.
    pub fn journal_max_age(mut self, most: Duration) -> Self {
        self.journal_max_age = most;
        self
    }

    /// The most bytes that a value may have; 64 MiB unless set.
    pub fn max_value_bytes(mut self, most: usize) -> Self {
        self.max_value_bytes = most;
        self
    }

    /// How long SQLite's log may grow because a snapshot or a transaction is held; those that keep it from
    /// starting anew are then ended. 48 MiB unless set.
    pub fn max_wal_bytes(mut self, most: u64) -> Self {
        self.max_wal_bytes = most;
        self
    }

    /// Where the store takes its time from; the machine's clock unless set.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Whether a thread purges expired keys and moves the log into the file; on unless set. Without it,
    /// commits do both in between.
    pub fn background(mut self, on: bool) -> Self {
        self.background = on;
        self
    }

    /// A word that the journal adds to who committed; none unless set.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Whether the path may be a symbolic link; it may unless set.
    pub fn follow_symlinks(mut self, follow: bool) -> Self {
        self.follow_symlinks = follow;
        self
    }

    /// Whether to open a store on a network file system, where only one process on one machine can use it
    /// safely; refused unless set.
    pub fn allow_network(mut self, allow: bool) -> Self {
        self.allow_network = allow;
        self
    }

    /// Whether to create a store that isn't there; on unless set.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens the store at `path`, or creates it; an older format is upgraded. `":memory:"` makes a private
    /// store in a folder of its own, which is removed when it is closed.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for an option out of range; [`Error::NotAStore`], [`Error::SchemaTooNew`] and
    /// [`Error::Corrupt`] for a file that can't be used, which is then unchanged; [`Error::Io`] when the
    /// system refuses.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Store> {
        self.check()?;
        let mut path = path.as_ref().to_owned();
        let mut folder = None;
        if path.as_os_str() == ":memory:" {
            let made = tempfile::Builder::new().prefix("statehold-").tempdir();
            let made =
                made.map_err(|error| Error::io("creating a folder in", std::env::temp_dir(), &error))?;
            path = made.path().join("memory");
            folder = Some(made);
        }
        let private = folder.is_some();
        let engine = Engine::open(
            &path,
            EngineTerms {
                opening: OpeningTerms {
                    create: self.create || private,
                    follow_symlinks: self.follow_symlinks,
                    allow_network: self.allow_network || private,
                    busy_timeout: self.busy_timeout,
                },
                // Nothing of it is to survive, so nothing is gained by a sync.
                durability: if private { Durability::Normal } else { self.durability },
                keep_content: self.journal == Journal::Full,
                journal_max_rows: self.journal_max_rows,
                journal_max_age: self.journal_max_age,
                max_wal_bytes: self.max_wal_bytes,
                background: self.background,
                label: self.label,
                clock: self.clock,
                purge: purge_step,
            },
        )?;
        Ok(Store::new(Shared {
            engine,
            names: Names::default(),
            lock_timeout: self.lock_timeout,
            max_value_bytes: self.max_value_bytes,
            _folder: folder,
        }))
    }

    fn check(&self) -> Result<()> {
        if self.journal_max_rows == 0 {
            return Err(Error::value(
                "journal_max_rows",
                "it must be at least 1: transactions are checked by it",
            ));
        }
        if self.max_value_bytes > VALUE_BYTES_MOST {
            let reason = format!("it must be at most {VALUE_BYTES_MOST}, which is what SQLite can store");
            return Err(Error::value("max_value_bytes", reason));
        }
        if self.lock_timeout.is_zero() {
            return Err(Error::value("lock_timeout", "it must be more than 0"));
        }
        self.label.as_deref().map_or(Ok(()), |label| check_name("label", label, LABEL_BYTES))
    }
}

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
const NAMES: [(&str, &str); 13] = [
    ("durability", "durability"),
    ("busy_timeout", "busyTimeoutMs"),
    ("lock_timeout", "lockTimeoutMs"),
    ("journal", "journal"),
    ("journal_max_rows", "journalMaxRows"),
    ("journal_max_age", "journalMaxAgeMs"),
    ("max_value_bytes", "maxValueBytes"),
    ("max_wal_bytes", "maxWalBytes"),
    ("background", "background"),
    ("label", "label"),
    ("follow_symlinks", "followSymlinks"),
    ("allow_network", "allowNetwork"),
    ("create", "create"),
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
            "max_value_bytes" => {
                self.max_value_bytes =
                    usize::try_from(given.whole()?).map_err(|_| given.refused("a size"))?;
            }
            "max_wal_bytes" => self.max_wal_bytes = given.whole()?,
            "background" => self.background = given.bool()?,
            "label" => self.label = Some(given.text()?.to_owned()),
            "follow_symlinks" => self.follow_symlinks = given.bool()?,
            "allow_network" => self.allow_network = given.bool()?,
            "create" => self.create = given.bool()?,
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
    let nearest = known
        .clone()
        .map(|candidate| (strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let hint = match nearest {
        Some((likeness, candidate)) if likeness > 0.8 => format!("did you mean `{candidate}`?"),
        _ => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
    };
    Error::value(name, format!("unknown option `{name}`: {hint}"))
}
