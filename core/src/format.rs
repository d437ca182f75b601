//! The facets, and the formats of the file: which tables each of them brought, in order. A step is never changed once it
//! has been released; what is new gets a new one.

use crate::engine::Keep;
use crate::engine::reader::Reader;
use crate::error::Result;
use crate::store::Store;
use crate::transfer::Transfer;
use crate::verdict::{Fault, Verdict};
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
    /// What must not be in it.
    pub(crate) faults: &'static [Fault],
    /// Its records, for export and import.
    pub(crate) transfer: Transfer,
    /// Sets the records of a draft in a store that has others, by commits; none if they can't leave their store.
    pub(crate) merge: Option<fn(&Store, &Reader<'_>) -> Result<()>>,
    /// Looks for what a query can't find.
    pub(crate) check: fn(&Reader<'_>, &mut Verdict) -> Result<()>,
}

/// For a facet of which the faults say all.
#[allow(clippy::unnecessary_wraps)] // others may find that the file is damaged
pub(crate) fn no_further_check(_: &Reader<'_>, _: &mut Verdict) -> Result<()> {
    Ok(())
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
