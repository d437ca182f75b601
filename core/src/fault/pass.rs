//! The way of every operation through its faults. A store that was opened without takes one branch.

use super::file::File;
use super::{Operation, OperationFailure};
use crate::commit::Open;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::store::Shared;

/// A failure that comes after the work. Boxed, so that there is nearly nothing to carry when there is none.
pub(crate) type Owed = Option<Box<Error>>;

impl Shared {
    /// Runs an operation of the store, as its faults will have it. Each public operation passes here once a call, and
    /// outside of all locks.
    #[inline]
    pub(crate) fn operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let owed = match &self.faults {
            None => None,
            Some(file) => enter(file, &self.engine, operation, None)?,
        };
        settle(owed, run())
    }

    /// Runs an operation of a mock cloud, as the cloud's faults and the store's will have it.
    pub(crate) fn mock_operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        cloud: &str,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let owed = match &self.faults {
            None => None,
            Some(file) => enter(file, &self.engine, operation, Some(cloud))?,
        };
        settle(owed, run())
    }
}

impl Open {
    /// Runs an operation inside the transaction. The acknowledgement that is lost is then that of the commit.
    #[inline]
    pub(crate) fn operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.shared.faults {
            Some(file) if !self.is_quiet() => {
                let owed = enter(file, &self.shared.engine, operation, None)?;
                self.owe(operation, owed, run)
            }
            _ => run(),
        }
    }

    /// Runs an operation on the transaction itself, outside of which nothing more is owed.
    pub(crate) fn operation_of_its_own<T, E: From<Error>>(
        &self,
        operation: Operation,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_quiet() { run() } else { self.shared.operation(operation, run) }
    }

    /// Runs an operation of a mock cloud inside the transaction.
    pub(crate) fn mock_operation<T, E: From<Error>>(
        &self,
        operation: Operation,
        cloud: &str,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.shared.faults {
            Some(file) if !self.is_quiet() => {
                let owed = enter(file, &self.shared.engine, operation, Some(cloud))?;
                self.owe(operation, owed, run)
            }
            _ => run(),
        }
    }

    fn owe<T, E: From<Error>>(
        &self,
        operation: Operation,
        owed: Owed,
        run: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if !operation.writes() {
            return settle(owed, run());
        }
        let value = run()?;
        if let Some(error) = owed {
            self.with(|changes| {
                changes.buffer.owed.get_or_insert(error);
                Ok(())
            })?;
        }
        Ok(value)
    }
}

/// What a call gives that has something owed to it.
#[inline]
fn settle<T, E: From<Error>>(owed: Owed, result: Result<T, E>) -> Result<T, E> {
    match owed {
        Some(error) if result.is_ok() => Err(E::from(*error)),
        _ => result,
    }
}

/// Journals a call, waits for as long as it is to take, and fails or gives what it owes after its work.
#[cold]
#[inline(never)]
fn enter(file: &File, engine: &Engine, operation: Operation, scope: Option<&str>) -> Result<Owed> {
    engine.alive()?;
    let drawn = file.call(operation.name(), scope, engine.shared_now()).inspect_err(|error| {
        tracing::warn!(target: "statehold", operation = operation.name(), %error, "the faults of a call could not be drawn");
    })?;
    if !drawn.latency.is_zero() {
        engine.sleep(drawn.latency);
    }
    let Some(failure) = drawn.failure else { return Ok(None) };
    let after = failure.after_commit;
    let OperationFailure { error_code, error_message, .. } = failure;
    let error = Error::Fault {
        operation: operation.name().to_owned(),
        error_code,
        error_message,
        committed: after && operation.writes(),
    };
    if after { Ok(Some(Box::new(error))) } else { Err(error) }
}
