//! A lock, as its row tells: who has it, or had it last.

use std::time::{Duration, SystemTime};

use super::identity::Holder;
use crate::clock::from_ms;
use crate::error::Error;

/// The row of a lock. It is never removed, so that its fencing number only rises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct LockRow {
    pub(in super::super) fencing: u64,
    /// Of the holder; none if the lock is free.
    pub(in super::super) token: Option<String>,
    pub(in super::super) purpose: Option<String>,
    pub(in super::super) holder: Holder,
    pub(in super::super) taken_ms: i64,
    pub(in super::super) ttl_ms: Option<i64>,
    pub(in super::super) expires_ms: Option<i64>,
}

/// How things stand with a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// Nobody has it.
    Free,
    /// Its holder lives, or may live.
    Held,
    /// Its lease is over.
    Expired,
    /// Its holder is gone.
    Gone,
}

impl LockRow {
    /// Judges the lock. Asks the system for the holder.
    pub(in super::super) fn standing(&self, now_ms: i64) -> Standing {
        if self.token.is_none() {
            Standing::Free
        } else if self.expires_ms.is_some_and(|expires| expires <= now_ms) {
            Standing::Expired
        } else if self.holder.is_gone() {
            Standing::Gone
        } else {
            Standing::Held
        }
    }

    pub(in super::super) fn locked(&self, name: &str) -> Error {
        Error::Locked {
            name: name.to_owned(),
            pid: self.holder.process.pid,
            host: self.holder.host.clone(),
            since: from_ms(self.taken_ms),
            purpose: self.purpose.clone(),
        }
    }

    /// What the history says of the lock when it is taken from its holder.
    pub(in super::super) fn taken_because(&self, standing: Standing) -> String {
        let why = if standing == Standing::Expired { "its lease was over" } else { "the process is gone" };
        let Holder { process, host, user } = &self.holder;
        format!("the lock of process {} of {user} on {host} was taken over: {why}", process.pid)
    }

    pub(in super::super) fn info(self, name: &str, now_ms: i64) -> LockInfo {
        let standing = self.standing(now_ms);
        LockInfo {
            name: name.to_owned(),
            is_held: !matches!(standing, Standing::Free),
            is_stale: matches!(standing, Standing::Expired | Standing::Gone),
            token: self.token,
            fencing: self.fencing,
            purpose: self.purpose,
            pid: self.holder.process.pid,
            host: self.holder.host,
            user: self.holder.user,
            taken_at: from_ms(self.taken_ms),
            ttl: self.ttl_ms.map(|ms| Duration::from_millis(ms.unsigned_abs())),
            expires_at: self.expires_ms.map(from_ms),
        }
    }
}

/// Who has the lock of an environment, or had it last.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockInfo {
    /// The environment.
    pub name: String,
    /// Whether somebody has it. What follows is otherwise about the one who had it last.
    pub is_held: bool,
    /// Whether its holder is known to be gone, or its lease is over: the next who wants it gets it.
    pub is_stale: bool,
    /// Names this grant; what [`force_unlock`](crate::Environments::force_unlock) needs. None if nobody has the lock.
    pub token: Option<String>,
    /// The number of the grant. It only rises, also when the environment is deleted and created anew.
    pub fencing: u64,
    /// What the lock is for, if the holder said.
    pub purpose: Option<String>,
    /// The id of the holder's process.
    pub pid: u32,
    /// The name of its machine.
    pub host: String,
    /// The name of the user that it runs for.
    pub user: String,
    /// When it got the lock.
    pub taken_at: SystemTime,
    /// Its lease, if there is one.
    pub ttl: Option<Duration>,
    /// When the lease is over, unless it is renewed.
    pub expires_at: Option<SystemTime>,
}
