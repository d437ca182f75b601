//! A plugin's state as a JSON document of its own: `{"version", "data", "metadata"}`.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Plugin;
use super::options::SaveOptions;
use crate::clock::to_rfc3339;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;

/// The document, as far as an import looks at it.
#[derive(Deserialize)]
struct Document<'a> {
    version: u32,
    #[serde(borrow)]
    data: &'a RawValue,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    plugin_name: Option<String>,
}

impl Plugin {
    /// The state as a JSON document: `version`, `data`, and `metadata` with `plugin_name` and `last_modified`
    /// (RFC 3339, UTC).
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// store.plugin("lint").save(&["strict"])?;
    /// let text = store.plugin("lint").export()?;
    /// let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    /// assert_eq!((&document["version"], &document["data"][0]), (&1.into(), &"strict".into()));
    ///
    /// let other = statehold::open(":memory:")?;
    /// other.plugin("lint").import(&text, &Default::default())?;
    /// assert_eq!(other.plugin("lint").load()?.unwrap().data.as_str(), r#"["strict"]"#);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no state.
    pub fn export(&self) -> Result<String> {
        self.pass(Operation::PluginExport, "export", || self.document())
    }

    fn document(&self) -> Result<String> {
        let state = self.needed()?;
        let data: serde_json::Value = state.data.parse()?;
        let document = json!({
            "version": state.version,
            "data": data,
            "metadata": {
                "plugin_name": &*self.name,
                "last_modified": to_rfc3339(state.modified_ms),
            },
        });
        Ok(serde_json::to_string_pretty(&document).expect("keys are texts, and numbers finite"))
    }

    /// Writes the document of [`export`](Self::export) to a file, which has either its old content or all of
    /// the new one at any time, and can be read by its owner alone.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no state, [`Error::Io`] when the system refuses,
    /// [`Error::InvalidValue`] for the store's own files.
    pub fn export_file(&self, path: impl AsRef<Path>) -> Result<()> {
        self.pass(Operation::PluginExportFile, "export", || {
            let path = self.foreign(path.as_ref())?;
            let failed = |error| Error::io("exporting to", &path, &error);
            let document = self.document()?;
            // Made with mode 0600, beside the file that it becomes, so that it can take its name.
            let folder = path.parent().map_or(Path::new("."), |folder| folder);
            let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
            file.write_all(document.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
            file.as_file().sync_all().map_err(failed)?;
            file.persist(&path).map_err(|error| failed(error.error))?;
            #[cfg(unix)]
            std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
            Ok(())
        })
    }

    /// Saves the state that a document of [`export`](Self::export) holds, of the version that it says, and
    /// returns the revision. All that holds for [`save`](Self::save) holds here.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] with the path for what is no such document, or one of another plugin; as
    /// [`save_with`](Self::save_with).
    pub fn import(&self, text: &str, options: &SaveOptions) -> Result<u64> {
        self.pass(Operation::PluginImport, "import", || self.import_checked(text, options))
    }

    /// As [`import`](Self::import), from a file.
    ///
    /// # Errors
    /// [`Error::Io`] for a file that can't be read, and as [`import`](Self::import).
    pub fn import_file(&self, path: impl AsRef<Path>, options: &SaveOptions) -> Result<u64> {
        self.pass(Operation::PluginImportFile, "import", || {
            let path = self.foreign(path.as_ref())?;
            let text =
                std::fs::read_to_string(&path).map_err(|error| Error::io("importing", &path, &error))?;
            self.import_checked(&text, options)
        })
    }

    fn import_checked(&self, text: &str, options: &SaveOptions) -> Result<u64> {
        if options.version.is_some() {
            return Err(Error::value("version", "an import has that of its document; leave it out"));
        }
        let document: Document<'_> = serde_json::from_str(text).map_err(|error| {
            let reason = format!("it is no exported plugin state with `version` and `data`: {error}");
            Error::value("$", reason)
        })?;
        let of = document.metadata.and_then(|metadata| metadata.plugin_name);
        if let Some(of) = of.filter(|of| **of != *self.name) {
            let reason = format!(
                "it is the state of plugin {of:?}; to import it as {:?}, name that in the document, or leave it out",
                self.name
            );
            return Err(Error::value("$.metadata.plugin_name", reason));
        }
        let data = Json::new(document.data.get()).map_err(|error| match error {
            Error::InvalidValue { path, reason } => {
                Error::InvalidValue { path: path.replacen('$', "$.data", 1), reason }
            }
            other => other,
        })?;
        // Stored like any other: without the white space that the document is laid out with.
        let data = Json::from_serialize(&data.parse::<serde_json::Value>()?)?;
        self.save_checked(data, &options.version(document.version))
    }

    /// The path of a file that is none of the store's own: replacing one would destroy the store, and reading
    /// one drops this process's locks on it.
    fn foreign(&self, path: &Path) -> Result<PathBuf> {
        let failed = |error| Error::io("using", path, &error);
        let path = match std::fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = path.file_name().ok_or_else(|| Error::value("path", "it names no file"))?;
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                std::fs::canonicalize(folder.unwrap_or(Path::new("."))).map_err(failed)?.join(name)
            }
            Err(error) => return Err(failed(error)),
        };
        let own = self.shared().engine.path();
        let own = std::fs::canonicalize(own).unwrap_or_else(|_| own.to_owned());
        let beside = ["", "-wal", "-shm", "-statehold"].iter().any(|ending| {
            let of = |store: &str| {
                let mut name = own.clone().into_os_string();
                name.push(store);
                name.push(ending);
                name
            };
            path.as_os_str() == of("") || path.as_os_str() == of("-faults")
        });
        if beside {
            return Err(Error::value("path", "it is a file of the store itself; choose another one"));
        }
        Ok(path)
    }
}
