//! JSON values as text: what a store holds, and the one place where the rules on values stand.
//!
//! A [`Json`] is a text that was checked: by the [`Writer`], which emits nothing else, or against the
//! grammar when a caller hands in text. Integers reach from -2^63 to 2^64-1 and are exact, floats round-trip bit
//! for bit, nesting ends at 100, and NaN, infinities, lone surrogates and keys that aren't strings don't exist.

mod check;
mod compound;
mod key;
mod limit;

mod merge;
mod number;
pub(crate) mod path;
mod quote;
mod scan;
mod serialize;
mod text;
mod writer;

pub use limit::{MAX_DEPTH, MAX_INT, MIN_INT};

pub(crate) use merge::merge;
pub use number::Number;
pub(crate) use quote::push_quoted;
pub use text::Json;
pub use writer::Writer;

#[cfg(test)]
mod sample;
