//! Iterators over a namespace, page by page: a paused one holds nothing of the store.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use statehold::{ListOptions, Value};

use crate::error::Result;
use crate::value;

/// How many keys a page has.
const PAGE_KEYS: usize = 1000;

/// Pairs of key and value.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Items(Mutex<statehold::Items>);

/// Values.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Values(Mutex<statehold::Items>);

/// Keys.
#[pyclass(frozen, module = "statehold._statehold")]
pub(crate) struct Keys(Mutex<KeyPages>);

/// Always taken detached, so that a thread that waits for it does not keep its holder from going on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Converted<'py> = (String, Bound<'py, PyAny>);

fn convert(py: Python<'_>, (key, value): (String, Value)) -> Result<Converted<'_>> {
    Ok((key, value::object(py, &value)?))
}

impl Items {
    pub(crate) fn new(items: statehold::Items) -> Self {
        Self(Mutex::new(items))
    }
}

#[pymethods]
impl Items {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> Result<Option<Converted<'py>>> {
        let next = py.detach(|| lock(&self.0).next()).transpose()?;
        next.map(|item| convert(py, item)).transpose()
    }

    /// The next pairs at once; none at the end.
    fn page<'py>(&self, py: Python<'py>) -> Result<Vec<Converted<'py>>> {
        let page = py.detach(|| lock(&self.0).next_page())?;
        page.into_iter().map(|item| convert(py, item)).collect()
    }
}

impl Values {
    pub(crate) fn new(items: statehold::Items) -> Self {
        Self(Mutex::new(items))
    }
}

#[pymethods]
impl Values {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        let next = py.detach(|| lock(&self.0).next()).transpose()?;
        next.map(|(_, value)| value::object(py, &value)).transpose()
    }

    /// The next values at once; none at the end.
    fn page<'py>(&self, py: Python<'py>) -> Result<Vec<Bound<'py, PyAny>>> {
        let page = py.detach(|| lock(&self.0).next_page())?;
        page.iter().map(|(_, value)| value::object(py, value)).collect()
    }
}

type Fetch = Box<dyn Fn(&ListOptions) -> statehold::Result<Vec<String>> + Send>;

struct KeyPages {
    fetch: Fetch,
    page: VecDeque<String>,
    options: ListOptions,
    over: bool,
}

impl KeyPages {
    fn next(&mut self) -> statehold::Result<Option<String>> {
        if self.page.is_empty() && !self.over {
            self.page = (self.fetch)(&self.options)?.into();
            self.over = self.page.len() < PAGE_KEYS;
            self.options.start_after = self.page.back().cloned();
        }
        Ok(self.page.pop_front())
    }
}

impl Keys {
    pub(crate) fn new(
        fetch: impl Fn(&ListOptions) -> statehold::Result<Vec<String>> + Send + 'static,
    ) -> Self {
        let options = ListOptions::new().limit(PAGE_KEYS);
        Self(Mutex::new(KeyPages { fetch: Box::new(fetch), page: VecDeque::new(), options, over: false }))
    }
}

#[pymethods]
impl Keys {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> Result<Option<String>> {
        Ok(py.detach(|| lock(&self.0).next())?)
    }

    /// The next keys at once; none at the end.
    fn page(&self, py: Python<'_>) -> Result<Vec<String>> {
        let page = py.detach(|| {
            let mut pages = lock(&self.0);
            let first = pages.next()?;
            Ok::<_, statehold::Error>(first.into_iter().chain(pages.page.drain(..)).collect())
        })?;
        Ok(page)
    }
}
