//! The stack that the cloud was made by.

use serde::{Deserialize, Serialize};

/// A `CloudFormation` stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Stack {
    /// Whether there is one.
    pub exists: bool,
    /// How far it is, in the provider's words: `CREATE_COMPLETE`.
    pub status: String,
    /// Its id at the provider.
    pub stack_id: String,
}
