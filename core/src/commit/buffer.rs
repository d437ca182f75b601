//! What a transaction has written and not yet committed, facet by facet.

use crate::engine::request::Statement;
use crate::error::Result;
use crate::store::Shared;
use crate::{environment, namespace};

/// The writes of one transaction; a copy is a point to go back to.
#[derive(Clone, Default)]
pub(crate) struct Buffer {
    pub(crate) namespaces: namespace::Overlay,
    pub(crate) environments: environment::Overlay,
}

impl Buffer {
    /// The statements that write it all.
    pub(crate) fn into_statements(self, shared: &Shared) -> Result<Vec<Statement>> {
        let mut statements = self.namespaces.into_statements(|name| shared.namespace_id(name));
        self.environments.add_statements(&mut statements)?;
        Ok(statements)
    }
}
