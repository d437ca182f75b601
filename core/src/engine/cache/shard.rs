//! A part of the cache, with a budget and a lock of its own. Who is to leave is found by CLOCK: a hand goes round, and
//! an entry leaves that nobody has asked for since it last came by. Entries that no longer hold leave at once.
//!
//! Whether an entry still holds is seen by the *place* of its key, one of those that have a counter in the file beside
//! the store. All keys of a place are in one shard, which knows what the counter was when it last looked, and gives the
//! place a new generation when it finds another. What was put in under an earlier generation no longer holds.

use std::sync::Arc;

use hashbrown::HashTable;

use crate::engine::sys::LogIndex;

/// Where a key is in its shard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) hash: u64,
    /// Which of the shard's places.
    pub(super) place: u16,
}

/// What a shard knows of a place.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// The counter when it was last looked at.
    counter: u64,
    generation: u64,
}

/// What is kept under a name and a key.
pub(super) struct Entry {
    hash: u64,
    /// That of its place when it was put in.
    generation: u64,
    name: Arc<str>,
    /// The key, and after it what the store holds there.
    bytes: Box<[u8]>,
    key_length: u32,
    place: u16,
    /// Whether the store holds something there.
    present: bool,
    /// Whether it was asked for since the hand came by.
    wanted: bool,
}

impl Entry {
    /// How many bytes an entry keeps.
    pub(super) fn length(key: &str, body: Option<&[&[u8]]>) -> usize {
        body.unwrap_or_default().iter().fold(key.len(), |sum, part| sum + part.len())
    }

    /// An entry of what is in `body`, in parts; without it, of that there is nothing.
    pub(super) fn new(spot: Spot, name: Arc<str>, key: &str, body: Option<&[&[u8]]>) -> Self {
        let mut bytes = Vec::with_capacity(Self::length(key, body));
        bytes.extend_from_slice(key.as_bytes());
        for part in body.unwrap_or_default() {
            bytes.extend_from_slice(part);
        }
        let key_length = u32::try_from(key.len()).expect("a key has a limit far below that");
        let (bytes, present) = (bytes.into_boxed_slice(), body.is_some());
        let Spot { hash, place } = spot;
        Self { hash, generation: 0, name, bytes, key_length, place, present, wanted: false }
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at(self.key_length as usize)
    }

    fn is_of(&self, hash: u64, name: &str, key: &str) -> bool {
        self.hash == hash && self.parts().0 == key.as_bytes() && *self.name == *name
    }

    /// What it takes on the heap, with what an allocator adds: a word, and up to the next two.
    fn heap_bytes(&self) -> usize {
        (self.bytes.len() + 8).next_multiple_of(16).max(32)
    }
}

pub(super) struct Shard {
    /// By which it is seen what still holds; none until it was asked for, and when the cache is closed.
    pub(super) index: Option<Arc<LogIndex>>,
    pub(super) hits: u64,
    pub(super) misses: u64,
    /// The era of the entries.
    era: u64,
    places: Box<[Place]>,
    /// Where the entries are.
    table: HashTable<u32>,
    entries: Vec<Entry>,
    hand: usize,
    heap_bytes: usize,
    most_bytes: usize,
}

impl Shard {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self {
            index: None,
            hits: 0,
            misses: 0,
            era: 0,
            places: Box::default(),
            table: HashTable::new(),
            entries: Vec::new(),
            hand: 0,
            heap_bytes: 0,
            most_bytes,
        }
    }

    /// Begins, by an index and with so many places.
    pub(super) fn attach(&mut self, index: Arc<LogIndex>, places: usize) {
        self.index = Some(index);
        self.places = vec![Place::default(); places].into_boxed_slice();
    }

    /// What is kept and the room for it, also that which is free.
    pub(super) fn bytes(&self) -> usize {
        self.heap_bytes + self.entries.capacity() * size_of::<Entry>() + self.table.allocation_size()
    }

    /// Forgets what was kept in an earlier era than this.
    #[inline]
    fn enter(&mut self, era: u64) {
        if self.era != era {
            self.era = era;
            self.clear();
        }
    }

    /// Forgets everything, and keeps the room for it.
    #[cold]
    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.entries.clear();
        self.heap_bytes = 0;
    }

    /// The generation of a place, of which the counter is this.
    #[inline]
    fn generation(&mut self, place: u16, counter: u64) -> u64 {
        let place = &mut self.places[usize::from(place)];
        if place.counter != counter {
            *place = Place { counter, generation: place.generation + 1 };
        }
        place.generation
    }

    /// Takes note that this handle itself has counted up a counter, which was this. Of others nothing else is known by
    /// it, so the generation stays.
    pub(super) fn counted(&mut self, place: u16, was: u64) {
        if let Some(place) = self.places.get_mut(usize::from(place))
            && place.counter == was
        {
            place.counter = was.wrapping_add(1);
        }
    }

    /// What is kept of this era, and still holds by the counter of its place, if anything: bytes, or that there is
    /// nothing.
    #[inline]
    #[allow(clippy::option_option)] // nothing may be known, and that there is nothing
    pub(super) fn find(
        &mut self,
        spot: Spot,
        name: &str,
        key: &str,
        era: u64,
        counter: u64,
    ) -> Option<Option<&[u8]>> {
        self.enter(era);
        let generation = self.generation(spot.place, counter);
        let entries = &self.entries;
        let at = *self.table.find(spot.hash, |&at| entries[at as usize].is_of(spot.hash, name, key))?;
        let entry = &mut self.entries[at as usize];
        if entry.generation != generation {
            return None;
        }
        entry.wanted = true;
        Some(entry.present.then(|| entry.parts().1))
    }

    /// Puts an entry of this era in, in place of the one of the same key. `counter` is that of its place, and tells of
    /// no commit that the entry does not.
    pub(super) fn put(&mut self, mut entry: Entry, era: u64, counter: u64) {
        self.enter(era);
        entry.generation = self.generation(entry.place, counter);
        let key = std::str::from_utf8(entry.parts().0).expect("it was made of a key");
        self.remove(entry.hash, &entry.name, key);
        let cost = entry.heap_bytes() + size_of::<Entry>();
        if cost > self.most_bytes {
            return;
        }
        self.make_room(cost);
        let at = u32::try_from(self.entries.len()).expect("an entry takes more than a byte of the budget");
        if self.entries.len() == self.entries.capacity() {
            // In small steps: doubled, the places alone could take a fifth of the budget.
            self.entries.reserve_exact(self.entries.len() / 8 + 4);
        }
        self.heap_bytes += entry.heap_bytes();
        let hash = entry.hash;
        self.entries.push(entry);
        let entries = &self.entries;
        self.table.insert_unique(hash, at, |&at| entries[at as usize].hash);
    }

    /// Has entries leave until there is room for so many bytes, the places for the next entry included.
    fn make_room(&mut self, cost: usize) {
        while !self.entries.is_empty() && self.bytes() + cost > self.most_bytes {
            if self.hand >= self.entries.len() {
                self.hand = 0;
            }
            let entry = &mut self.entries[self.hand];
            if entry.wanted && entry.generation == self.places[usize::from(entry.place)].generation {
                entry.wanted = false;
            } else {
                self.remove_at(self.hand);
            }
            // The last one, which has come in place of one that left, has its turn in the next round.
            self.hand += 1;
        }
        if self.bytes() + cost > self.most_bytes {
            // The places for many small ones, which have all left for a large one.
            (self.entries, self.table) = (Vec::new(), HashTable::new());
        }
    }

    /// Takes an entry out, whether it holds or not.
    pub(super) fn remove(&mut self, hash: u64, name: &str, key: &str) {
        let entries = &self.entries;
        if let Some(&at) = self.table.find(hash, |&at| entries[at as usize].is_of(hash, name, key)) {
            self.remove_at(at as usize);
        }
    }

    fn remove_at(&mut self, at: usize) {
        let last = self.entries.len() - 1;
        self.unlist(self.entries[at].hash, at);
        if at != last {
            let moved = self.entries[last].hash;
            let place = self.table.find_mut(moved, |&place| place as usize == last);
            *place.expect("each entry has its place in the table") =
                u32::try_from(at).expect("it is less than that of the last");
        }
        let entry = self.entries.swap_remove(at);
        self.heap_bytes -= entry.heap_bytes();
    }

    fn unlist(&mut self, hash: u64, at: usize) {
        if let Ok(place) = self.table.find_entry(hash, |&place| place as usize == at) {
            place.remove();
        }
    }

    /// Forgets everything, and the index.
    pub(super) fn close(&mut self) {
        *self = Self { hits: self.hits, misses: self.misses, ..Self::new(self.most_bytes) };
    }
}

#[cfg(test)]
#[path = "shard_test.rs"]
mod tests;
