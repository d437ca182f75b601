//! One broken rule, as a validation tells it.

use std::fmt::{self, Write};

/// A rule that is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where: a path in the data (`$.users[3].age`), or which of the buffered mutations (`[2]`).
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Violation {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// How many are spelled out in a message; the error has all of them.
const SPELLED_OUT: usize = 8;

/// The violations as part of a message.
pub(crate) fn list(violations: &[Violation]) -> String {
    let mut text = String::new();
    for (at, violation) in violations.iter().take(SPELLED_OUT).enumerate() {
        let separator = if at == 0 { "" } else { "; " };
        write!(text, "{separator}{violation}").expect("writing to a String can't fail");
    }
    if violations.len() > SPELLED_OUT {
        write!(text, "; and {} more", violations.len() - SPELLED_OUT)
            .expect("writing to a String can't fail");
    }
    text
}
