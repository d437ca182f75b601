//! Lifecycles: which states there are, and which transitions between them. They are data, the built-in one too.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::{LIFECYCLE_FACET, check_environment_name};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::limits::{STATE_BYTES, STATES, check_name};
use crate::violation::Violation;

/// The name of the lifecycle that is built in.
pub(crate) const DEPLOYMENT: &str = "deployment";

/// The states of an environment and the transitions between them.
///
/// ```
/// use statehold::{Json, Lifecycle, Store};
///
/// let door = Lifecycle::parse(
///     r#"{"name": "door", "states": ["open", "closed"], "initial": "closed",
///         "transitions": [["closed", "open"], ["open", "closed"]]}"#,
/// )?;
/// let environments = Store::open(":memory:")?.environments();
/// environments.register_lifecycle(&door)?;
/// let front = environments.create_with("front", Json::new("{}")?, "door")?;
/// assert_eq!(front.state, "closed");
/// assert_eq!(environments.transition("front", "open")?.state, "open");
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Lifecycle {
    /// Its name.
    pub name: String,
    /// Every state.
    pub states: Vec<String>,
    /// The state of an environment that has just been created.
    pub initial: String,
    /// The states in which no command is under way and none follows by itself.
    #[serde(default)]
    pub terminal: Vec<String>,
    /// The states after a failure, which they keep.
    #[serde(default)]
    pub errors: Vec<String>,
    /// The states in which a command is under way. An environment that is left in one was interrupted.
    #[serde(default)]
    pub in_progress: Vec<String>,
    /// From which state to which.
    pub transitions: Vec<(String, String)>,
}

impl Lifecycle {
    /// A lifecycle from JSON: an object with `name`, `states`, `initial`, `transitions` (pairs of from and to) and, if
    /// there are any, `terminal`, `errors` and `in_progress`.
    ///
    /// # Errors
    /// [`Error::Validation`] with every rule that it breaks; [`Error::InvalidValue`] for what isn't such an object.
    pub fn parse(json: &str) -> Result<Self> {
        let lifecycle: Self =
            serde_json::from_str(json).map_err(|error| Error::value("lifecycle", error.to_string()))?;
        lifecycle.check()?;
        Ok(lifecycle)
    }

    /// The lifecycle that is built in.
    pub fn deployment() -> &'static Self {
        deployment()
    }

    /// It as JSON, as [`parse`](Self::parse) takes it.
    pub fn to_json(&self) -> Json {
        Json::from_serialize(self).expect("names in lists are always JSON")
    }

    /// The states that a transition may lead to from `state`, in the order of the definition.
    pub fn allowed(&self, state: &str) -> Vec<String> {
        self.transitions.iter().filter(|(from, _)| from == state).map(|(_, to)| to.clone()).collect()
    }

    /// Whether a command is under way in this state.
    pub fn is_in_progress(&self, state: &str) -> bool {
        self.in_progress.iter().any(|name| name == state)
    }

    /// Whether this is a state after a failure.
    pub fn is_error_state(&self, state: &str) -> bool {
        self.errors.iter().any(|name| name == state)
    }

    /// Whether this is a state of the lifecycle that is none after a failure.
    pub fn is_success_state(&self, state: &str) -> bool {
        self.has(state) && !self.is_error_state(state)
    }

    /// Whether no command is under way in this state and none follows by itself.
    pub fn is_terminal_state(&self, state: &str) -> bool {
        self.terminal.iter().any(|name| name == state)
    }

    /// Whether no command is under way in this state and none has failed.
    pub(super) fn is_settled(&self, state: &str) -> bool {
        !self.is_error_state(state) && !self.is_in_progress(state)
    }

    pub(super) fn has(&self, state: &str) -> bool {
        self.states.iter().any(|name| name == state)
    }

    pub(super) fn check_transition(&self, name: &str, from: &str, to: &str) -> Result<()> {
        if self.transitions.iter().any(|(one, other)| one == from && other == to) {
            return Ok(());
        }
        let allowed = self.allowed(from);
        let reason = if !self.has(to) {
            self.no_such_state(to)
        } else if allowed.is_empty() {
            format!("nothing follows {from}")
        } else {
            format!("from {from} it may go to {}", allowed.join(", "))
        };
        Err(refused(name, from, to, allowed, reason))
    }

    pub(super) fn check_state(&self, name: &str, from: &str, to: &str) -> Result<()> {
        if self.has(to) {
            return Ok(());
        }
        Err(refused(name, from, to, self.states.clone(), self.no_such_state(to)))
    }

    fn no_such_state(&self, state: &str) -> String {
        format!("lifecycle {:?} has no state {state:?}, its states are {}", self.name, self.states.join(", "))
    }

    /// Finds every rule that the definition breaks.
    pub(super) fn check(&self) -> Result<()> {
        check_environment_name(LIFECYCLE_FACET, &self.name)?;
        let mut broken = Vec::new();
        if self.states.is_empty() {
            broken.push(Violation::new("$.states", "there must be at least one"));
        }
        if self.states.len() > STATES {
            broken.push(Violation::new("$.states", format!("there may be at most {STATES}")));
            return Err(self.broken(broken));
        }
        for (at, state) in self.states.iter().enumerate() {
            let path = format!("$.states[{at}]");
            if let Err(Error::InvalidName { reason, .. }) = check_name("state", state, STATE_BYTES) {
                broken.push(Violation::new(&path, format!("{state:?} can't be a name: {reason}")));
            }
            if self.states[..at].contains(state) {
                broken.push(Violation::new(&path, format!("{state:?} is there twice")));
            }
        }
        let known = |path: String, state: &str| {
            (!self.has(state)).then(|| Violation::new(path, format!("{state:?} is not one of the states")))
        };
        broken.extend(known("$.initial".to_owned(), &self.initial));
        let groups =
            [("terminal", &self.terminal), ("errors", &self.errors), ("in_progress", &self.in_progress)];
        for (group, states) in groups {
            let unknown = states.iter().enumerate();
            broken.extend(unknown.filter_map(|(at, state)| known(format!("$.{group}[{at}]"), state)));
        }
        if self.is_error_state(&self.initial) {
            let message = "it must not be an error state: nothing has failed yet";
            broken.push(Violation::new("$.initial", message));
        }
        for (at, state) in self.in_progress.iter().enumerate() {
            if self.is_error_state(state) || self.is_terminal_state(state) {
                let message = format!("{state:?} can't be an error or terminal state, too");
                broken.push(Violation::new(format!("$.in_progress[{at}]"), message));
            }
        }
        let mut seen = std::collections::HashSet::new();
        for (at, (from, to)) in self.transitions.iter().enumerate() {
            broken.extend(known(format!("$.transitions[{at}][0]"), from));
            broken.extend(known(format!("$.transitions[{at}][1]"), to));
            if !seen.insert((from, to)) {
                let message = format!("{from} to {to} is there twice");
                broken.push(Violation::new(format!("$.transitions[{at}]"), message));
            }
        }
        if broken.is_empty() { Ok(()) } else { Err(self.broken(broken)) }
    }

    fn broken(&self, violations: Vec<Violation>) -> Error {
        Error::Validation { subject: format!("lifecycle {:?}", self.name), violations }
    }
}

fn refused(name: &str, from: &str, to: &str, allowed: Vec<String>, reason: String) -> Error {
    Error::InvalidTransition {
        what: "environment",
        name: name.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        allowed: allowed.into(),
        reason: reason.into(),
    }
}

fn deployment() -> &'static Arc<Lifecycle> {
    static DEPLOYMENT: OnceLock<Arc<Lifecycle>> = OnceLock::new();
    DEPLOYMENT.get_or_init(|| {
        let definition = include_str!("deployment/lifecycle.json");
        Arc::new(Lifecycle::parse(definition).expect("the built-in lifecycle keeps the rules"))
    })
}

/// The lifecycle that is built in under a name, if there is one.
pub(super) fn built_in(name: &str) -> Option<Arc<Lifecycle>> {
    (name == DEPLOYMENT).then(|| deployment().clone())
}
