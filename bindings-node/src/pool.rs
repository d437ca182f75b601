//! Threads for what may have to wait: commits, and whoever waits for a lock. They are not libuv's, so that
//! blocked writers leave the four threads of its pool to files, DNS and reads. Each store has its own, so
//! that one whose writers are blocked does not block another. They start when there is work and end when
//! there is none.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

/// How many there are at most: as many commits are written as one when all wait for the same sync.
const THREADS: usize = 32;

/// How many there are at most where calls may be delayed by faults: those that wait must not keep others from working.
const PATIENT_THREADS: usize = 256;

/// After how long without work a thread ends.
const IDLE: Duration = Duration::from_secs(10);

/// The threads of a store. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Workers(Arc<Pool>);

#[derive(Default)]
struct Pool {
    queue: Mutex<Queue>,
    work: Condvar,
    /// Whether calls may be delayed by faults.
    patient: bool,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Those that wait for work.
    idle: usize,
}

impl Workers {
    /// Those of a store that may be opened with faults on.
    pub(crate) fn of(faults: bool) -> Self {
        Self(Arc::new(Pool { patient: faults, ..Pool::default() }))
    }

    /// Those where calls may be delayed.
    pub(crate) fn patient() -> Self {
        Self::of(true)
    }

    /// Whether calls may be delayed.
    pub(crate) fn are_patient(&self) -> bool {
        self.0.patient
    }

    /// Runs `job` on a thread. Jobs are begun in the order they come in.
    pub(crate) fn run(&self, job: impl FnOnce() + Send + 'static) {
        let mut queue = self.0.lock();
        queue.jobs.push_back(Box::new(job));
        let may_start = queue.threads < if self.0.patient { PATIENT_THREADS } else { THREADS };
        self.provide(queue, may_start);
    }

    /// Runs `job` before all others, on a thread more if none is idle: what those that are busy wait for.
    pub(crate) fn run_at_once(&self, job: impl FnOnce() + Send + 'static) {
        let mut queue = self.0.lock();
        queue.jobs.push_front(Box::new(job));
        self.provide(queue, true);
    }

    fn provide(&self, mut queue: MutexGuard<'_, Queue>, may_start: bool) {
        if queue.jobs.len() <= queue.idle {
            self.0.work.notify_one();
        } else if may_start {
            queue.threads += 1;
            drop(queue);
            let pool = self.0.clone();
            let started = thread::Builder::new().name("statehold".to_owned()).spawn(move || pool.serve());
            if started.is_err() {
                self.0.without_thread();
            }
        }
    }
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No job runs while this is held, so nothing can have been left half done.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                job();
                queue = self.lock();
                continue;
            }
            queue.idle += 1;
            let (woken, waited) = self.work.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.idle -= 1;
            if waited.timed_out() && queue.jobs.is_empty() {
                queue.threads -= 1;
                return;
            }
        }
    }

    /// The system refused a thread: those that there are do the work, or else the caller.
    fn without_thread(&self) {
        let mut queue = self.lock();
        queue.threads -= 1;
        if queue.threads == 0 {
            let jobs = std::mem::take(&mut queue.jobs);
            drop(queue);
            for job in jobs {
                job();
            }
        }
    }
}
