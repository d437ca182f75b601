//! What a transaction has written and not yet committed, facet by facet.

use crate::case;
use crate::engine::request::Statement;
use crate::namespace;
use crate::store::Shared;

/// The writes of one transaction; a copy is a point to go back to.
#[derive(Clone, Default)]
pub(crate) struct Buffer {
    pub(crate) namespaces: namespace::Overlay,
    pub(crate) cases: case::Overlay,
}

impl Buffer {
    /// The statements that write it all.
    pub(crate) fn into_statements(self, shared: &Shared) -> Vec<Statement> {
        let mut statements = self.namespaces.into_statements(|name| shared.namespace_id(name));
        self.cases.add_statements(&mut statements);
        statements
    }
}
