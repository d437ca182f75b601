//! Backups.

use serde::Serialize;

use crate::error::Result;
use crate::fault::Operation;
use crate::limits::{BACKUP_BYTES, check_name};
use crate::mock::MockCloud;
use crate::mock::document::{read, value};
use crate::mock::patch::{complete_backup, sort_backups};
use crate::mock::resource::Backup;

impl MockCloud {
    /// The backups, the newest first.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_backups(&self) -> Result<Vec<Backup>> {
        Ok(self.look(Operation::MockGetBackups)?.backups)
    }

    /// Adds a backup and gives it: a [`Backup`], or a document with `name`, `size` in bytes and, unless it is of now,
    /// `date`. One of the same name is replaced.
    ///
    /// ```
    /// use statehold::Json;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// cloud.add_backup(&Json::new(r#"{"name": "before-update", "size": 2200000000}"#)?)?;
    /// assert_eq!(cloud.get_backups()?[0].name, "before-update");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what is wrong and what would be right;
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a name.
    pub fn add_backup<T: Serialize + ?Sized>(&self, backup: &T) -> Result<Backup> {
        let run = self.run(Operation::MockAddBackup, |draft| {
            let given = complete_backup(value(backup, draft.now_ms)?, draft.now_ms);
            let backup: Backup = read(given, "$")?;
            check_name("backup", &backup.name, BACKUP_BYTES)?;
            let backups = &mut draft.state.backups;
            backups.retain(|known| known.name != backup.name);
            // Before those of the same date: it is the newest.
            backups.insert(0, backup.clone());
            sort_backups(&mut draft.state);
            Ok(backup)
        });
        Ok(run?.0)
    }

    /// Removes a backup; says whether there was one of this name.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn remove_backup(&self, name: &str) -> Result<bool> {
        let run = self.run(Operation::MockRemoveBackup, |draft| {
            let backups = &mut draft.state.backups;
            let before = backups.len();
            backups.retain(|backup| backup.name != name);
            Ok(backups.len() < before)
        });
        Ok(run?.0)
    }

    /// Removes all backups, and says how many there were.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn clear_backups(&self) -> Result<u64> {
        let run = self.run(Operation::MockClearBackups, |draft| {
            Ok(std::mem::take(&mut draft.state.backups).len() as u64)
        });
        Ok(run?.0)
    }
}
