//! Goal: who asks for one thing again and again does not keep the thread from others.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;

const LONG: Duration = Duration::from_secs(10);

#[test]
fn what_is_due_is_done_though_readers_begin_to_stay_all_the_time() {
    let background = Arc::new(Background::default());
    let purged = Arc::new(AtomicBool::new(false));
    let left = Arc::new(AtomicU32::new(0));
    let work = || -> Work {
        let (weak, purged, left) = (Arc::downgrade(&background), purged.clone(), left.clone());
        Box::new(move |task| {
            let Some(background) = weak.upgrade() else { return false };
            match task {
                Task::Leave => {
                    left.fetch_add(1, Ordering::Relaxed);
                    // As a reader does that comes just then.
                    assert!(!background.leave_within(LONG, || unreachable!("the thread runs")));
                }
                Task::Purge => purged.store(true, Ordering::Relaxed),
                _ => unreachable!("nobody has asked for that"),
            }
            true
        })
    };
    // Nothing is due before the thread has both on its agenda.
    background.purge_within(LONG, work);
    assert!(background.leave_within(LONG, work));
    background.agenda.lock().purge_at = Some(Instant::now());
    background.changed.notify_one();
    let start = Instant::now();
    while !purged.load(Ordering::Relaxed) && start.elapsed() < LONG {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!((purged.load(Ordering::Relaxed), left.load(Ordering::Relaxed)), (true, 1));
    background.close();
}
