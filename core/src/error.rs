//! The one error type. A kind is chosen by what the caller has to do next; a message says what
//! happened, to what, and what to do about it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::violation::{self, Violation};

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. [`Error::code`] is stable and the same in Rust, Python and Node; messages are not API.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key, namespace, plugin or pattern that can't be a name in a store.
    #[error("{what} {name:?} is not allowed: {reason}")]
    InvalidName {
        /// What was being named: `key`, `namespace`, `pattern`, `plugin`.
        what: &'static str,
        /// The name as it was given, cut to a readable length.
        name: String,
        /// Which rule it breaks.
        reason: String,
    },

    /// A value, a TTL or an option that can't be stored or used. Nothing was written.
    #[error("invalid value at {path}: {reason}")]
    InvalidValue {
        /// Where in the value (`$.users[3].age`), or the parameter's name.
        path: String,
        /// What is wrong there and what would be right.
        reason: String,
    },

    /// A stored value can't be turned into the type that was asked for. The value is untouched.
    #[error("the value of {what} can't be read as asked: {reason}")]
    Serialization {
        /// Which value.
        what: String,
        /// Why it doesn't fit.
        reason: String,
    },

    /// A key that the call needs isn't there (plain `get` gives `None` instead).
    #[error("key {key:?} does not exist in namespace {namespace:?}, or has expired")]
    KeyNotFound {
        /// The namespace.
        namespace: String,
        /// The key.
        key: String,
    },

    /// Something that the call needs isn't there.
    #[error("there is no {what} {name:?}; {advice}")]
    NotFound {
        /// What was looked for: `backup`, `state`, `schema`.
        what: &'static str,
        /// Its name or number.
        name: String,
        /// What to do instead.
        advice: Cow<'static, str>,
    },

    /// One or more rules are broken; all of them are told. Nothing was written.
    #[error(
        "{subject} is not valid: {}; nothing was written, mend them and try again",
        violation::list(violations)
    )]
    Validation {
        /// What was looked at.
        subject: String,
        /// Every rule that is broken.
        violations: Vec<Violation>,
    },

    /// A plugin's state could not be brought to a newer version. It is as it was, and so are its backups.
    #[error(
        "plugin {plugin:?} could not be migrated from version {from_version} to {to_version}, the step to version {step} failed: {reason}; its state is unchanged, mend the step and migrate again"
    )]
    Migration {
        /// The plugin.
        plugin: String,
        /// The version that the state has.
        from_version: u32,
        /// The version that was asked for.
        to_version: u32,
        /// The version that the step in question leads to.
        step: u32,
        /// What is wrong with it.
        reason: String,
    },

    /// A plugin's state has a newer version than the caller knows. It was neither handed out nor overwritten.
    #[error(
        "the state of plugin {plugin:?} has version {found}, and the caller knows versions up to {supported}; nothing was done, update the program, or allow newer states to go ahead anyway"
    )]
    StateTooNew {
        /// The plugin.
        plugin: String,
        /// The version of the state.
        found: u32,
        /// The newest version that the caller registered, asked for or saves.
        supported: u32,
    },

    /// An effect of a case was begun and has no result: it is under way elsewhere, or its process died between the two,
    /// and no store can know whether it happened.
    #[error(
        "effect {effect_id:?} of case {case_id:?} was begun under the key {key:?} by {actor} and has no result; find out whether it happened and settle it with resolve_effect(), or run it again with on_doubt \"retry\""
    )]
    EffectInDoubt {
        /// The case.
        case_id: String,
        /// The key under which it happens once.
        key: String,
        /// The effect.
        effect_id: String,
        /// Who began it: `host/process` or `host/process/label`.
        actor: String,
        /// When, in milliseconds since 1970.
        started_ms: u64,
    },

    /// A check of a commit did not hold; nothing of the commit was applied. Read again and decide anew.
    #[error("conflict: {check}; nothing was written, read again and retry")]
    Conflict {
        /// The check that failed, in words.
        check: String,
        /// The revision that the check expected, where it named one (0: that it is absent).
        expected: Option<u64>,
        /// The revision that was found (0: absent).
        found: Option<u64>,
    },

    /// The file's write lock was held by others for longer than the time allowed. Nothing was written; retry.
    #[error(
        "the write lock of {path} was not free within {waited:?}; nothing was written, try again or raise the timeout"
    )]
    Busy {
        /// The store's file.
        path: PathBuf,
        /// How long this call waited.
        waited: Duration,
    },

    /// Somebody else holds the lock of an environment. Nothing was written; try again when it is released.
    #[error(
        "environment {name:?} is locked by process {pid} on {host}{}; nothing was written, wait for its release, or see lock_info",
        purpose_of(purpose.as_deref())
    )]
    Locked {
        /// The environment.
        name: String,
        /// The id of the holder's process.
        pid: u32,
        /// The name of its machine.
        host: String,
        /// Since when it holds the lock.
        since: SystemTime,
        /// What for, if it said.
        purpose: Option<String>,
    },

    /// An environment, or the instance of a mock cloud, can't go from the state that it is in to the one asked for. Nothing
    /// was written.
    #[error("{what} {name:?} can't go from {from} to {to}: {reason}; nothing was written")]
    InvalidTransition {
        /// What it is: `environment`, `instance`.
        what: &'static str,
        /// Its name.
        name: String,
        /// The state that it is in.
        from: String,
        /// The state that was asked for, or expected.
        to: String,
        /// The states that may follow.
        allowed: Box<[String]>,
        /// What is allowed, in words.
        reason: Box<str>,
    },

    /// An I/O error struck while committing: the commit may or may not survive. Never retried blindly:
    /// reopen, and ask the journal whether `revision` is there.
    #[error(
        "the commit of revision {revision} may or may not be durable ({reason}); reopen the store and look whether its journal holds that revision before trying again"
    )]
    CommitUnknown {
        /// The revision that the commit would have.
        revision: u64,
        /// What the operating system said.
        reason: String,
    },

    /// Somebody in this process opened and closed the file outside this library, which dropped the
    /// process's locks on it. The handle refuses to write; close it and open the store again.
    #[error(
        "the locks on {path} are gone: something in this process opened and closed the file outside statehold; nothing was written, close this store and open it again"
    )]
    LocksLost {
        /// The store's file.
        path: PathBuf,
    },

    /// The process forked while the store was open. Neither the handle nor the file can be used in the child:
    /// SQLite's knowledge of its locks is inherited, the locks are not.
    #[error(
        "process {opened_by} had this store open when it forked, so its child can't use the file; open the store only after the fork, or start the child afresh (spawn, forkserver, exec)"
    )]
    Forked {
        /// The process that opened the store.
        opened_by: u32,
    },

    /// The handle was closed, or the transaction has ended.
    #[error("{what} is closed; {advice}")]
    Closed {
        /// What is closed.
        what: &'static str,
        /// What to do instead.
        advice: &'static str,
    },

    /// The journal does not go on from the revision after which changes were asked for: it was trimmed beyond it, or
    /// the store was replaced by a backup. Read the present state anew, and watch from `oldest` or a later revision on.
    #[error(
        "the changes after revision {after} can't be told any more, the journal goes on from revision {oldest} only; read the present state anew and watch from its revision on"
    )]
    FeedLagged {
        /// The revision up to which changes had been given out.
        after: u64,
        /// The oldest revision after which they can be given out.
        oldest: u64,
    },

    /// A fault that was set to be injected struck this call: what a test wanted. See [`Faults`](crate::Faults).
    #[error(
        "injected fault: {operation} failed with {error_code}: {error_message}; {}",
        if *committed { "it came after the work, so what the call writes is written" } else { "nothing was written to the store" }
    )]
    Fault {
        /// The operation that failed: `namespace.set`.
        operation: String,
        /// The code that was set.
        error_code: String,
        /// The message that was set.
        error_message: String,
        /// Whether the call had done its work before it failed, so that only the acknowledgement is lost.
        committed: bool,
    },

    /// The file is damaged.
    #[error("{path} is damaged: {reason}; restore a backup, and keep the damaged file for analysis")]
    Corrupt {
        /// The store's file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },

    /// The file isn't a statehold store. It was not changed.
    #[error("{path} is not a statehold store: {reason}; it was not changed, choose another path")]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        reason: String,
    },

    /// The file was written by a newer statehold. It was not changed.
    #[error(
        "{path} has format {found} and this statehold reads up to {supported}; it was not changed, upgrade statehold to open it"
    )]
    SchemaTooNew {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: u32,
        /// The newest format that this version reads.
        supported: u32,
    },

    /// The disk, a quota or SQLite's own size limit is full. Nothing was written, reads go on; free some room and retry.
    #[error("no room to write {path}: {reason}; nothing was written, free some space and try again")]
    StorageFull {
        /// The store's file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },

    /// The operating system refused.
    #[error("{action} {path} failed: {reason}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said, and what to do.
        reason: String,
    },
}

/// What a lock is for, as a part of a message.
fn purpose_of(purpose: Option<&str>) -> String {
    purpose.map(|purpose| format!(" for {purpose:?}")).unwrap_or_default()
}

/// Gives each variant its code and its class, once.
macro_rules! kinds {
    ($($variant:ident => $code:literal, $class:literal;)*) => {
        impl Error {
            /// Every code with the name of its class, in the order of the enum: what the bindings must cover.
            pub const CODES: &'static [(&'static str, &'static str)] = &[$(($code, $class)),*];

            fn kind(&self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$variant { .. } => ($code, $class),)*
                }
            }
        }
    };
}

kinds! {
    InvalidName => "INVALID_NAME", "InvalidNameError";
    InvalidValue => "INVALID_VALUE", "InvalidValueError";
    Serialization => "SERIALIZATION", "SerializationError";
    KeyNotFound => "KEY_NOT_FOUND", "KeyNotFoundError";
    NotFound => "NOT_FOUND", "NotFoundError";
    Validation => "VALIDATION", "ValidationError";
    Migration => "MIGRATION", "MigrationError";
    StateTooNew => "STATE_TOO_NEW", "StateTooNewError";
    EffectInDoubt => "EFFECT_IN_DOUBT", "EffectInDoubtError";
    Conflict => "CONFLICT", "ConflictError";
    Busy => "BUSY", "BusyError";
    Locked => "LOCKED", "LockedError";
    InvalidTransition => "INVALID_TRANSITION", "InvalidTransitionError";
    CommitUnknown => "COMMIT_UNKNOWN", "CommitUnknownError";
    LocksLost => "LOCKS_LOST", "LocksLostError";
    Forked => "FORKED", "ForkedError";
    Closed => "CLOSED", "ClosedError";
    FeedLagged => "FEED_LAGGED", "FeedLaggedError";
    Fault => "FAULT", "FaultError";
    Corrupt => "CORRUPT", "CorruptError";
    NotAStore => "NOT_A_STORE", "NotAStoreError";
    SchemaTooNew => "SCHEMA_TOO_NEW", "SchemaTooNewError";
    StorageFull => "STORAGE_FULL", "StorageFullError";
    Io => "IO", "IoError";
}

/// A field of an error, for the language bindings: the same names and values in every language.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// A text.
    Text(String),
    /// A whole number.
    Int(u64),
    /// True or false.
    Bool(bool),
    /// A span of time.
    Duration(Duration),
    /// A moment.
    Time(SystemTime),
    /// Some names.
    Names(Vec<String>),
    /// What is broken, and where.
    Violations(Vec<Violation>),
    /// Not known.
    None,
}

impl Error {
    /// The stable code: `"CONFLICT"`, `"INVALID_VALUE"`, …
    pub fn code(&self) -> &'static str {
        self.kind().0
    }

    /// The name of the class in Python and Node: `"ConflictError"`, …
    pub fn name(&self) -> &'static str {
        self.kind().1
    }

    /// Whether the same call may succeed if it is simply made again.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::Busy { .. }
                | Self::Locked { .. }
                | Self::Fault { committed: false, .. }
        )
    }

    /// The fields that the message speaks of, by the names of the enum's fields.
    pub fn fields(&self) -> Vec<(&'static str, Field)> {
        let text = |value: &str| Field::Text(value.to_owned());
        let file = |path: &PathBuf| Field::Text(path.display().to_string());
        let version = |value: u32| Field::Int(u64::from(value));
        let number = |value: &Option<u64>| value.map_or(Field::None, Field::Int);
        match self {
            Self::InvalidName { what, name, reason } => {
                vec![("what", text(what)), ("name", text(name)), ("reason", text(reason))]
            }
            Self::InvalidValue { path, reason } => vec![("path", text(path)), ("reason", text(reason))],
            Self::Serialization { what, reason } => vec![("what", text(what)), ("reason", text(reason))],
            Self::KeyNotFound { namespace, key } => vec![("namespace", text(namespace)), ("key", text(key))],
            Self::NotFound { what, name, .. } => vec![("what", text(what)), ("name", text(name))],
            Self::Validation { subject, violations } => {
                vec![("subject", text(subject)), ("violations", Field::Violations(violations.clone()))]
            }
            Self::Migration { plugin, from_version, to_version, step, reason } => vec![
                ("plugin", text(plugin)),
                ("from_version", version(*from_version)),
                ("to_version", version(*to_version)),
                ("step", version(*step)),
                ("reason", text(reason)),
            ],
            Self::StateTooNew { plugin, found, supported } => {
                vec![("plugin", text(plugin)), ("found", version(*found)), ("supported", version(*supported))]
            }
            Self::EffectInDoubt { case_id, key, effect_id, actor, started_ms } => vec![
                ("case_id", text(case_id)),
                ("key", text(key)),
                ("effect_id", text(effect_id)),
                ("actor", text(actor)),
                ("started_ms", Field::Int(*started_ms)),
            ],
            Self::Conflict { check, expected, found } => {
                vec![("check", text(check)), ("expected", number(expected)), ("found", number(found))]
            }
            Self::Busy { path, waited } => vec![("path", file(path)), ("waited", Field::Duration(*waited))],
            Self::Locked { name, pid, host, since, purpose } => vec![
                ("name", text(name)),
                ("pid", Field::Int(u64::from(*pid))),
                ("host", text(host)),
                ("since", Field::Time(*since)),
                ("purpose", purpose.as_deref().map_or(Field::None, text)),
            ],
            Self::InvalidTransition { name, from, to, allowed, .. } => vec![
                ("name", text(name)),
                ("from", text(from)),
                ("to", text(to)),
                ("allowed", Field::Names(allowed.to_vec())),
            ],
            Self::CommitUnknown { revision, reason } => {
                vec![("revision", Field::Int(*revision)), ("reason", text(reason))]
            }
            Self::LocksLost { path } => vec![("path", file(path))],
            Self::Forked { opened_by } => vec![("opened_by", Field::Int(u64::from(*opened_by)))],
            Self::Closed { what, .. } => vec![("what", text(what))],
            Self::FeedLagged { after, oldest } => {
                vec![("after", Field::Int(*after)), ("oldest", Field::Int(*oldest))]
            }
            Self::Fault { operation, error_code, error_message, committed } => vec![
                ("operation", text(operation)),
                ("error_code", text(error_code)),
                ("error_message", text(error_message)),
                ("committed", Field::Bool(*committed)),
            ],
            Self::Corrupt { path, reason }
            | Self::NotAStore { path, reason }
            | Self::StorageFull { path, reason } => vec![("path", file(path)), ("reason", text(reason))],
            Self::SchemaTooNew { path, found, supported } => {
                vec![("path", file(path)), ("found", version(*found)), ("supported", version(*supported))]
            }
            Self::Io { action, path, reason } => {
                vec![("action", text(action)), ("path", file(path)), ("reason", text(reason))]
            }
        }
    }

    pub(crate) fn value(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::InvalidValue { path: path.into(), reason: reason.into() }
    }

    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self::Io { action, path: path.into(), reason: error.to_string() }
    }
}
