//! What a disk may hold after a power loss. What was synced is there. Of the rest, each write may be there or not,
//! whatever its place in the order, or a part of its sectors; a file may have grown without what was to stand there; and
//! a removal may not have come about, until the folder is synced.

use std::collections::BTreeMap;

use super::{Event, FOLDER};
use crate::common::Random;

/// Files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A write of less is done whole or not at all.
const SECTOR: u64 = 512;

/// What becomes of the writes to a file that were not synced.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Lost,
    Kept,
    /// Some of them, of which some in part.
    Mixed,
    /// The first ones, then one in part.
    Cut,
}

/// What was asked of the disk up to some event.
pub struct PowerLoss<'a> {
    before: &'a Files,
    events: &'a [Event],
    /// Up to where each file was synced.
    synced: BTreeMap<&'a str, usize>,
}

impl<'a> PowerLoss<'a> {
    /// The power is lost after these events. `before`: what there was before the first.
    pub fn after(before: &'a Files, events: &'a [Event]) -> Self {
        let mut synced = BTreeMap::new();
        for event in events {
            if let Event::Synced { file, begun } = event {
                let end: &mut usize = synced.entry(file.as_str()).or_default();
                *end = (*begun).max(*end);
            }
        }
        Self { before, events, synced }
    }

    /// The last revision of which it was said that it is durable.
    pub fn durable(&self) -> u64 {
        let told = self.events.iter().filter_map(|event| match event {
            Event::Durable { revision } => Some(*revision),
            _ => None,
        });
        told.max().unwrap_or_default()
    }

    fn is_synced(&self, file: &str, at: usize) -> bool {
        self.synced.get(file).is_some_and(|end| at < *end)
    }

    /// One of the states that the disk may be in.
    pub fn left(&self, random: &mut Random) -> Files {
        let mut files = self.before.clone();
        let mut fates: BTreeMap<&str, Fate> = BTreeMap::new();
        for (at, event) in self.events.iter().enumerate() {
            let file = match event {
                Event::Write { file, .. } | Event::Cut { file, .. } | Event::Removed { file } => {
                    file.as_str()
                }
                Event::Synced { .. } | Event::Durable { .. } => continue,
            };
            let done = self.is_synced(file, at);
            match event {
                Event::Removed { .. } => {
                    if self.is_synced(FOLDER, at) || self.is_made_anew(file, at) || random.below(2) == 0 {
                        files.remove(file);
                    }
                }
                _ if done => apply(&mut files, event),
                _ => {
                    let fate = fates.entry(file).or_insert_with(|| {
                        [Fate::Lost, Fate::Kept, Fate::Mixed, Fate::Cut][random.below(4) as usize]
                    });
                    match *fate {
                        Fate::Lost => {}
                        Fate::Mixed => match random.below(4) {
                            0 | 1 => apply(&mut files, event),
                            2 => apply_in_part(&mut files, event, random),
                            _ => {}
                        },
                        Fate::Cut if random.below(16) == 0 => {
                            apply_in_part(&mut files, event, random);
                            *fate = Fate::Lost;
                        }
                        Fate::Kept | Fate::Cut => apply(&mut files, event),
                    }
                }
            }
        }
        files
    }

    /// Whether there was a file of that name again.
    fn is_made_anew(&self, name: &str, at: usize) -> bool {
        self.events[at..].iter().any(|event| matches!(event, Event::Write { file, .. } if file == name))
    }
}

fn grown<'a>(files: &'a mut Files, file: &str, end: u64) -> &'a mut Vec<u8> {
    let content = files.entry(file.to_owned()).or_default();
    let end = usize::try_from(end).unwrap();
    if content.len() < end {
        content.resize(end, 0);
    }
    content
}

fn put(files: &mut Files, file: &str, at: u64, bytes: &[u8]) {
    let end = at + bytes.len() as u64;
    grown(files, file, end)[usize::try_from(at).unwrap()..][..bytes.len()].copy_from_slice(bytes);
}

fn apply(files: &mut Files, event: &Event) {
    match event {
        Event::Write { file, at, bytes } => put(files, file, *at, bytes),
        Event::Cut { file, length } => {
            let length = usize::try_from(*length).unwrap();
            files.entry(file.clone()).or_default().resize(length, 0);
        }
        Event::Removed { .. } | Event::Synced { .. } | Event::Durable { .. } => {}
    }
}

/// Some of the sectors of a write, and perhaps the length that the file has with it.
fn apply_in_part(files: &mut Files, event: &Event, random: &mut Random) {
    let Event::Write { file, at, bytes } = event else { return };
    let end = at + bytes.len() as u64;
    if random.below(2) == 0 {
        grown(files, file, end);
    }
    let mut from = *at;
    while from < end {
        let to = ((from / SECTOR + 1) * SECTOR).min(end);
        if random.below(2) == 0 {
            let part = usize::try_from(from - at).unwrap()..usize::try_from(to - at).unwrap();
            put(files, file, from, &bytes[part]);
        }
        from = to;
    }
}
