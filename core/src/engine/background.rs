//! One thread for a store, started when there is first something to do: it moves the log into the
//! file, syncs deferred commits, lets go of locks whose time is up, and purges what has expired.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::writer::Held;

/// What the thread is asked to do.
#[derive(Default)]
struct Agenda {
    closing: bool,
    running: bool,
    checkpoint: bool,
    /// When to see whether the store is idle, and how many commits there were when that was asked.
    rest: Option<(Instant, u64)>,
    flush_at: Option<Instant>,
    watch_at: Option<Instant>,
    purge_at: Option<Instant>,
    locks: Vec<(Instant, Weak<Held>)>,
}

impl Agenda {
    fn next(&self) -> Option<Instant> {
        let locks = self.locks.iter().map(|(at, _)| *at).min();
        [self.flush_at, self.watch_at, self.purge_at, self.rest.map(|(at, _)| at), locks]
            .into_iter()
            .flatten()
            .min()
    }
}

/// Something that is due.
pub(crate) enum Task {
    Checkpoint,
    Flush,
    Purge,
    /// Look whether a snapshot keeps a long log.
    Watch,
    /// Cut the log back if there were no more than so many commits.
    Rest {
        commits: u64,
    },
    Release(Weak<Held>),
}

/// The thread's agenda.
#[derive(Default)]
pub(crate) struct Background {
    agenda: Mutex<Agenda>,
    changed: Condvar,
    stopped: Condvar,
}

impl Background {
    /// Puts something on the agenda; the first time, this starts the thread, which does its tasks by
    /// `work` for as long as that returns true.
    fn ask(self: &Arc<Self>, change: impl FnOnce(&mut Agenda), work: impl FnOnce() -> Work) {
        let mut agenda = self.agenda.lock();
        if agenda.closing {
            return;
        }
        let before = agenda.next();
        change(&mut agenda);
        if agenda.running {
            // Waking the thread costs more than a commit, so only what comes before its next task does.
            if agenda.checkpoint || agenda.next() != before {
                self.changed.notify_one();
            }
            return;
        }
        let (this, work) = (self.clone(), work());
        let started = std::thread::Builder::new().name("statehold".to_owned()).spawn(move || this.run(&work));
        // Without a thread the store works on: writers checkpoint and purge by themselves.
        agenda.running = started.is_ok();
    }

    pub(crate) fn checkpoint(self: &Arc<Self>, work: impl FnOnce() -> Work) {
        self.ask(|agenda| agenda.checkpoint = true, work);
    }

    pub(crate) fn flush_within(self: &Arc<Self>, span: Duration, work: impl FnOnce() -> Work) {
        let at = Instant::now() + span;
        self.ask(|agenda| agenda.flush_at = Some(agenda.flush_at.map_or(at, |due| due.min(at))), work);
    }

    pub(crate) fn watch_within(self: &Arc<Self>, span: Duration, work: impl FnOnce() -> Work) {
        self.ask(|agenda| agenda.watch_at = Some(Instant::now() + span), work);
    }

    pub(crate) fn purge_within(self: &Arc<Self>, span: Duration, work: impl FnOnce() -> Work) {
        let at = Instant::now() + span;
        self.ask(|agenda| agenda.purge_at = Some(agenda.purge_at.map_or(at, |due| due.min(at))), work);
    }

    pub(crate) fn rest_within(self: &Arc<Self>, span: Duration, commits: u64, work: impl FnOnce() -> Work) {
        self.ask(|agenda| agenda.rest = Some((Instant::now() + span, commits)), work);
    }

    pub(crate) fn release_at(self: &Arc<Self>, at: Instant, held: Weak<Held>, work: impl FnOnce() -> Work) {
        self.ask(|agenda| agenda.locks.push((at, held)), work);
    }

    fn run(&self, work: &Work) {
        while let Some(task) = self.wait() {
            if !work(task) {
                break;
            }
        }
        self.agenda.lock().running = false;
        self.stopped.notify_all();
    }

    /// Waits for the next task; none when the store is closing.
    fn wait(&self) -> Option<Task> {
        let mut agenda = self.agenda.lock();
        loop {
            agenda.locks.retain(|(_, held)| held.strong_count() > 0);
            if agenda.closing {
                return None;
            }
            let now = Instant::now();
            if let Some(at) = agenda.locks.iter().position(|(due, _)| *due <= now) {
                return Some(Task::Release(agenda.locks.swap_remove(at).1));
            }
            if agenda.flush_at.take_if(|due| *due <= now).is_some() {
                return Some(Task::Flush);
            }
            if agenda.watch_at.take_if(|due| *due <= now).is_some() {
                return Some(Task::Watch);
            }
            if std::mem::take(&mut agenda.checkpoint) {
                return Some(Task::Checkpoint);
            }
            if agenda.purge_at.take_if(|due| *due <= now).is_some() {
                return Some(Task::Purge);
            }
            if let Some((_, commits)) = agenda.rest.take_if(|(due, _)| *due <= now) {
                return Some(Task::Rest { commits });
            }
            match agenda.next() {
                Some(due) => {
                    self.changed.wait_until(&mut agenda, due);
                }
                None => self.changed.wait(&mut agenda),
            }
        }
    }

    /// Ends the thread and waits until it has ended, unless it is the caller itself.
    pub(crate) fn close(&self) {
        let mut agenda = self.agenda.lock();
        agenda.closing = true;
        self.changed.notify_one();
        if std::thread::current().name() == Some("statehold") {
            return;
        }
        while agenda.running {
            self.stopped.wait_for(&mut agenda, Duration::from_secs(10));
        }
    }
}

/// Does a task; false ends the thread.
pub(crate) type Work = Box<dyn Fn(Task) -> bool + Send>;
