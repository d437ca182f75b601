//! What happened to a store's plugins and environments, told in this process to whoever has asked for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use parking_lot::RwLock;
use serde_json::json;

use crate::clock::{to_ms, to_rfc3339};
use crate::error::{Error, Result};
use crate::json::Json;

/// Something that happened. It is told once it is committed, and never for what did not happen.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// `state.saved`: a plugin's state was saved or imported.
    StateSaved {
        /// The plugin.
        plugin: String,
        /// The version of the state.
        version: u32,
        /// The bytes of its JSON.
        size: u64,
    },
    /// `state.loaded`: a plugin's state was loaded. A plugin without one gives no event.
    StateLoaded {
        /// The plugin.
        plugin: String,
        /// The version of the state.
        version: u32,
    },
    /// `state.backup.created`: a state became a backup, because another one took its place or it was cleared.
    StateBackupCreated {
        /// The plugin.
        plugin: String,
        /// The version of the backup.
        version: u32,
        /// The bytes of its JSON.
        size: u64,
    },
    /// `state.migrated`: a plugin's state was brought to a newer version.
    StateMigrated {
        /// The plugin.
        plugin: String,
        /// The version that it had.
        from: u32,
        /// The version that it has now.
        to: u32,
    },
    /// `state.cleared`: a plugin's state was removed.
    StateCleared {
        /// The plugin.
        plugin: String,
        /// Whether its backups were removed too.
        backups: bool,
    },
    /// `state.restored`: a backup became the state again.
    StateRestored {
        /// The plugin.
        plugin: String,
        /// The version of the state that was restored.
        version: u32,
        /// Which backup it was, as it was counted then.
        index: usize,
    },
    /// `state.error`: an operation on a plugin's state failed.
    StateError {
        /// The plugin.
        plugin: String,
        /// The operation: `save`, `load`, `migrate`, …
        operation: &'static str,
        /// Why.
        error: Error,
    },
    /// `environment.transition`: an environment went from one state to another.
    EnvironmentTransition {
        /// The environment.
        environment: String,
        /// The state that it left.
        from: String,
        /// The state that it came to.
        to: String,
        /// Whether somebody set the state right by hand.
        recovery: bool,
        /// The revision of the commit; of environments in memory, theirs.
        revision: u64,
        /// When.
        time: SystemTime,
    },
}

/// The names that a callback can be registered for.
const NAMES: [&str; 8] = [
    "state.saved",
    "state.loaded",
    "state.backup.created",
    "state.migrated",
    "state.cleared",
    "state.restored",
    "state.error",
    "environment.transition",
];

impl Event {
    /// What [`Store::on`](crate::Store::on) knows it by: `state.saved`, …
    pub fn name(&self) -> &'static str {
        NAMES[match self {
            Self::StateSaved { .. } => 0,
            Self::StateLoaded { .. } => 1,
            Self::StateBackupCreated { .. } => 2,
            Self::StateMigrated { .. } => 3,
            Self::StateCleared { .. } => 4,
            Self::StateRestored { .. } => 5,
            Self::StateError { .. } => 6,
            Self::EnvironmentTransition { .. } => 7,
        }]
    }

    /// The plugin or environment that it happened to.
    pub fn subject(&self) -> &str {
        match self {
            Self::StateSaved { plugin, .. }
            | Self::StateLoaded { plugin, .. }
            | Self::StateBackupCreated { plugin, .. }
            | Self::StateMigrated { plugin, .. }
            | Self::StateCleared { plugin, .. }
            | Self::StateRestored { plugin, .. }
            | Self::StateError { plugin, .. } => plugin,
            Self::EnvironmentTransition { environment, .. } => environment,
        }
    }

    /// Leaves a line in the log, if this is something that is always logged.
    fn log(&self) {
        if let Self::EnvironmentTransition { environment, from, to, recovery, revision, time } = self {
            let time = to_rfc3339(to_ms(*time));
            tracing::info!(target: "statehold::environment", environment, from, to, time, revision, recovery, "environment transition");
        }
    }

    /// All of it as one JSON object: `event` with its name, then what it speaks of, an error as `code` and
    /// `error` with its message.
    pub fn payload(&self) -> Json {
        let event = self.name();
        let payload = match self {
            Self::StateSaved { plugin, version, size }
            | Self::StateBackupCreated { plugin, version, size } => {
                json!({"event": event, "plugin": plugin, "version": version, "size": size})
            }
            Self::StateLoaded { plugin, version } => {
                json!({"event": event, "plugin": plugin, "version": version})
            }
            Self::StateMigrated { plugin, from, to } => {
                json!({"event": event, "plugin": plugin, "from": from, "to": to})
            }
            Self::StateCleared { plugin, backups } => {
                json!({"event": event, "plugin": plugin, "backups": backups})
            }
            Self::StateRestored { plugin, version, index } => {
                json!({"event": event, "plugin": plugin, "version": version, "index": index})
            }
            Self::StateError { plugin, operation, error } => json!({
                "event": event,
                "plugin": plugin,
                "operation": operation,
                "code": error.code(),
                "error": error.to_string(),
            }),
            Self::EnvironmentTransition { environment, from, to, recovery, revision, time } => json!({
                "event": event,
                "environment": environment,
                "from": from,
                "to": to,
                "recovery": recovery,
                "revision": revision,
                "time": to_rfc3339(to_ms(*time)),
            }),
        };
        Json::try_from(payload).expect("texts, numbers and truth values are within every limit")
    }
}

/// What [`Store::on`](crate::Store::on) gives, to be handed to [`Store::off`](crate::Store::off).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subscription(usize);

struct Listener {
    id: usize,
    event: &'static str,
    callback: Box<dyn Fn(&Event) + Send + Sync>,
}

/// The callbacks of a store.
#[derive(Default)]
pub(crate) struct Bus {
    listeners: RwLock<Vec<Arc<Listener>>>,
    /// How many there are, so that those who have nobody to tell anything pay nothing for it.
    count: AtomicUsize,
    ids: AtomicUsize,
}

impl Bus {
    pub(crate) fn on(
        &self,
        event: &str,
        callback: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Result<Subscription> {
        let known = NAMES.iter().find(|name| **name == event).ok_or_else(|| {
            Error::value("event", format!("there is no event {event:?}; there are {}", NAMES.join(", ")))
        })?;
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let mut listeners = self.listeners.write();
        listeners.push(Arc::new(Listener { id, event: known, callback: Box::new(callback) }));
        self.count.store(listeners.len(), Ordering::Release);
        Ok(Subscription(id))
    }

    pub(crate) fn off(&self, subscription: Subscription) -> bool {
        let mut listeners = self.listeners.write();
        let before = listeners.len();
        listeners.retain(|listener| listener.id != subscription.0);
        self.count.store(listeners.len(), Ordering::Release);
        listeners.len() < before
    }

    /// Ends all subscriptions: a callback that holds the store would keep it for ever.
    pub(crate) fn clear(&self) {
        let ended = std::mem::take(&mut *self.listeners.write());
        self.count.store(0, Ordering::Release);
        // What a callback holds is dropped with it, so not while the list is locked.
        drop(ended);
    }

    /// Whether there is anybody to tell something.
    pub(crate) fn is_heard(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    /// Tells what happened, to each in the order in which they asked. Nothing may be locked.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if !self.is_heard() {
            return;
        }
        let event = event();
        let name = event.name();
        // A callback may register others, or end itself, so the list is not locked while they run.
        let listeners: Vec<_> =
            self.listeners.read().iter().filter(|listener| listener.event == name).cloned().collect();
        for listener in listeners {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (listener.callback)(&event))) {
                tracing::error!(
                    target: "statehold",
                    event = name,
                    subject = event.subject(),
                    reason = message(&*panic),
                    "a callback panicked; what it was told of has happened all the same"
                );
            }
        }
    }

    /// Tells all of it, and logs what is always logged.
    pub(crate) fn tell_all(&self, events: Vec<Event>) {
        for event in events {
            event.log();
            self.tell(|| event);
        }
    }
}

/// What a panic says.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
