//! What a transaction has written and not yet committed, facet by facet.

use crate::engine::request::Statement;
use crate::event::Event;
use crate::fault::Owed;
use crate::store::Shared;
use crate::{case, environment, mock, namespace, plugin};

/// The writes of one transaction; a copy is a point to go back to.
#[derive(Clone, Default)]
pub(crate) struct Buffer {
    pub(crate) namespaces: namespace::Overlay,
    pub(crate) plugins: plugin::Overlay,
    pub(crate) cases: case::Overlay,
    pub(crate) environments: environment::Overlay,
    pub(crate) mocks: mock::Overlay,
    /// What is to be told once it is committed.
    pub(crate) events: Vec<Event>,
    /// The failure that an operation of it owes after the commit.
    pub(crate) owed: Owed,
}

impl Buffer {
    /// The statements that write it all, and what is to be told then.
    pub(crate) fn into_statements(self, shared: &Shared) -> (Vec<Statement>, Vec<Event>) {
        let mut statements = self.namespaces.into_statements(|name| shared.namespace_id(name));
        self.plugins.into_statements(&mut statements);
        self.cases.into_statements(&mut statements);
        self.environments.add_statements(&mut statements);
        self.mocks.into_statements(&mut statements);
        (statements, self.events)
    }
}
