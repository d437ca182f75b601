//! How a mock cloud is made.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::document::merge;
use super::fixtures;
use super::state::Transition;
use crate::clock::{Clock, SystemClock, to_ms};
use crate::error::{Error, Result};
use crate::json::Json;

/// How long a change waits at most to be written to the file, unless set.
const DEBOUNCE: Duration = Duration::from_secs(1);

/// What a mock cloud is made with. Each method sets one thing; all have defaults.
#[derive(Default)]
pub struct MockCloudOptions {
    fixtures: Option<Json>,
    transition: Option<Transition>,
    pub(super) persist_to: Option<PathBuf>,
    debounce: Option<Duration>,
    clock: Option<Box<dyn Clock>>,
}

impl MockCloudOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the cloud begins with and is reset to: a partial state, put over the built-in fixtures section by section as
    /// [`patch_state`](super::MockCloud::patch_state) does, but that parameters and costs are merged member by member.
    pub fn fixtures(mut self, fixtures: Json) -> Self {
        self.fixtures = Some(fixtures);
        self
    }

    /// How long starting and stopping take to begin with; 2.5 s unless set.
    pub fn transition(mut self, transition: Transition) -> Self {
        self.transition = Some(transition);
        self
    }

    /// The JSON file that a cloud that stands alone is loaded from, if it is there, and written to. None unless set: then
    /// nothing of it is kept. One process at a time can use a file; clouds that several share are in a store.
    pub fn persist_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.persist_to = Some(path.into());
        self
    }

    /// How long after a change the file is written, with all that has changed until then; 1 s unless set. It is real time,
    /// whatever the clock.
    pub fn debounce(mut self, debounce: Duration) -> Self {
        self.debounce = Some(debounce);
        self
    }

    /// Where a cloud that stands alone takes its time from; the machine's clock unless set. A cloud of a store goes by the
    /// store's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// The fixtures with the transition in them, checked.
    pub(super) fn checked_fixtures(&self) -> Result<Option<Json>> {
        let mut fixtures = self.fixtures.clone();
        if let Some(transition) = self.transition {
            transition.check()?;
            let mut whole: Value = fixtures.as_ref().map_or(Ok(json!({})), Json::parse)?;
            merge(&mut whole, json!({"settings": {"transition": transition}}));
            fixtures = Some(Json::from_serialize(&whole)?);
        }
        fixtures::state(fixtures.as_ref(), to_ms(SystemClock.now()))?;
        Ok(fixtures)
    }

    /// What a cloud of a store takes of it.
    pub(super) fn for_store(self) -> Result<Option<Json>> {
        let only_alone = [
            ("persist_to", self.persist_to.is_some()),
            ("debounce", self.debounce.is_some()),
            ("clock", self.clock.is_some()),
        ];
        if let Some((option, _)) = only_alone.iter().find(|(_, given)| *given) {
            let reason = "it is for a cloud that stands alone (open_mock_cloud); one of a store is kept by the store and goes by its clock";
            return Err(Error::value(*option, reason));
        }
        self.checked_fixtures()
    }

    pub(super) fn debounce_or_default(&self) -> Duration {
        self.debounce.unwrap_or(DEBOUNCE)
    }

    pub(super) fn take_clock(&mut self) -> Box<dyn Clock> {
        self.clock.take().unwrap_or_else(|| Box::new(SystemClock))
    }
}

impl std::fmt::Debug for MockCloudOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockCloudOptions")
            .field("fixtures", &self.fixtures)
            .field("transition", &self.transition)
            .field("persist_to", &self.persist_to)
            .field("debounce", &self.debounce)
            .finish_non_exhaustive()
    }
}
