//! Writes the file of a cloud some time after it was changed, with all that has changed until then.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::file::{self, Document};
use crate::engine::sys::fork_generation;
use crate::error::{Error, Result};
use crate::store::Store;

/// How long to wait at least before a write that has failed is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Saver {
    path: PathBuf,
    debounce: Duration,
    store: Store,
    plan: Mutex<Plan>,
    changed: Condvar,
    /// Held while the file is written, so that of two writes the later one has the later state.
    writing: Mutex<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
    generation: u32,
}

#[derive(Default)]
struct Plan {
    /// When the file is to be written; never while it has all there is.
    due: Option<Instant>,
    ended: bool,
}

impl Saver {
    /// Begins to look after a file.
    pub(super) fn start(path: PathBuf, debounce: Duration, store: Store) -> Result<Arc<Self>> {
        file::clean_up(&path);
        let saver = Arc::new(Self {
            path,
            debounce,
            store,
            plan: Mutex::default(),
            changed: Condvar::new(),
            writing: Mutex::default(),
            thread: Mutex::default(),
            generation: fork_generation(),
        });
        let own = saver.clone();
        let thread = std::thread::Builder::new().name("statehold-mock".to_owned()).spawn(move || own.work());
        let thread = thread.map_err(|error| Error::io("starting a thread for", &saver.path, &error))?;
        *saver.thread.lock() = Some(thread);
        Ok(saver)
    }

    /// Notes that something has changed.
    pub(super) fn note(&self) {
        self.plan_at(self.debounce);
    }

    fn plan_at(&self, pause: Duration) {
        let mut plan = self.plan.lock();
        if plan.due.is_none() {
            // A pause that ends after the end of time is ended by the end of the cloud.
            let now = Instant::now();
            plan.due = Some(now.checked_add(pause).unwrap_or(now + Duration::from_secs(u32::MAX.into())));
            self.changed.notify_all();
        }
    }

    /// Writes the file now.
    pub(super) fn write_now(&self) -> Result<()> {
        let _writing = self.writing.lock();
        // What changes from here on is planned anew.
        self.plan.lock().due = None;
        let written = Document::of(&self.store)
            .and_then(|document| document.map_or(Ok(()), |document| file::write(&self.path, &document)));
        if written.is_err() {
            self.plan_at(self.debounce.max(PAUSE));
        }
        written
    }

    /// Writes what is not written yet, and writes no more.
    pub(super) fn end(&self) -> Result<()> {
        if self.generation != fork_generation() {
            // The thread is the parent's, and so is the file.
            std::mem::forget(self.thread.lock().take());
            return Ok(());
        }
        self.plan.lock().ended = true;
        self.changed.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            // It does not panic; if it did, what it has left is written here.
            _ = thread.join();
        }
        let is_due = self.plan.lock().due.is_some();
        if is_due { self.write_now() } else { Ok(()) }
    }

    fn work(&self) {
        let mut plan = self.plan.lock();
        while !plan.ended {
            match plan.due {
                None => self.changed.wait(&mut plan),
                Some(due) if due > Instant::now() => _ = self.changed.wait_until(&mut plan, due),
                Some(_) => {
                    drop(plan);
                    if let Err(error) = self.write_now() {
                        let path = self.path.display();
                        tracing::error!(target: "statehold::mock", %path, %error, "a mock cloud could not be written; it is tried again");
                    }
                    plan = self.plan.lock();
                }
            }
        }
    }
}
