//! Looks into the cache: at what is kept of keys, if it is of this moment.

use parking_lot::MutexGuard;

use super::era::Era;
use super::shard::Shard;
use super::{Cache, Filling, Looked};

impl Cache {
    /// Looks a key up, and lets `read` have what the store holds there: bytes, or nothing. It gives none if that is
    /// not enough for it.
    #[inline]
    pub(crate) fn look<R>(
        &self,
        name: &str,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<R>,
    ) -> Looked<R> {
        if self.shards.is_empty() {
            return Looked::Miss(Filling(None));
        }
        let at = self.find(name, key);
        let mut shard = self.shards[at.shard].lock();
        let Some(era) = self.era_of_now(&shard).or_else(|| self.catch_up(&shard)) else {
            shard.misses += 1;
            return Looked::Miss(self.filling(shard));
        };
        // Read after the era, which has a header that was told after all that led to it was counted.
        let counter = self.generations.counter(at.counter);
        if let Some(result) = shard.find(at.spot, name, key, era.number, counter).and_then(read) {
            shard.hits += 1;
            return Looked::Hit(result);
        }
        shard.misses += 1;
        Looked::Miss(Filling(Some(era)))
    }

    /// As `look`, for one who must not wait, and who looks again where this gives none: that is no miss, and it may only be
    /// that somebody else has the shard.
    #[inline]
    pub(crate) fn glance<R>(
        &self,
        name: &str,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<R>,
    ) -> Option<R> {
        if self.shards.is_empty() {
            return None;
        }
        let at = self.find(name, key);
        let mut shard = self.shards[at.shard].try_lock()?;
        let era = self.era_of_now(&shard)?;
        let counter = self.generations.counter(at.counter);
        let result = shard.find(at.spot, name, key, era.number, counter).and_then(read)?;
        shard.hits += 1;
        Some(result)
    }

    /// Looks several keys up, as of one moment: all of them, or none.
    pub(crate) fn look_together<R>(
        &self,
        name: &str,
        keys: &[&str],
        mut read: impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Looked<Vec<R>> {
        if self.shards.is_empty() || keys.is_empty() {
            return Looked::Miss(Filling(None));
        }
        let mut shard = self.shards[0].lock();
        let Some(era) = self.era_of_now(&shard).or_else(|| self.catch_up(&shard)) else {
            shard.misses += keys.len() as u64;
            return Looked::Miss(self.filling(shard));
        };
        drop(shard);
        let found = self.find_all(era, name, keys, &mut read);
        let mut shard = self.shards[0].lock();
        // They are of this moment if the header is; and of one moment if their era had that one all the time.
        if let Some(found) = found
            && self.era_of_now(&shard) == Some(era)
        {
            shard.hits += keys.len() as u64;
            return Looked::Hit(found);
        }
        shard.misses += keys.len() as u64;
        Looked::Miss(Filling(self.era_of_now(&shard).or_else(|| self.catch_up(&shard))))
    }

    /// As `look_together`, for one who must not wait; see `glance`.
    pub(crate) fn glance_together<R>(
        &self,
        name: &str,
        keys: &[&str],
        mut read: impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Option<Vec<R>> {
        let first = self.shards.first().filter(|_| !keys.is_empty())?;
        let era = self.era_of_now(&*first.try_lock()?)?;
        let found = self.find_all(era, name, keys, &mut read)?;
        let mut shard = first.try_lock()?;
        (self.era_of_now(&shard) == Some(era)).then(|| {
            shard.hits += keys.len() as u64;
            found
        })
    }

    /// What is kept of each of these keys, in an era that may end meanwhile; none if something is not known.
    fn find_all<R>(
        &self,
        era: Era,
        name: &str,
        keys: &[&str],
        read: &mut impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Option<Vec<R>> {
        let find = |key: &&str| {
            let at = self.find(name, key);
            let mut shard = self.shards[at.shard].lock();
            let counter = self.generations.counter(at.counter);
            shard.find(at.spot, name, key, era.number, counter).and_then(&mut *read)
        };
        keys.iter().map(find).collect()
    }

    /// The present era, if its header is that of the store at this moment.
    #[inline]
    fn era_of_now(&self, shard: &Shard) -> Option<Era> {
        let index = shard.index.as_ref()?;
        self.eras.current().filter(|era| index.is(&era.header))
    }

    /// The present era after somebody has committed.
    #[cold]
    fn catch_up(&self, shard: &Shard) -> Option<Era> {
        self.eras.catch_up(shard.index.as_ref()?, &self.generations)
    }

    /// What is read from now on may be put into this era, when nothing was known of the present one.
    #[cold]
    fn filling(&self, shard: MutexGuard<'_, Shard>) -> Filling {
        if shard.index.is_some() {
            return Filling(None);
        }
        drop(shard);
        self.attach();
        Filling(self.catch_up(&self.shards[0].lock()))
    }
}
