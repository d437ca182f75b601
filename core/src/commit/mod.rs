//! How a change becomes one unit: transactions, snapshots, the atomic builder, receipts.

mod atomic;
mod buffer;
mod reads;
mod receipt;
mod retry;
mod snapshot;
mod transaction;

pub use atomic::Atomic;
pub(crate) use buffer::Buffer;
pub(crate) use reads::{Depth, Range};
pub use receipt::Receipt;
pub use retry::{Attempts, TransactionOptions};
pub(crate) use snapshot::Moment;
pub use snapshot::Snapshot;
pub(crate) use transaction::{Changes, Open};
pub use transaction::{Mark, Transaction};
