//! What to do about environments whose command failed or was interrupted.

use std::sync::OnceLock;

use serde::Deserialize;

use super::environments::Environments;
use super::home::Seen;
use super::lifecycle::{Lifecycle, built_in};
use super::lock::{LockInfo, Standing};
use super::options::EnvironmentFilter;
use super::record::EnvironmentRecord;
use crate::error::Result;
use crate::fault::Operation;

/// How to get an environment out of a state by hand: `docs/recovery.md` is made of these.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RecoveryGuide {
    /// The state of the deployment lifecycle.
    pub state: String,
    /// How it shows.
    pub symptom: String,
    /// What an error or the record says.
    pub error_text: String,
    /// What to do, in order, with the commands to run.
    pub steps: Vec<String>,
}

/// The guide out of a state of the deployment lifecycle; none for a state that needs none.
///
/// ```
/// let guide = statehold::recovery("provision_failed").expect("there is one for each error state");
/// assert!(guide.steps.iter().any(|step| step.contains("tofu state list")));
/// assert!(statehold::recovery("running").is_none());
/// ```
pub fn recovery(state: &str) -> Option<&'static RecoveryGuide> {
    recovery_guides().iter().find(|guide| guide.state == state)
}

/// Every guide, in the order of the states.
pub fn recovery_guides() -> &'static [RecoveryGuide] {
    static GUIDES: OnceLock<Vec<RecoveryGuide>> = OnceLock::new();
    GUIDES.get_or_init(|| {
        serde_json::from_str(include_str!("recovery.json")).expect("the file is a part of the crate")
    })
}

/// An environment that was left in a state in which a command is under way.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InterruptedEnvironment {
    /// The record: its state says what was under way, its step how far it got.
    pub record: EnvironmentRecord,
    /// Who had the lock last; none if it was never taken.
    pub holder: Option<LockInfo>,
}

impl EnvironmentRecord {
    /// The guide out of the state that it is in; none if it needs none, or follows a lifecycle of one's own.
    pub fn recovery(&self) -> Option<&'static RecoveryGuide> {
        if built_in(&self.lifecycle).is_some() { recovery(&self.state) } else { None }
    }
}

impl Environments {
    /// The environments that are in a state in which a command is under way, while nobody who lives holds their lock: it
    /// was interrupted. Each with the last step that it told, and who had the lock.
    ///
    /// ```
    /// use statehold::{Json, Store};
    ///
    /// let environments = Store::open(":memory:")?.environments();
    /// environments.create("web", Json::new("{}")?)?;
    /// let lock = environments.lock("web")?;
    /// lock.transition("provisioning")?;
    /// lock.set_step("create network")?;
    /// assert!(environments.interrupted()?.is_empty(), "it is under way");
    /// drop(lock);
    /// let interrupted = environments.interrupted()?;
    /// assert_eq!(interrupted[0].record.step.as_deref(), Some("create network"));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`](crate::Error::Closed), [`Error::Forked`](crate::Error::Forked),
    /// [`Error::Io`](crate::Error::Io).
    pub fn interrupted(&self) -> Result<Vec<InterruptedEnvironment>> {
        self.operation(Operation::EnvironmentInterrupted, || self.find_interrupted())
    }

    fn find_interrupted(&self) -> Result<Vec<InterruptedEnvironment>> {
        let now_ms = self.home.now_ms()?;
        let lifecycles = self.known_lifecycles()?;
        let under_way = |record: &EnvironmentRecord| {
            let mut all = lifecycles.iter();
            let lifecycle: Option<&Lifecycle> = all.find(|lifecycle| lifecycle.name == record.lifecycle);
            lifecycle.is_some_and(|lifecycle| lifecycle.is_in_progress(&record.state))
        };
        let mut found = Vec::new();
        for Seen { record, lock } in self.home.list(&EnvironmentFilter::new())? {
            let Some(record) = record.filter(under_way) else { continue };
            if lock.as_ref().is_some_and(|lock| lock.standing(now_ms) == Standing::Held) {
                continue;
            }
            let holder = lock.map(|lock| lock.info(&record.name, now_ms));
            found.push(InterruptedEnvironment { record, holder });
        }
        Ok(found)
    }
}
