//! The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once.

pub mod backend;
mod clock;
mod commit;
mod engine;
mod error;
mod ids;
pub mod json;
mod limits;
mod namespace;
mod options;
mod store;
mod value;

pub use backend::{MemoryBackend, MemoryTransaction, StateBackend};
pub use clock::{Clock, ManualClock, SystemClock};
pub use commit::{Atomic, Attempts, Mark, Receipt, Snapshot, Transaction, TransactionOptions};
pub use engine::{Change, Durability, JournalCheck, JournalRow, LostCommits};
pub use error::{Error, Field, Result};
pub use json::{Json, Number};
pub use limits::ttl_from_seconds;
pub use namespace::{
    Claim, Claimed, Condition, IncrementOptions, Items, ListOptions, Namespace, NamespaceOptions, SetOptions,
    SnapshotNamespace,
};
pub use options::{Journal, OpenOptions, OptionValue, Spelling, unknown_option};
pub use store::{Store, open};
pub use value::{Entry, Value};
