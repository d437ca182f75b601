//! Who wants a cloud for himself waits in line, in the order of arrival. A line is of one handle on a store; between
//! processes the write lock decides.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// The lines of a store, by cloud.
#[derive(Default)]
pub(crate) struct Queues {
    lines: Mutex<HashMap<Arc<str>, Weak<Line>>>,
}

/// Those who wait for one cloud.
#[derive(Default)]
struct Line {
    waiting: Mutex<Waiting>,
    moved: Condvar,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    places: VecDeque<Place>,
}

struct Place {
    number: u64,
    /// What is called when it becomes the first.
    callback: Option<Box<dyn FnOnce() + Send>>,
}

impl Queues {
    /// Goes to the end of the line for a cloud.
    pub(super) fn enter(&self, cloud: &Arc<str>) -> Turn {
        let line = {
            let mut lines = self.lines.lock();
            let known = lines.get(cloud).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                lines.retain(|_, line| line.strong_count() > 0);
                let line = Arc::<Line>::default();
                lines.insert(cloud.clone(), Arc::downgrade(&line));
                line
            })
        };
        let mut waiting = line.waiting.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.places.push_back(Place { number, callback: None });
        drop(waiting);
        Turn { line, number }
    }
}

/// A place in the line of those who want a cloud for themselves. Dropping it leaves the line.
pub struct Turn {
    line: Arc<Line>,
    number: u64,
}

impl Turn {
    /// A place in a line that nobody else is in.
    pub(super) fn of_nobody_else() -> Self {
        Queues::default().enter(&"".into())
    }

    /// Whether all who came before have left.
    pub fn is_first(&self) -> bool {
        self.leads(&self.line.waiting.lock())
    }

    /// Waits until all who came before have left.
    pub fn wait(&self) {
        let mut waiting = self.line.waiting.lock();
        while !self.leads(&waiting) {
            self.line.moved.wait(&mut waiting);
        }
    }

    /// The same, but not for longer than `span`; says whether they have left.
    pub fn wait_for(&self, span: Duration) -> bool {
        let end = Instant::now() + span;
        let mut waiting = self.line.waiting.lock();
        while !self.leads(&waiting) {
            if self.line.moved.wait_until(&mut waiting, end).timed_out() {
                return self.leads(&waiting);
            }
        }
        true
    }

    /// Calls `callback` once all who came before have left, by the thread of the last of them; at once if they have.
    pub fn when_first(&self, callback: impl FnOnce() + Send + 'static) {
        let mut waiting = self.line.waiting.lock();
        if self.leads(&waiting) {
            drop(waiting);
            return callback();
        }
        if let Some(place) = waiting.places.iter_mut().find(|place| place.number == self.number) {
            place.callback = Some(Box::new(callback));
        }
    }

    fn leads(&self, waiting: &Waiting) -> bool {
        waiting.places.front().is_some_and(|first| first.number == self.number)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let callback = {
            let mut waiting = self.line.waiting.lock();
            let led = self.leads(&waiting);
            waiting.places.retain(|place| place.number != self.number);
            self.line.moved.notify_all();
            let first = waiting.places.front_mut().filter(|_| led);
            first.and_then(|first| first.callback.take())
        };
        if let Some(callback) = callback {
            callback();
        }
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Turn")
            .field("number", &self.number)
            .field("is_first", &self.is_first())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn turns_come_in_the_order_of_arrival_and_of_each_cloud_alone() {
        let queues = Queues::default();
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let first = queues.enter(&a);
        let [second, third] = [queues.enter(&a), queues.enter(&a)];
        assert!(first.is_first() && !second.is_first() && !third.is_first());
        assert!(queues.enter(&b).is_first(), "another cloud has a line of its own");
        let called = Arc::new(AtomicU32::new(0));
        let count = |called: &Arc<AtomicU32>| {
            let called = called.clone();
            move || _ = called.fetch_add(1, Ordering::Relaxed)
        };
        third.when_first(count(&called));
        drop(second);
        assert!(!third.is_first(), "who gives up lets nobody past those before him");
        assert_eq!(called.load(Ordering::Relaxed), 0);
        assert!(!third.wait_for(Duration::from_millis(1)), "nobody leaves");
        drop(first);
        assert!(third.is_first() && third.wait_for(Duration::ZERO));
        third.wait();
        assert_eq!(called.load(Ordering::Relaxed), 1);
        third.when_first(count(&called));
        assert_eq!(called.load(Ordering::Relaxed), 2, "at once");
        drop(third);
        assert!(queues.enter(&a).is_first());
    }
}
