//! The commands, a file for each kind of them.

pub(crate) mod backup;
pub(crate) mod care;
pub(crate) mod case;
pub(crate) mod completions;
pub(crate) mod environment;
pub(crate) mod fault;
pub(crate) mod interrupt;
pub(crate) mod lock;
pub(crate) mod look;
pub(crate) mod migration;
pub(crate) mod mock;
pub(crate) mod plugin;
pub(crate) mod read;
pub(crate) mod scenario;
pub(crate) mod transfer;
pub(crate) mod transition;
pub(crate) mod watch;
pub(crate) mod write;

use std::path::{Path, PathBuf};

use statehold::{Error, OpenOptions, Store};

use crate::failure::Failure;
use crate::output::Output;

/// The word that the journal adds to who committed.
const LABEL: &str = "cli";

/// What a command has to work with.
pub(crate) struct Run {
    store: Option<PathBuf>,
    pub(crate) output: Output,
}

impl Run {
    pub(crate) fn new(store: Option<PathBuf>, output: Output) -> Self {
        Self { store, output }
    }

    /// The path of the store that the user means.
    pub(crate) fn path(&self) -> Result<&Path, Failure> {
        self.store.as_deref().ok_or_else(|| {
            let message = "no store is given: add --store FILE, or set STATEHOLD_STORE to its path";
            Failure::Usage(message.to_owned())
        })
    }

    /// Opens the store; there must be one.
    pub(crate) fn open(&mut self) -> Result<Store, Failure> {
        self.open_existing(options())
    }

    /// As [`open`](Self::open), with options.
    pub(crate) fn open_existing(&mut self, options: OpenOptions) -> Result<Store, Failure> {
        let path = self.path()?;
        let opened = options.create(false).open(path).map_err(|error| match error {
            Error::Io { .. } if path.try_exists().is_ok_and(|exists| !exists) => {
                Failure::NoStore(path.to_owned())
            }
            other => other.into(),
        });
        self.witnessed(opened?)
    }

    /// Opens the store, or creates it.
    pub(crate) fn open_or_create(&mut self) -> Result<Store, Failure> {
        self.open_or_create_with(options())
    }

    /// As [`open_or_create`](Self::open_or_create), with options.
    pub(crate) fn open_or_create_with(&mut self, options: OpenOptions) -> Result<Store, Failure> {
        let opened = options.open(self.path()?)?;
        self.witnessed(opened)
    }

    /// Says so if the store is known to have lost something.
    fn witnessed(&mut self, store: Store) -> Result<Store, Failure> {
        if let Some(lost) = store.lost_commits() {
            let warning = format!(
                "revision {} was committed and the store ends at {}: commits were lost; `statehold doctor` tells more",
                lost.expected, lost.found
            );
            self.output.warn(&warning)?;
        }
        Ok(store)
    }
}

/// A command is over soon, so nothing is done in the background.
pub(crate) fn options() -> OpenOptions {
    Store::options().label(LABEL).background(false)
}
