//! Giving back the room that was freed.

use crate::error::Result;
use crate::fault::Operation;
use crate::store::Store;

/// What the file has when the log has been moved into it.
const BYTES: &str = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

impl Store {
    /// Writes the file anew, so that the room of what was deleted goes back to the system. Returns how
    /// many bytes that is; as long as somebody reads from the log, the file itself stays as it is until that is over. Writers wait
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
        self.shared().operation(Operation::StoreVacuum, || {
            let engine = &self.shared().engine;
            let size = || engine.read(|reader| reader.one(BYTES, &[], |row| row.int(0)));
            let before = size()?.unwrap_or_default();
            engine.vacuum()?;
            Ok((before - size()?.unwrap_or_default()).max(0).unsigned_abs())
        })
    }
}
