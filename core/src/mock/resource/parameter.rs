//! SSM parameters.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::time;

super::words! {
    /// What kind of text a parameter holds.
    ParameterType, "type":
    /// Any text.
    String = "String",
    /// Texts with commas between.
    StringList = "StringList",
    /// A secret. A mock cloud does not encrypt it.
    SecureString = "SecureString",
}

/// An SSM parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Parameter {
    /// What it holds.
    pub value: String,
    /// What kind of text that is.
    #[serde(rename = "type")]
    pub kind: ParameterType,
    /// 1, and one more each time it is set.
    pub version: u64,
    /// When it was last set.
    #[serde(with = "time")]
    pub last_modified: SystemTime,
}
