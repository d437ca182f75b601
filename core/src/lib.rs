//! The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once.

mod error;
pub mod json;
mod namespace;

pub use error::{Error, Field, Result};
pub use json::{Json, Number};
