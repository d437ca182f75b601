//! Faults: a layer that every operation of a store passes through, which delays calls and makes them fail on demand, so
//! that users can test how their own application takes it. Only of a store that was opened with faults on.

mod draw;
mod failure;
mod file;
mod operation;
mod pass;
mod record;
mod stored;

use std::sync::Arc;
use std::time::Duration;

pub use failure::OperationFailure;
pub(crate) use file::File;
pub(crate) use operation::{Operation, Target};
pub(crate) use pass::{Gate, Owed};
pub use record::{FaultCall, FaultRule};

use self::failure::check_span;
use crate::error::{Error, Result};
use crate::store::Shared;
use crate::violation::Violation;

/// The faults of a store that was opened with [`OpenOptions::faults`](crate::OpenOptions::faults), made by
/// [`Store::faults`](crate::Store::faults). They are shared by all processes that opened it so: what one sets counts for
/// the next call of any. Of the faults that are set on an operation one counts: an exact name before patterns, and a longer
/// pattern before a shorter one.
///
/// ```
/// use statehold::{OperationFailure, Store};
///
/// let store = Store::options().faults(true).open(":memory:")?;
/// let faults = store.faults();
/// faults.set_operation_failure("namespace.set", OperationFailure::new().fail_next().error("Throttled", "slow down"))?;
/// let jobs = store.namespace("jobs");
/// assert_eq!(jobs.set("1", "queued").unwrap_err().code(), "FAULT");
/// jobs.set("1", "queued")?;
/// faults.verify("namespace.set", 2)?;
/// assert_eq!(faults.calls("namespace.*")?[0].error_code.as_deref(), Some("Throttled"));
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Clone)]
pub struct Faults {
    shared: Arc<Shared>,
    /// The mock cloud whose faults these are; none for those of the store, which sees all.
    scope: Option<Arc<str>>,
}

impl Faults {
    pub(crate) fn of_store(shared: &Arc<Shared>) -> Self {
        Self { shared: shared.clone(), scope: None }
    }

    /// The faults of a mock cloud of the same store.
    pub(crate) fn scoped(&self, cloud: &str) -> Self {
        Self { scope: Some(cloud.into()), ..self.clone() }
    }

    fn file(&self) -> Result<&File> {
        self.shared.faults.as_ref().ok_or_else(|| {
            Error::value("faults", "faults are off: open the store with the option `faults` set to true")
        })
    }

    fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The names of all operations that faults can be set on.
    pub fn operations() -> Vec<&'static str> {
        Operation::names().collect()
    }

    /// Has every call of every operation wait so long before anything else; nothing for none. A fault with a latency of
    /// its own counts instead.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for more than 100 years, and when faults are off.
    pub fn set_global_latency(&self, latency: Duration) -> Result<()> {
        check_span("latency", latency)?;
        self.file()?.set_latency(self.scope(), latency)
    }

    /// Removes all that is set on a cloud, its latency too, so that the store's counts for it again.
    pub(crate) fn clear(&self) -> Result<()> {
        self.file()?.clear_rules(self.scope())?;
        self.file()?.clear_latency(self.scope()).map(drop)
    }

    /// How long every call waits.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when faults are off.
    pub fn get_global_latency(&self) -> Result<Duration> {
        self.file()?.latency(self.scope())
    }

    /// Sets a fault on an operation, or on all that match a glob pattern, in place of the one that was set on the same. Its
    /// counts begin at 0.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is and matches no operation, with a hint at the nearest one; for a failure that does
    /// nothing or is out of range; and when faults are off.
    pub fn set_operation_failure(&self, operation: &str, failure: OperationFailure) -> Result<()> {
        let target = Target::parse(operation)?;
        failure.check()?;
        self.file()?.set_rule(&target, self.scope(), failure)
    }

    /// The fault that is set on just this operation or pattern, with what it has done.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is and matches no operation, and when faults are off.
    pub fn get_operation_failure(&self, operation: &str) -> Result<Option<FaultRule>> {
        self.file()?.rule(&Target::parse(operation)?, self.scope())
    }

    /// Removes the fault that is set on just this operation or pattern; says whether there was one.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is and matches no operation, and when faults are off.
    pub fn clear_operation_failure(&self, operation: &str) -> Result<bool> {
        self.file()?.clear_rule(&Target::parse(operation)?, self.scope())
    }

    /// Removes all faults and says how many there were. The global latency stays, and so do the calls.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when faults are off.
    pub fn clear_all_failures(&self) -> Result<u64> {
        self.file()?.clear_rules(self.scope())
    }

    /// All faults that are set, also those of mock clouds, in the order of their operations.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when faults are off.
    pub fn list(&self) -> Result<Vec<FaultRule>> {
        self.file()?.rules(self.scope())
    }

    /// The calls of an operation, or of all that match a pattern, oldest first: of the last 10,000 calls of any operation,
    /// by any process.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is and matches no operation, and when faults are off.
    pub fn calls(&self, operation: &str) -> Result<Vec<FaultCall>> {
        self.file()?.calls(&Target::parse(operation)?, self.scope())
    }

    /// How often an operation was called, or all that match a pattern; without a limit.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for what is and matches no operation, and when faults are off.
    pub fn count(&self, operation: &str) -> Result<u64> {
        self.file()?.count(&Target::parse(operation)?, self.scope())
    }

    /// Checks that an operation was called just so often.
    ///
    /// # Errors
    /// [`Error::Validation`] if it was not, with how often it was; as [`count`](Self::count).
    pub fn verify(&self, operation: &str, count: u64) -> Result<()> {
        let found = self.count(operation)?;
        if found == count {
            return Ok(());
        }
        let message = format!("{count} calls were expected and {found} were made");
        let subject = format!("the number of calls of {operation}");
        Err(Error::Validation { subject, violations: vec![Violation::new("$", message)] })
    }

    /// Forgets all calls, and how many there were. What faults have counted stays.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] when faults are off.
    pub fn clear_calls(&self) -> Result<()> {
        self.file()?.clear_calls(self.scope())
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").field("scope", &self.scope).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::store::Store;

    fn fault() -> OperationFailure {
        OperationFailure::new()
    }

    fn start(store: &Store, cloud: &str) -> Result<()> {
        store.shared().mock_operation(Operation::MockStartInstance, cloud, || Ok(()))
    }

    #[test]
    fn the_faults_of_a_mock_cloud_are_its_own() {
        let clock = ManualClock::new();
        let store = Store::options().faults(true).clock(clock.clone()).open(":memory:").unwrap();
        let (all, a, b) = (store.faults(), store.faults().scoped("a"), store.faults().scoped("b"));
        a.set_operation_failure("startInstance", fault().always_fail()).unwrap();
        assert_eq!(start(&store, "a").unwrap_err().code(), "FAULT");
        start(&store, "b").unwrap();
        // The cloud's own counts before that of the store, also if the store's names the operation more exactly.
        all.set_operation_failure("mock.start_instance", fault().always_fail().error("Store", "s")).unwrap();
        b.set_operation_failure("mock.*", fault().latency(Duration::from_secs(1))).unwrap();
        let begun = clock.now();
        start(&store, "b").unwrap();
        assert_eq!(clock.now(), begun + Duration::from_secs(1));
        let Err(Error::Fault { error_code, .. }) = start(&store, "c") else {
            panic!("that of the store counts")
        };
        assert_eq!(error_code, "Store");

        let names = |faults: &Faults| -> Vec<_> {
            faults.list().unwrap().into_iter().map(|rule| (rule.operation, rule.scope)).collect()
        };
        let of = |operation: &str, scope: &str| (operation.to_owned(), Some(scope.to_owned()));
        assert_eq!(names(&a), [of("mock.start_instance", "a")]);
        assert_eq!(names(&all).len(), 3);
        assert_eq!([a.count("*").unwrap(), b.count("*").unwrap(), all.count("*").unwrap()], [1, 2, 4]);
        assert_eq!(a.calls("*").unwrap()[0].scope.as_deref(), Some("a"));

        a.clear_calls().unwrap();
        assert_eq!([a.count("*").unwrap(), all.calls("*").unwrap().len() as u64], [0, 3]);
        assert_eq!(b.clear_all_failures().unwrap(), 1);
        assert_eq!(names(&all).len(), 2);
        assert!(a.clear_operation_failure("mock.start_instance").unwrap());
        assert_eq!(names(&all), [("mock.start_instance".to_owned(), None)]);
    }

    #[test]
    fn a_latency_of_a_cloud_is_its_own() {
        let clock = ManualClock::new();
        let store = Store::options().faults(true).clock(clock.clone()).open(":memory:").unwrap();
        store.faults().scoped("a").set_global_latency(Duration::from_secs(3)).unwrap();
        store.faults().set_global_latency(Duration::from_secs(1)).unwrap();
        for (cloud, seconds) in [("a", 3), ("b", 1)] {
            let begun = clock.now();
            start(&store, cloud).unwrap();
            assert_eq!(clock.now(), begun + Duration::from_secs(seconds));
        }
    }
}
