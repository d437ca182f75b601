//! Saving the plugin states of an export in a store that has states of its own.

use super::SaveOptions;
use super::transfer::STATES;
use crate::engine::reader::{Arg, Next, Reader};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::store::Store;

/// Saves every state of the draft that `from` reads: what is there becomes a backup, as with any other save. The backups of
/// the export stay behind.
pub(crate) fn merge(store: &Store, from: &Reader<'_>) -> Result<()> {
    from.each(STATES.page, &[Arg::Text("")], |row| {
        let version = row.int(1)?;
        let version = u32::try_from(version).map_err(|_| {
            Error::value("export", format!("a plugin state has the version {version}, which is none"))
        })?;
        let data = Json::trusted(row.text(4)?.to_owned());
        store.plugin(row.text(0)?).save_with(data, &SaveOptions::new().version(version).allow_newer(true))?;
        Ok(Next::Row)
    })
}
