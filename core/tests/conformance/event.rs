//! Listening to the events of a store.

use std::panic::resume_unwind;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value as Case;
use statehold::Subscription;

use crate::execute::{Executor, Outcome};
use crate::format::Data;
use crate::function::Raised;

/// What a case listens to, and what it has heard.
#[derive(Default)]
pub(crate) struct Listening {
    callbacks: Vec<(String, bool, Subscription)>,
    heard: Arc<Mutex<Vec<Data>>>,
}

impl Executor<'_> {
    /// `listen`, and `listen_raising`, whose callbacks fail.
    pub(crate) fn listen(&self, step: &Case, raises: bool) -> Outcome<()> {
        for name in step["args"].as_array().unwrap() {
            let name = name.as_str().unwrap();
            let subscription = self.subscribe(name, raises)?;
            self.listening.borrow_mut().callbacks.push((name.to_owned(), raises, subscription));
        }
        Ok(())
    }

    fn subscribe(&self, name: &str, raises: bool) -> Outcome<Subscription> {
        let heard = self.listening.borrow().heard.clone();
        Ok(self.store().on(name, move |event| {
            if raises {
                // As a panic, without a message on the terminal.
                resume_unwind(Box::new(Raised));
            }
            assert_eq!(Data::of_json(&event.payload()).member("event").text(), event.name());
            heard.lock().push(Data::of_json(&event.payload()));
        })?)
    }

    /// Listens anew to what the case listens to.
    pub(crate) fn listen_again(&self) {
        let listening = std::mem::take(&mut self.listening.borrow_mut().callbacks);
        for (name, raises, _) in listening {
            let subscription = self.subscribe(&name, raises).unwrap();
            self.listening.borrow_mut().callbacks.push((name, raises, subscription));
        }
    }

    pub(crate) fn unlisten(&self) {
        for (name, _, subscription) in self.listening.borrow_mut().callbacks.drain(..) {
            assert!(self.store().off(subscription), "{name} was listened to");
            assert!(!self.store().off(subscription), "{name} is no longer listened to");
        }
    }

    /// What was heard since this was last asked.
    pub(crate) fn events(&self) -> Data {
        Data::List(std::mem::take(&mut *self.listening.borrow().heard.lock()))
    }
}
