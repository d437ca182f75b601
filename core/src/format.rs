//! The facets, and the formats of the file: which tables each of them brought, in order. A step is never changed once it
//! has been released; what is new gets a new one.

use crate::engine::Keep;
use crate::namespace;

/// At place n what leads from format n to format n + 1.
pub(crate) const STEPS: &[&[&str]] = &[&[namespace::TABLES]];

/// The facets, as the journal names them.
pub(crate) const FACETS: &[&str] = &[namespace::FACET];

/// What stays when a backup is put back into an open store: what its handles remember of it.
pub(crate) const KEPT: &[Keep] = &[namespace::keep_names];
