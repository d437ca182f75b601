//! How a store is opened.

mod named;

use std::path::Path;
use std::time::Duration;

pub(crate) use named::nearest;
pub use named::{OptionValue, Spelling, unknown_option};

use crate::clock::{Clock, SystemClock};
use crate::engine::{Durability, Engine, EngineTerms, OpeningTerms};
use crate::environment::Grants;
use crate::error::{Error, Result};
use crate::event::Bus;
use crate::fault::File;
use crate::format::STEPS;
use crate::limits::{
    CACHE_BYTES, LABEL_BYTES, MAX_BACKUPS, VALUE_BYTES, VALUE_BYTES_MOST, WAL_BYTES, cache_bytes, check_name,
};
use crate::mock::Queues;
use crate::namespace::{FACET as CACHED, Names, purge_step};
use crate::plugin::Registrations;
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
    max_receipts: Option<u64>,
    max_wal_bytes: u64,
    cache_bytes: usize,
    max_backups: u32,
    background: bool,
    label: Option<String>,
    follow_symlinks: bool,
    allow_network: bool,
    create: bool,
    faults: bool,
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
            max_receipts: None,
            max_wal_bytes: WAL_BYTES,
            cache_bytes: CACHE_BYTES,
            max_backups: MAX_BACKUPS,
            background: true,
            label: None,
            follow_symlinks: true,
            allow_network: false,
            create: true,
            faults: false,
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

    /// The most receipts that a case keeps in the store, and a tenth more: after a commit the oldest are rotated
    /// to `NAME-receipts.jsonl` beside it. No limit unless set.
    pub fn max_receipts(mut self, most: u64) -> Self {
        self.max_receipts = Some(most);
        self
    }

    /// How long SQLite's log may grow because a snapshot or a transaction is held; those that keep it from
    /// starting anew are then ended. 48 MiB unless set.
    pub fn max_wal_bytes(mut self, most: u64) -> Self {
        self.max_wal_bytes = most;
        self
    }

    /// How much memory this handle may take to keep what was read of keys, so that it is not read again until
    /// somebody changes it; 32 MiB unless set, 0 keeps nothing.
    pub fn cache_bytes(mut self, most: usize) -> Self {
        self.cache_bytes = most;
        self
    }

    /// Takes one of so many parts out of [`cache_bytes`](Self::cache_bytes), for a binding that keeps some of what was
    /// read by itself, and gives how many bytes that is.
    pub fn lend_cache_bytes(&mut self, parts: usize) -> usize {
        let most = cache_bytes(self.cache_bytes);
        let lent = most.checked_div(parts).unwrap_or_default();
        self.cache_bytes = most - lent;
        lent
    }

    /// How many backups of each plugin's state are kept; 3 unless set, 0 keeps none. A plugin may register
    /// its own number.
    pub fn max_backups(mut self, most: u32) -> Self {
        self.max_backups = most;
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

    /// Whether calls can be delayed and made to fail by [`Store::faults`](crate::Store::faults), for tests; off unless
    /// set. It makes a file `NAME-faults` beside the store, and every call costs a commit to it.
    pub fn faults(mut self, on: bool) -> Self {
        self.faults = on;
        self
    }

    /// Opens the store at `path`, or creates it; an older format is upgraded. `":memory:"` makes a private
    /// store in a folder of its own, which is removed when the last handle is dropped.
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
        let file_options = Self::default()
            .follow_symlinks(self.follow_symlinks)
            .allow_network(self.allow_network || private);
        let engine = Engine::open(
            &path,
            EngineTerms {
                opening: OpeningTerms {
                    create: self.create || private,
                    follow_symlinks: self.follow_symlinks,
                    allow_network: self.allow_network || private,
                    busy_timeout: self.busy_timeout,
                    steps: STEPS,
                },
                // Nothing of it is to survive, so nothing is gained by a sync.
                durability: if private { Durability::Normal } else { self.durability },
                keep_content: self.journal == Journal::Full,
                journal_max_rows: self.journal_max_rows,
                journal_max_age: self.journal_max_age,
                max_wal_bytes: self.max_wal_bytes,
                cache_bytes: cache_bytes(self.cache_bytes),
                cached: CACHED,
                background: self.background,
                label: self.label,
                clock: self.clock,
                purge: purge_step,
            },
        )?;
        let faults = if self.faults { Some(File::open(engine.path(), file_options)?) } else { None };
        Ok(Store::new(Shared {
            engine,
            faults,
            names: Names::default(),
            mock_queues: Queues::default(),
            grants: Grants::default(),
            lock_timeout: self.lock_timeout,
            max_value_bytes: self.max_value_bytes,
            max_backups: self.max_backups,
            registrations: Registrations::default(),
            bus: Bus::default(),
            max_receipts: self.max_receipts,
            _folder: folder.map(Into::into),
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
        if self.max_receipts == Some(0) {
            return Err(Error::value("max_receipts", "it must be at least 1: the last receipt always stays"));
        }
        if self.lock_timeout.is_zero() {
            return Err(Error::value("lock_timeout", "it must be more than 0"));
        }
        self.label.as_deref().map_or(Ok(()), |label| check_name("label", label, LABEL_BYTES))
    }
}
