//! The limits that every value keeps, whichever language wrote it.

/// How deep arrays and objects may be nested: `[[1]]` is 2 deep, a scalar 0.
///
/// Parsers differ (serde 127, Python about 990, Node 100,000), so the limit stands here, once, on writing.
pub const MAX_DEPTH: usize = 100;

/// The smallest integer, -2^63.
pub const MIN_INT: i128 = i64::MIN as i128;

/// The largest integer, 2^64-1.
pub const MAX_INT: i128 = u64::MAX as i128;

pub(super) const TOO_DEEP: &str = "arrays and objects may be nested at most 100 deep";
pub(super) const INT_RANGE: &str = "an integer must lie within -2^63 and 2^64-1";
pub(super) const NOT_FINITE: &str = "JSON has no NaN and no infinity; a number must be finite";
pub(super) const FLOAT_RANGE: &str = "the number is beyond the range of a 64-bit float";
