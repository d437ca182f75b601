//! The facets, and the formats of the file: which tables each of them brought, in order. A step is never changed once it
//! has been released; what is new gets a new one.

use crate::{case, environment, namespace, plugin};

/// At place n what leads from format n to format n + 1.
pub(crate) const STEPS: &[&[&str]] =
    &[&[namespace::TABLES], &[plugin::TABLES, case::TABLES, environment::TABLES]];

/// The facets, as the journal names them.
pub(crate) const FACETS: &[&str] =
    &[namespace::FACET, plugin::FACET, case::FACET, environment::FACET, environment::LIFECYCLE_FACET];
