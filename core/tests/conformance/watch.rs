//! The change feed.

use serde_json::Value as Case;
use statehold::{Change, Watch, WatchOptions};

use crate::convert::{fields, int, moment};
use crate::execute::{Executor, Outcome};
use crate::format::Data;

/// A watch by its name, with what it lets through.
pub(crate) type Watched = (String, WatchOptions, Watch);

impl Executor<'_> {
    pub(crate) fn watch(&self, step: &Case) -> Outcome<()> {
        let text = |data: &Case| self.decode(data).text();
        let mut options = WatchOptions::new();
        let watch = if step.get("ns").is_some() {
            let pattern = step["args"].get(0).map_or_else(|| "*".to_owned(), text);
            options = options.facet("namespace").namespace(self.name(step)).pattern(&pattern);
            self.store().namespace(&self.name(step)).watch(&pattern)?
        } else {
            let with = &step["with"];
            options.facet = with.get("facet").map(text);
            options.namespace = with.get("namespace").map(text);
            options.pattern = with.get("pattern").map(text);
            options.after = with.get("after").map(|after| match self.decode(after) {
                Data::Int(revision) => u64::try_from(revision).unwrap(),
                other => panic!("{other:?} is no revision"),
            });
            self.store().watch(options.clone())?
        };
        let name = step["save_as"].as_str().unwrap_or_default().to_owned();
        self.watches.borrow_mut().push((name, options, watch));
        Ok(())
    }

    /// Goes on, on the store as it is open now, where the watches of the case have come to.
    pub(crate) fn watch_again(&self) {
        for (_, options, watch) in
            self.watches.borrow_mut().iter_mut().filter(|(_, _, watch)| !watch.is_closed())
        {
            let options = options.clone().after(watch.revision());
            *watch = self.store().watch(options).unwrap();
        }
    }

    /// What is done `on` a watch.
    pub(crate) fn perform_on_watch(&self, op: &str, step: &Case) -> Outcome {
        let watches = self.watches.borrow();
        let (_, _, watch) = watches.iter().find(|(name, ..)| step["on"] == **name).unwrap();
        Ok(match op {
            "changes" => {
                let mut changes = Vec::new();
                while let Some(next) = watch.try_next()? {
                    changes.push(change(&next));
                }
                Data::List(changes)
            }
            "next" => {
                let next = match step["with"].get("timeout") {
                    Some(timeout) => watch.next_within(self.decode(timeout).duration())?,
                    None => watch.try_next()?,
                };
                next.map_or(Data::Absent, |next| change(&next))
            }
            "watch_revision" => int(watch.revision()),
            "watch_closed" => Data::Bool(watch.is_closed()),
            "close_watch" => {
                watch.close();
                Data::Absent
            }
            other => panic!("unknown operation {other} of a watch"),
        })
    }
}

fn change(next: &Change) -> Data {
    let text = |text: &String| Data::Text(text.clone());
    fields([
        ("revision", int(next.revision)),
        ("time", moment(next.time)),
        ("actor", text(&next.actor)),
        ("facet", text(&next.facet)),
        ("name", text(&next.name)),
        ("key", text(&next.key)),
        ("operation", text(&next.operation)),
        ("is_last", Data::Bool(next.is_last)),
    ])
}
