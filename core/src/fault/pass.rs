//! The way of every operation through its faults. A store that was opened without takes one branch.

use super::file::File;
use super::{Operation, OperationFailure};
use crate::commit::Open;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::store::Shared;

/// A failure that comes after the work. Boxed, so that there is nearly nothing to carry when there is none.
pub(crate) type Owed = Option<Box<Error>>;

/// Where an operation is called, as its faults see it. Each public operation passes one gate once a call, outside of all
/// locks; what it is made of passes none.
#[derive(Clone, Copy)]
pub(crate) enum Gate<'a> {
    Store(&'a Shared),
    /// A lost acknowledgement is that of the commit here.
    Transaction(&'a Open),
}

impl Gate<'_> {
    /// Lets an operation pass, which may take time or fail. For one that is done in several steps: what it owes goes to
    /// [`settle`](Self::settle) with its result.
    #[inline]
    pub(crate) fn enter(self, operation: Operation) -> Result<Owed> {
        self.enter_for(operation, None)
    }

    /// The same for an operation of a mock cloud.
    #[inline]
    pub(crate) fn enter_for(self, operation: Operation, cloud: Option<&str>) -> Result<Owed> {
        let shared = match self {
            Self::Store(shared) => shared,
            Self::Transaction(open) if open.is_quiet() => return Ok(None),
            Self::Transaction(open) => &open.shared,
        };
        match &shared.faults {
            None => Ok(None),
            Some(file) => pass(file, &shared.engine, operation, cloud),
        }
    }

    /// The result of an operation that has passed, or the failure that it owes. A transaction keeps the failure of what it
    /// has only buffered for its commit.
    #[inline]
    pub(crate) fn settle<T, E: From<Error>>(
        self,
        operation: Operation,
        owed: Owed,
        result: Result<T, E>,
    ) -> Result<T, E> {
        match owed {
            None => result,
            Some(error) => {
                let value = result?;
                self.owe(operation, error)?;
                Ok(value)
            }
        }
    }

    #[cold]
    fn owe(self, operation: Operation, error: Box<Error>) -> Result<()> {
        match self {
            Self::Transaction(open) if operation.writes() => open.with(|changes| {
                changes.buffer.owed.get_or_insert(error);
                Ok(())
            }),
            Self::Store(_) | Self::Transaction(_) => Err(*error),
        }
    }

    /// Runs an operation, as its faults will have it.
    #[inline]
    pub(crate) fn operation<T, E: From<Error>>(
        self,
        operation: Operation,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let owed = self.enter(operation)?;
        self.settle(operation, owed, run())
    }

    /// Runs an operation of a mock cloud, as the cloud's faults and the store's will have it.
    #[inline]
    fn mock_operation<T, E: From<Error>>(
        self,
        operation: Operation,
        cloud: &str,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let owed = self.enter_for(operation, Some(cloud))?;
        self.settle(operation, owed, run())
    }
}

impl Shared {
    /// Runs an operation of the store, as its faults will have it.
    #[inline]
    pub(crate) fn operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        Gate::Store(self).operation(operation, run)
    }

    /// Runs an operation of a mock cloud of the store, as its faults will have it.
    #[inline]
    pub(crate) fn mock_operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        cloud: &str,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        Gate::Store(self).mock_operation(operation, cloud, run)
    }
}

impl Open {
    /// Runs an operation of a mock cloud inside the transaction, as its faults will have it.
    #[inline]
    pub(crate) fn mock_operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        cloud: &str,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        Gate::Transaction(self).mock_operation(operation, cloud, run)
    }
}

/// Journals a call, waits for as long as it is to take, and fails or gives what it owes after its work.
#[cold]
#[inline(never)]
fn pass(file: &File, engine: &Engine, operation: Operation, cloud: Option<&str>) -> Result<Owed> {
    engine.alive()?;
    let drawn = file.call(operation.name(), cloud, engine.shared_now()).inspect_err(|error| {
        tracing::warn!(target: "statehold", operation = operation.name(), %error, "the faults of a call could not be drawn");
    })?;
    if !drawn.latency.is_zero() {
        engine.sleep(drawn.latency);
    }
    let Some(OperationFailure { error_code, error_message, after_commit, .. }) = drawn.failure else {
        return Ok(None);
    };
    let error = Error::Fault {
        operation: operation.name().to_owned(),
        error_code,
        error_message,
        committed: after_commit && operation.writes(),
    };
    if after_commit { Ok(Some(Box::new(error))) } else { Err(error) }
}
