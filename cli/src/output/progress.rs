//! A bar on the standard error for what takes longer than a second.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a sign of life is given.
const TICK: Duration = Duration::from_millis(100);

/// How far something has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    is_wanted: bool,
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, is_wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(what);
        Self { bar, begun: Instant::now(), is_wanted, is_shown: false }
    }

    /// So much of it is done.
    pub(crate) fn at(&mut self, done: u64, total: u64) {
        if self.shows("{msg} {bar:32} {percent:>3} %, {eta} left") {
            self.bar.set_length(total);
            self.bar.set_position(done);
        }
    }

    /// So many records are done, of how many if that is known.
    pub(crate) fn records(&mut self, done: u64, total: Option<u64>) {
        if let Some(total) = total {
            self.at(done, total);
        } else if self.shows("{spinner} {msg}, {pos} records, {elapsed}") {
            self.bar.set_position(done);
        }
    }

    /// Does something of which it isn't known how far it has come.
    pub(crate) fn during<T: Send>(mut self, work: impl FnOnce() -> T + Send) -> T {
        if !self.is_wanted {
            return work();
        }
        std::thread::scope(|scope| {
            let (done, waiting) = mpsc::channel::<()>();
            scope.spawn(move || {
                if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout)
                    && self.shows("{spinner} {msg}, {elapsed}")
                {
                    self.bar.enable_steady_tick(TICK);
                    let _ = waiting.recv();
                }
            });
            let result = work();
            drop(done);
            result
        })
    }

    fn shows(&mut self, template: &str) -> bool {
        if self.is_wanted && !self.is_shown && self.begun.elapsed() >= PATIENCE {
            self.is_shown = true;
            let style = ProgressStyle::with_template(template).expect("the templates are right");
            self.bar.set_style(style.progress_chars("=> "));
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.is_shown
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
