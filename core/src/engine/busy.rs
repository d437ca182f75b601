//! Waiting for another process's write lock. SQLite's own timeout backs off so far that one of six
//! writers can starve for seconds; short even steps keep the waits and the shares fair.

use std::cell::Cell;
use std::time::{Duration, Instant};

const FIRST_STEP: Duration = Duration::from_micros(200);
const STEP: Duration = Duration::from_millis(1);

thread_local! {
    static PATIENCE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Since when it was waited already, for another reason, when the lock is first asked for.
    static QUEUED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs `f` with this much patience for locks that others hold.
pub(crate) fn with_patience<R>(patience: Duration, f: impl FnOnce() -> R) -> R {
    PATIENCE.set(patience);
    SINCE.set(None);
    QUEUED.set(None);
    f()
}

/// The same, for who has waited since then.
pub(crate) fn with_patience_since<R>(queued: Instant, patience: Duration, f: impl FnOnce() -> R) -> R {
    PATIENCE.set(patience);
    SINCE.set(None);
    QUEUED.set(Some(queued));
    let result = f();
    QUEUED.set(None);
    result
}

/// How long the last lock of this thread was waited for.
pub(crate) fn waited() -> Duration {
    SINCE.get().map_or(Duration::ZERO, |since| since.elapsed())
}

/// SQLite's busy handler: called again for as long as it returns true.
pub(crate) fn wait(tries: i32) -> bool {
    let since = SINCE.get().filter(|_| tries > 0);
    let since = since.or_else(|| QUEUED.get()).unwrap_or_else(Instant::now);
    SINCE.set(Some(since));
    if since.elapsed() >= PATIENCE.get() {
        return false;
    }
    std::thread::sleep(if tries == 0 { FIRST_STEP } else { STEP });
    true
}
