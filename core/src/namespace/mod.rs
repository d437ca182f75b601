//! Namespaces: isolated sets of keys with values.

#[allow(dead_code, reason = "listing by a pattern uses it")]
mod glob;
