//! The resources that a mock cloud has: what they are as documents and as values.

mod backup;
mod command;
mod cost;
mod instance;
mod parameter;
mod stack;
pub(super) mod time;

pub use backup::Backup;
pub use command::{Command, CommandStatus};
pub use cost::{CostDates, CostPeriod, Costs, ServiceCost};
pub use instance::{AttachmentStatus, BlockDeviceMapping, Instance, InstanceState};
pub use parameter::{Parameter, ParameterType};
pub use stack::Stack;

/// An enum whose values are words: the same ones in documents and in every language.
macro_rules! words {
    (
        $(#[$docs:meta])*
        $name:ident, $what:literal: $($(#[$word_docs:meta])* $variant:ident = $word:literal,)*
    ) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$word_docs])* $variant,)*
        }

        impl $name {
            /// Each of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it, the same in every language.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::Error;

            fn from_str(text: &str) -> $crate::error::Result<Self> {
                let found = Self::ALL.iter().find(|known| known.as_str() == text);
                found.copied().ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    let reason = format!("{text:?} is no {}; there are {}", $what, known.join(", "));
                    $crate::error::Error::value($what, reason)
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(|error| match error {
                    $crate::error::Error::InvalidValue { reason, .. } => serde::de::Error::custom(reason),
                    other => serde::de::Error::custom(other),
                })
            }
        }
    };
}

use words;
