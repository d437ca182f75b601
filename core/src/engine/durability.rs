//! How much a commit that has returned survives.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::clock::duration_ms;
use crate::error::{Error, Result};

/// What a commit that returned Ok survives. Never torn at any setting: a crash leaves a prefix of the commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Synced to the disk before it returns: survives power loss. The default.
    #[default]
    Full,
    /// Survives a crash of the process at once; a crash of the machine may take the last moments.
    Normal,
    /// As `Normal`, and synced within this time.
    Deferred(Duration),
}

const DEFERRED_DEFAULT: Duration = Duration::from_millis(100);

impl Durability {
    /// Whether the commit syncs by itself.
    pub(crate) fn syncs(self) -> bool {
        self == Self::Full
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Normal => f.write_str("normal"),
            Self::Deferred(within) => write!(f, "deferred({})", duration_ms(*within)),
        }
    }
}

impl FromStr for Durability {
    type Err = Error;

    /// `full`, `normal`, `deferred` (100 ms) or `deferred(250)` with the milliseconds.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for anything else.
    fn from_str(text: &str) -> Result<Self> {
        let deferred = |ms: &str| ms.parse().ok().filter(|&ms: &u64| ms > 0 && ms <= 3_600_000);
        match text {
            "full" => Ok(Self::Full),
            "normal" => Ok(Self::Normal),
            "deferred" => Ok(Self::Deferred(DEFERRED_DEFAULT)),
            _ => text
                .strip_prefix("deferred(")
                .and_then(|rest| deferred(rest.strip_suffix(')')?))
                .map(|ms| Self::Deferred(Duration::from_millis(ms)))
                .ok_or_else(|| {
                    Error::value(
                        "durability",
                        format!("{text:?} is none of \"full\", \"normal\", \"deferred\" and \"deferred(MS)\" with 1 to 3600000 milliseconds"),
                    )
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for text in ["full", "normal", "deferred(1)", "deferred(100)", "deferred(3600000)"] {
            assert_eq!(text.parse::<Durability>().unwrap().to_string(), text);
        }
        assert_eq!("deferred".parse::<Durability>().unwrap(), Durability::Deferred(DEFERRED_DEFAULT));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "Full",
            "fast",
            "deferred(",
            "deferred(0)",
            "deferred(-1)",
            "deferred(1)x",
            "deferred(99999999)",
        ] {
            assert_eq!(text.parse::<Durability>().unwrap_err().code(), "INVALID_VALUE", "{text}");
        }
    }
}
