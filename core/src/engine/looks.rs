//! Looks at what was read before.

use std::sync::Arc;
use std::task::Poll;

use super::Engine;
use super::cache::{Changed, Filling, Looked};
use super::sys::{CommitSign, LogHeader};
use crate::error::Result;

impl Engine {
    /// Looks for a key in what was read before, and lets `read` have what the store holds there,
    /// which may not be enough for it.
    pub(crate) fn look<R>(
        &self,
        name: &str,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<R>,
    ) -> Result<Looked<R>> {
        self.alive()?;
        Ok(self.cache.look(name, key, read))
    }

    /// The same without waiting for anything, and without a trace if there is none.
    pub(crate) fn glance<R>(
        &self,
        name: &str,
        key: &str,
        read: impl FnOnce(Option<&[u8]>) -> Option<R>,
    ) -> Result<Option<R>> {
        self.alive()?;
        Ok(self.cache.glance(name, key, read))
    }

    /// Looks for several keys, as of one moment.
    pub(crate) fn look_together<R>(
        &self,
        name: &str,
        keys: &[&str],
        read: impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Result<Looked<Vec<R>>> {
        self.alive()?;
        Ok(self.cache.look_together(name, keys, read))
    }

    /// The same for several keys, as of one moment.
    pub(crate) fn glance_together<R>(
        &self,
        name: &str,
        keys: &[&str],
        read: impl FnMut(Option<&[u8]>) -> Option<R>,
    ) -> Result<Option<Vec<R>>> {
        self.alive()?;
        Ok(self.cache.glance_together(name, keys, read))
    }

    /// Keeps what was read after a look that missed: bytes, in parts, or that there is nothing.
    pub(crate) fn keep(&self, filling: &Filling, name: &Arc<str>, key: &str, body: Option<&[&[u8]]>) {
        self.cache.fill(filling, name, key, body);
    }

    /// What is another one after each commit of anybody.
    pub(crate) fn commit_sign(&self) -> Option<CommitSign> {
        self.alive().ok()?;
        self.cache.sign()
    }

    /// What has been changed from one of its values to another, if only this handle has committed; none if that is not
    /// known, and pending while it may be about to be.
    pub(crate) fn changed_between(
        &self,
        from: [u8; CommitSign::LENGTH / 2],
        to: [u8; CommitSign::LENGTH / 2],
    ) -> Poll<Option<Vec<Changed>>> {
        self.cache.changed_between(&LogHeader::from_bytes(from), &LogHeader::from_bytes(to))
    }
}
