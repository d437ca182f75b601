//! What ctrl-c does where it doesn't simply end the process.

use std::sync::{Mutex, PoisonError};

type Action = Box<dyn Fn() + Send>;

static ACTION: Mutex<Option<Action>> = Mutex::new(None);

/// Does this at ctrl-c from now on, instead of ending the process.
pub(crate) fn on_interrupt(action: impl Fn() + Send + 'static) {
    let action: Action = Box::new(action);
    let is_first = ACTION.lock().unwrap_or_else(PoisonError::into_inner).replace(action).is_none();
    if is_first {
        // Where it can't be set, ctrl-c ends the process, by which nothing is lost.
        let _ = ctrlc::set_handler(|| {
            if let Some(action) = &*ACTION.lock().unwrap_or_else(PoisonError::into_inner) {
                action();
            }
        });
    }
}
