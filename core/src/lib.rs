//! The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once.
//!
//! ```
//! use std::time::Duration;
//!
//! use statehold::{Error, SetOptions, Store};
//!
//! let store = Store::open(":memory:")?; // or the path of a file, which is made if it isn't there
//!
//! // Any type that serde knows, for an hour.
//! let sessions = store.namespace("sessions");
//! sessions.set_with("ada", &vec!["admin"], &SetOptions::new().ttl(Duration::from_secs(3600)))?;
//! assert_eq!(sessions.get::<Vec<String>>("ada")?, Some(vec!["admin".to_owned()]));
//!
//! // Several namespaces in one commit. What is read is checked, and the function run again if it changed.
//! let jobs = store.transaction(|tx| {
//!     tx.namespace("jobs").set("1", "queued")?;
//!     tx.namespace("counters").increment("jobs", 1)
//! })?;
//! assert_eq!(jobs, 1.into());
//!
//! // Threads, and processes in other languages, see it at once.
//! assert_eq!(store.clone().namespace("jobs").list("*")?, ["1"]);
//! # Ok::<(), Error>(())
//! ```
//!
//! The main type is [`Store`], an open file; [`Store::options`] opens one otherwise than by default. A store has
//! [`Namespace`]s, whose methods are the operations on keys. [`Store::transaction`] gives a [`Transaction`], which
//! has the same namespaces; [`Store::snapshot`] a [`Snapshot`], for many reads as of one moment; [`Store::atomic`]
//! an [`Atomic`], for checks and mutations without reading. [`Store::plugin`] gives a [`Plugin`], the versioned
//! document of one plugin with its backups and migrations. [`Store::environments`] gives the [`Environments`], records
//! that go through a [`Lifecycle`], with a history and a lock each. [`Store::on`] tells what happens to those two.
//! [`Store::create_case`] gives a [`Case`], the state of one run of a workflow, whose commits leave receipts.
//! [`Store::mock_cloud`] gives a [`MockCloud`], a provider for tests that is none; [`open_mock_cloud`] one without a store.
//! [`Store::watch`] gives a [`Watch`], which tells every [`Change`]. A [`Value`] is [`Json`] text or bytes. [`Error`] has one
//! variant for each thing that a caller can do next. Code that wants some store, and not this one, depends on
//! [`StateBackend`]; [`MemoryBackend`] is another one.
//!
//! [`Store::backup`], [`Store::restore`], [`Store::export`], [`Store::import`], [`Store::verify`], [`Store::doctor`], [`Store::info`],
//! [`Store::upgrade`] and [`Store::vacuum`] are for the care of whole stores.
//!
//! All of it blocks: on the disk, and when writing on other writers. In asynchronous code call it where blocking is
//! allowed. [`Store::attempts`], [`Transaction::mark`], [`Namespace::get_or_claim`], [`Store::write_together`] and
//! [`Migration`] are for those who build an asynchronous face, as the bindings do.
//!
//! # What is not supported
//!
//! Network file systems, several machines on one file, another copy of SQLite on the file in the same process, the
//! use of a store over a fork, queries by anything but keys, encryption. On systems other than Linux it compiles and
//! works, with fewer guards: `docs/guarantees.md` tells which.
//!
//! # Features
//!
//! There is none to choose. SQLite is compiled in. `crash-points` is for this crate's own tests.
//!
//! The guide, the guarantees and the file's format are in the folder `docs` of the repository.

pub mod backend;
mod case;
mod clock;
mod commit;
mod engine;
pub mod environment;
mod error;
mod event;
mod fault;
mod feed;
mod format;
mod ids;
pub mod json;
mod limits;
pub mod mock;
mod namespace;
mod operations;
mod options;
mod plugin;
mod store;
mod transfer;
mod value;
mod verdict;
mod violation;

pub use backend::{MemoryBackend, MemoryTransaction, StateBackend};
pub use case::{
    BegunEffect, Case, CaseCheck, CaseFilter, CaseMetadata, CaseMutation, CaseOptions, CaseProblem,
    CaseReceipt, CaseScope, CaseState, CaseStatus, CaseSummary, CommitStep, Committing, EffectOptions,
    EffectOutcome, EffectResult, EffectStatus, History, OnDoubt, PendingEffect, ReceiptMutation,
    RotateOptions, ScopeStatus, Token, TokenStatus, UpdateCall, UpdateFunction, Updated,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use commit::{Atomic, Attempts, Mark, Receipt, Snapshot, Transaction, TransactionOptions};
pub use engine::{Change, CommitSign, CopyProgress, Durability, JournalCheck, JournalRow, LostCommits};
pub use environment::{
    AnyEnvironment, CommandError, CommandProblem, CommandProgress, CommandRun, Environment,
    EnvironmentCommand, EnvironmentFilter, EnvironmentLock, EnvironmentRecord, EnvironmentRepository,
    Environments, Failure, FailureKind, HistoryEntry, HistoryOperation, InterruptedEnvironment, Lifecycle,
    LockInfo, LockOptions, Orchestrator, RecoveryGuide, TransitionOptions, recovery, recovery_guides,
};
pub use error::{Error, Field, Result};
pub use event::{Event, Subscription};
pub use fault::{FaultCall, FaultRule, Faults, OperationFailure};
pub use feed::{Watch, WatchOptions};
pub use json::{Json, Number};
pub use limits::ttl_from_seconds;
pub use mock::{MockCloud, MockCloudOptions, Scenarios, get_mock_cloud, open_mock_cloud, reset_mock_cloud};
pub use namespace::{
    Claim, Claimed, Condition, IncrementOptions, Items, Kept, ListOptions, Namespace, NamespaceOptions,
    SetOptions, SnapshotNamespace, Update, Write, Written,
};
pub use operations::{
    BackupOptions, BackupReport, ExportOptions, ExportReport, FacetInfo, Finding, ImportOptions,
    ImportReport, Level, RestoreOptions, RestoreReport, Stats, StoreCheck, StoreInfo, TransferProgress,
    UpgradeOptions, UpgradeReport, VerifyOptions,
};
pub use options::{Journal, OpenOptions, OptionValue, Spelling, unknown_option};
pub use plugin::{
    JsonSchema, LoadOptions, Loading, Migrated, Migration, MigrationPreview, MigrationStep, Migrations,
    Plugin, PluginBackup, PluginMetadata, PluginState, PluginStates, Registration, SaveOptions, StateDiff,
    version_from_number,
};
pub use store::{Store, open};
pub use value::{Entry, Value};
pub use verdict::StoreProblem;
pub use violation::Violation;

/// The programs of the guide, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide.md")]
struct Guide;
