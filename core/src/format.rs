//! The facets, and the formats of the file: which tables each of them brought, in order. A step is never changed once it
//! has been released; what is new gets a new one.

use crate::engine::Keep;
use crate::{case, environment, mock, namespace, plugin};

/// At place n what leads from format n to format n + 1.
pub(crate) const STEPS: &[&[&str]] =
    &[&[namespace::TABLES], &[plugin::TABLES, case::TABLES, environment::TABLES, mock::TABLES]];

/// What the operations on whole stores need to know of a facet.
pub(crate) struct Facet {
    /// As the journal names it.
    pub(crate) name: &'static str,
    /// Gives how many records it has, and of how many bytes.
    pub(crate) size: &'static str,
    /// Counts the records that have expired at ?1, if its records can.
    pub(crate) expired: Option<&'static str>,
    /// What must not be: a name for it, and a query that counts it.
    pub(crate) faults: &'static [(&'static str, &'static str)],
}

/// The facets.
pub(crate) const FACETS: &[Facet] = &[
    namespace::FACET_OF_STORE,
    plugin::FACET_OF_STORE,
    case::FACET_OF_STORE,
    environment::FACET_OF_STORE,
    environment::LIFECYCLES_OF_STORE,
    mock::FACET_OF_STORE,
    mock::SCENARIOS_OF_STORE,
];

/// What stays when a backup is put back into an open store: what its handles remember of it.
pub(crate) const KEPT: &[Keep] = &[namespace::keep_names, environment::keep_locks];
