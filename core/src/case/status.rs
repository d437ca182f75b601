//! How a case, a token, a scope and an effect can stand.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

macro_rules! status {
    ($(#[$doc:meta])* $name:ident, $what:literal: $($(#[$about:meta])* $variant:ident = $text:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$about])* $variant,)*
        }

        impl $name {
            /// The word for it, the same in every language.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(Error::value($what, format!(
                        "{text:?} is none; there are {}", [$($text),*].join(", ")
                    ))),
                }
            }
        }
    };
}

status! {
    /// How a case stands. One that isn't running is closed: it accepts no more mutations.
    CaseStatus, "status":
    /// It goes on.
    Running = "running",
    /// It was cancelled, with every scope and active token in it.
    Cancelled = "cancelled",
    /// It has come to its end.
    Done = "done",
    /// It has failed.
    Failed = "failed",
}

status! {
    /// How a token stands.
    TokenStatus, "status":
    /// It is somewhere in the workflow, in a scope that is active.
    Active = "active",
    /// It has come to its end.
    Complete = "complete",
    /// It was cancelled, by itself or with its scope.
    Cancelled = "cancelled",
}

status! {
    /// How a scope stands.
    ScopeStatus, "status":
    /// Tokens may be in it.
    Active = "active",
    /// It was left.
    Exited = "exited",
    /// It was cancelled, by itself or with a scope around it.
    Cancelled = "cancelled",
}

status! {
    /// How an effect stands.
    EffectStatus, "status":
    /// It was begun and has no result: it is under way, or its process died.
    Pending = "pending",
    /// It happened.
    Ok = "ok",
    /// It failed.
    Error = "error",
    /// It was called off.
    Cancelled = "cancelled",
}
