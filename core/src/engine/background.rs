//! One thread for a store, started when there is first something to do: it moves the log into the
//! file, syncs deferred commits, lets go of locks whose time is up, and purges what has expired.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::writer::Held;

#[derive(Default, PartialEq, Eq)]
enum Thread {
    #[default]
    None,
    Waiting,
    /// It does a task, which may take long: it may wait for the write lock.
    Working,
}

/// What the thread is asked to do.
#[derive(Default)]
struct Agenda {
    closing: bool,
    thread: Thread,
    checkpoint: bool,
    /// When to see whether the store is idle, and how many commits there were when that was asked.
    rest: Option<(Instant, u64)>,
    flush_at: Option<Instant>,
    watch_at: Option<Instant>,
    leave_at: Option<Instant>,
    purge_at: Option<Instant>,
    locks: Vec<(Instant, Weak<Held>)>,
}

impl Agenda {
    fn next(&self) -> Option<Instant> {
        let locks = self.locks.iter().map(|(at, _)| *at).min();
        [self.flush_at, self.watch_at, self.leave_at, self.purge_at, self.rest.map(|(at, _)| at), locks]
            .into_iter()
            .flatten()
            .min()
    }

    /// Takes a task out that is due.
    fn take_due(&mut self, now: Instant) -> Option<Task> {
        if !self.checkpoint && self.next().is_none_or(|due| due > now) {
            return None;
        }
        // Before any other, even if it is not due yet: the others may take long, and wait for who waits for those who stay.
        if self.leave_at.take().is_some() {
            return Some(Task::Leave);
        }
        if let Some(at) = self.locks.iter().position(|(due, _)| *due <= now) {
            return Some(Task::Release(self.locks.swap_remove(at).1));
        }
        if self.flush_at.take_if(|due| *due <= now).is_some() {
            return Some(Task::Flush);
        }
        if self.watch_at.take_if(|due| *due <= now).is_some() {
            return Some(Task::Watch);
        }
        if std::mem::take(&mut self.checkpoint) {
            return Some(Task::Checkpoint);
        }
        if self.purge_at.take_if(|due| *due <= now).is_some() {
            return Some(Task::Purge);
        }
        let rest = self.rest.take_if(|(due, _)| *due <= now);
        rest.map(|(_, commits)| Task::Rest { commits })
    }
}

/// Something that is due.
pub(crate) enum Task {
    Checkpoint,
    Flush,
    Purge,
    /// Look whether a snapshot keeps a long log.
    Watch,
    /// Have readers leave the moment that they stay in.
    Leave,
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
    /// `work` for as long as that returns true. Says whether the thread does nothing else just now.
    fn ask(self: &Arc<Self>, change: impl FnOnce(&mut Agenda), work: impl FnOnce() -> Work) -> bool {
        let mut agenda = self.agenda.lock();
        if agenda.closing {
            return false;
        }
        let before = agenda.next();
        change(&mut agenda);
        if agenda.thread != Thread::None {
            // Waking the thread costs more than a commit, so only what comes before its next task does.
            if agenda.checkpoint || agenda.next() != before {
                self.changed.notify_one();
            }
            return agenda.thread == Thread::Waiting;
        }
        let (this, work) = (self.clone(), work());
        let started = std::thread::Builder::new().name("statehold".to_owned()).spawn(move || this.run(&work));
        // Without a thread the store works on: writers checkpoint and purge by themselves.
        agenda.thread = if started.is_ok() { Thread::Waiting } else { Thread::None };
        started.is_ok()
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

    /// False if the thread does something else just now, or there is none. Then it is not done at all: who asks for it again and
    /// again would keep the thread from what is due besides.
    pub(crate) fn leave_within(self: &Arc<Self>, span: Duration, work: impl FnOnce() -> Work) -> bool {
        let at = Instant::now() + span;
        let change = |agenda: &mut Agenda| {
            if agenda.thread != Thread::Working {
                agenda.leave_at = Some(agenda.leave_at.map_or(at, |due| due.min(at)));
            }
        };
        self.ask(change, work)
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
        self.agenda.lock().thread = Thread::None;
        self.stopped.notify_all();
    }

    /// Waits for the next task; none when the store is closing.
    fn wait(&self) -> Option<Task> {
        let mut agenda = self.agenda.lock();
        agenda.thread = Thread::Waiting;
        loop {
            agenda.locks.retain(|(_, held)| held.strong_count() > 0);
            if agenda.closing {
                return None;
            }
            if let Some(task) = agenda.take_due(Instant::now()) {
                agenda.thread = Thread::Working;
                return Some(task);
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
        while agenda.thread != Thread::None {
            self.stopped.wait_for(&mut agenda, Duration::from_secs(10));
        }
    }
}

/// Does a task; false ends the thread.
pub(crate) type Work = Box<dyn Fn(Task) -> bool + Send>;

#[cfg(test)]
#[path = "background_test.rs"]
mod tests;
