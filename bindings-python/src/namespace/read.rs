//! The methods that read, the same on a namespace and on a snapshot's.

/// Makes the reading methods of a class that has `inner`, `find`, `find_entry` and `is_there`.
macro_rules! reading {
    ($type:ty) => {
        #[pyo3::pymethods]
        impl $type {
            /// The namespace's name.
            #[getter]
            fn name(&self) -> &str {
                self.inner.name()
            }

            /// The value of a key; `default` if it is absent or has expired. What comes back is the caller's own:
            /// changing it changes nothing in the store.
            #[pyo3(signature = (key, default = None))]
            fn get<'py>(
                &self,
                py: Python<'py>,
                key: Key<'_>,
                default: Option<Bound<'py, PyAny>>,
            ) -> Result<Bound<'py, PyAny>> {
                let found = self.find(py, &key)?;
                Ok(found.or(default).unwrap_or_else(|| py.None().into_bound(py)))
            }

            /// The value of a key with its revision and times; None if it is absent or has expired.
            fn entry(&self, py: Python<'_>, key: Key<'_>) -> Result<Option<Entry>> {
                let found = self.find_entry(py, &key)?;
                found.map(|entry| Entry::of(py, &entry)).transpose()
            }

            /// Whether a key is there.
            fn exists(&self, py: Python<'_>, key: Key<'_>) -> Result<bool> {
                self.is_there(py, &key)
            }

            /// How many seconds a key still lives; None if it never expires. Raises `KeyNotFoundError` if it is
            /// absent or has expired.
            fn get_ttl(&self, py: Python<'_>, key: Key<'_>) -> Result<Option<f64>> {
                Ok(py.detach(|| self.inner.get_ttl(&key))?.map(|left| left.as_secs_f64()))
            }

            /// The keys that match a glob pattern (`*`, `?`, `[a-z]`, `[!a]`, a backslash escapes), sorted by their
            /// UTF-8 bytes: at most `limit`, those after `start_after`, from the last one on if `reverse`.
            #[pyo3(signature = (pattern = Pattern::ALL, *, limit = None, start_after = None, reverse = false),
                   text_signature = "($self, pattern='*', *, limit=None, start_after=None, reverse=False)")]
            fn list(
                &self,
                py: Python<'_>,
                pattern: Pattern<'_>,
                limit: Option<usize>,
                start_after: Option<Key<'_>>,
                reverse: bool,
            ) -> Result<Texts> {
                let options = list_options(limit, start_after, reverse);
                let mut keys = Texts::default();
                py.detach(|| self.inner.list_each(&pattern, &options, |key| keys.push(key)))?;
                Ok(keys)
            }

            /// Pairs of key and value that match a glob pattern, in the order of `list`. They are read page by page,
            /// so that memory does not grow with the namespace; outside of a transaction or a snapshot each page is
            /// as of its own moment.
            #[pyo3(signature = (pattern = Pattern::ALL, *, limit = None, start_after = None, reverse = false),
                   text_signature = "($self, pattern='*', *, limit=None, start_after=None, reverse=False)")]
            fn items(
                &self,
                py: Python<'_>,
                pattern: Pattern<'_>,
                limit: Option<usize>,
                start_after: Option<Key<'_>>,
                reverse: bool,
            ) -> Result<Items> {
                let options = list_options(limit, start_after, reverse);
                Ok(Items::new(py.detach(|| self.inner.items_with(&pattern, &options))?))
            }

            /// How many keys match a glob pattern.
            #[pyo3(signature = (pattern = Pattern::ALL), text_signature = "($self, pattern='*')")]
            fn count(&self, py: Python<'_>, pattern: Pattern<'_>) -> Result<u64> {
                Ok(py.detach(|| self.inner.count(&pattern))?)
            }

            /// The values of those keys that are there, as of one moment.
            fn batch_get<'py>(&self, py: Python<'py>, keys: Keys<'py>) -> Result<Dict<'py>> {
                let texts = keys.texts()?;
                value::dict(py, &keys, py.detach(|| self.inner.batch_get(&texts))?)
            }

            fn __contains__(&self, py: Python<'_>, key: Key<'_>) -> Result<bool> {
                self.exists(py, key)
            }

            fn __getitem__<'py>(&self, py: Python<'py>, key: Key<'_>) -> Result<Bound<'py, PyAny>> {
                self.find(py, &key)?.ok_or_else(|| missing(self.inner.name(), &key))
            }

            fn __iter__(&self) -> items::Keys {
                let inner = self.inner.clone();
                items::Keys::new(move |options| inner.list_with("*", options))
            }

            fn __len__(&self, py: Python<'_>) -> Result<usize> {
                let count = py.detach(|| self.inner.count("*"))?;
                Ok(usize::try_from(count).expect("what is stored can be counted"))
            }

            // As of any mapping, but without counting all of it.
            fn __bool__(&self, py: Python<'_>) -> Result<bool> {
                Ok(!py.detach(|| self.inner.list_with("*", &ListOptions::new().limit(1)))?.is_empty())
            }

            fn __repr__(&self) -> String {
                format!("<{} {:?}>", stringify!($type), self.inner.name())
            }
        }
    };
}

pub(crate) use reading;
