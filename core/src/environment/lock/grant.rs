//! A grant of a lock, which several guards may share, and its heartbeat.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::super::home::{Home, LockCheck, Locking, RecordCheck, Write};
use crate::engine::sys::fork_generation;
use crate::error::Result;

/// How often a lease is renewed in its length.
const BEATS: u32 = 3;

/// One grant of a lock.
pub(in super::super) struct Grant {
    home: Arc<dyn Home>,
    name: Arc<str>,
    token: Arc<str>,
    fencing: u64,
    /// How many guards hold it; 0 once it is released.
    shares: Mutex<usize>,
    pulse: Option<Arc<Pulse>>,
    generation: u32,
}

impl Grant {
    pub(super) fn new(
        home: Arc<dyn Home>,
        name: Arc<str>,
        token: String,
        fencing: u64,
        ttl_ms: Option<i64>,
    ) -> Arc<Self> {
        let token: Arc<str> = token.into();
        let pulse = ttl_ms.map(|ttl_ms| Pulse::start(home.clone(), name.clone(), token.clone(), ttl_ms));
        let generation = fork_generation();
        Arc::new(Self { home, name, token, fencing, shares: Mutex::new(1), pulse, generation })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn fencing(&self) -> u64 {
        self.fencing
    }

    pub(super) fn is_held(&self) -> Result<bool> {
        let row = self.home.see_lock(&self.name)?;
        Ok(row.is_some_and(|row| row.token.as_deref() == Some(&*self.token)))
    }

    /// Gives up one share; the last one releases the lock. Tells whether it was still held.
    pub(super) fn give_up_share(&self) -> Result<bool> {
        if self.generation != fork_generation() {
            // The lock is the parent's; a forked child only forgets it.
            return Ok(false);
        }
        let mut shares = self.shares.lock();
        match *shares {
            0 => Ok(false),
            1 => {
                let held = self.free()?;
                *shares = 0;
                Ok(held)
            }
            _ => {
                *shares -= 1;
                self.is_held()
            }
        }
    }

    fn free(&self) -> Result<bool> {
        if let Some(pulse) = &self.pulse {
            pulse.stop();
        }
        let write = Write {
            name: self.name.clone(),
            record: RecordCheck::Any,
            lock: LockCheck::Held(self.fencing),
            lifecycle: None,
            locking: Locking::Free { token: self.token.to_string() },
            changes: Vec::new(),
            entered_ms: None,
        };
        // Nothing is written if somebody has it by now.
        Ok(self.home.write(write)?.is_some())
    }
}

/// The locks that are held through one home.
#[derive(Default)]
pub(crate) struct Grants {
    held: Mutex<Vec<Weak<Grant>>>,
}

impl Grants {
    pub(super) fn add(&self, grant: &Arc<Grant>) {
        let mut held = self.held.lock();
        held.retain(|grant| grant.upgrade().is_some_and(|grant| *grant.shares.lock() > 0));
        held.push(Arc::downgrade(grant));
    }

    /// A further share of the lock of a name, if it is held.
    pub(super) fn share(&self, name: &str) -> Option<Arc<Grant>> {
        let held: Vec<_> = self.held.lock().iter().filter_map(Weak::upgrade).collect();
        let grant = held.into_iter().find(|grant| {
            &*grant.name == name && grant.generation == fork_generation() && *grant.shares.lock() > 0
        })?;
        if !grant.is_held().unwrap_or(false) {
            return None;
        }
        let mut shares = grant.shares.lock();
        if *shares == 0 {
            return None;
        }
        *shares += 1;
        drop(shares);
        Some(grant)
    }

    /// Releases all of them, whoever has a guard.
    pub(crate) fn release_all(&self) {
        let held: Vec<_> = self.held.lock().drain(..).filter_map(|grant| grant.upgrade()).collect();
        for grant in held {
            let mut shares = grant.shares.lock();
            if grant.generation == fork_generation() && *shares > 0 {
                *shares = 0;
                if let Err(error) = grant.free() {
                    tracing::warn!(target: "statehold::environment", environment = &*grant.name, %error, "a lock could not be released; it is free once this process has ended or its lease is over");
                }
            }
        }
    }
}

/// The heartbeat of a lease: a thread that renews it until it is told to stop.
struct Pulse {
    stopped: Mutex<bool>,
    told: Condvar,
}

impl Pulse {
    fn start(home: Arc<dyn Home>, name: Arc<str>, token: Arc<str>, ttl_ms: i64) -> Arc<Self> {
        let pulse = Arc::new(Self { stopped: Mutex::new(false), told: Condvar::new() });
        let beat = Duration::from_millis(ttl_ms.unsigned_abs()) / BEATS;
        let of_thread = pulse.clone();
        let thread = std::thread::Builder::new().name("statehold-lease".to_owned());
        let started = thread.spawn(move || {
            while !of_thread.waits(beat) {
                match home.renew(&name, &token, ttl_ms) {
                    Ok(true) => {}
                    Ok(false) => {
                        tracing::warn!(target: "statehold::environment", environment = &*name, "this process has lost a lock: its lease was over, or it was freed by force");
                        break;
                    }
                    // The next beat tries again; the lease has room for that.
                    Err(error) => {
                        tracing::warn!(target: "statehold::environment", environment = &*name, %error, "a lease could not be renewed");
                    }
                }
            }
        });
        if let Err(error) = started {
            tracing::warn!(target: "statehold::environment", %error, "a lease will not be renewed: no thread could be started");
        }
        pulse
    }

    /// Waits for one beat; true if it was told to stop.
    fn waits(&self, beat: Duration) -> bool {
        let mut stopped = self.stopped.lock();
        if !*stopped {
            self.told.wait_for(&mut stopped, beat);
        }
        *stopped
    }

    fn stop(&self) {
        *self.stopped.lock() = true;
        self.told.notify_all();
    }
}
