//! Giving back the room that was freed.

use crate::error::Result;
use crate::store::Store;

impl Store {
    /// Writes the file anew, so that the room of what was deleted goes back to the system. Returns by how many bytes the
    /// file has become smaller; as long as somebody reads from the log it stays as it is until that is over. Writers wait
    /// meanwhile, readers don't. It needs as much free room as the store takes. Changes nothing that is stored, so there
    /// is no new revision.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let ns = store.namespace("a");
    /// ns.set("k", &"v".repeat(100_000))?;
    /// ns.delete("k")?;
    /// store.vacuum()?;
    /// assert_eq!((store.info()?.free_pages, store.revision()?), (0, 2));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Busy`](crate::Error::Busy) when others write without a pause;
    /// [`Error::StorageFull`](crate::Error::StorageFull).
    pub fn vacuum(&self) -> Result<u64> {
        let engine = &self.shared().engine;
        engine.alive()?;
        let size = || std::fs::metadata(engine.path()).map_or(0, |found| found.len());
        let before = size();
        engine.vacuum()?;
        Ok(before.saturating_sub(size()))
    }
}
