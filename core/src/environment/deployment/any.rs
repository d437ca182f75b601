//! An environment of the deployment lifecycle in whichever state, for storage and for lists.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::state::{
    ConfigureFailed, Configured, Configuring, Created, Destroyed, ProvisionFailed, Provisioned, Provisioning,
    ReleaseFailed, Released, Releasing, RunFailed, Running, State,
};
use super::{Environment, other_state};
use crate::environment::lifecycle::DEPLOYMENT;
use crate::environment::{EnvironmentRecord, Failure, Lifecycle};
use crate::error::{Error, Result};

macro_rules! any {
    ($($state:ident $try_into:ident;)*) => {
        /// An environment of the deployment lifecycle, in one of its thirteen states.
        ///
        /// ```
        /// use statehold::{AnyEnvironment, Environment, Json};
        ///
        /// let any = Environment::new("web", Json::new("{}")?).into_any();
        /// assert_eq!(any.to_string(), "web (created)");
        /// let text = serde_json::to_string(&any).expect("it is serialisable");
        /// let again: AnyEnvironment = serde_json::from_str(&text).expect("it was written just now");
        /// assert!(again.clone().try_into_running().is_err());
        /// assert_eq!(again.try_into_created()?.start_provisioning().state_name(), "provisioning");
        /// # Ok::<(), statehold::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyEnvironment {
            $(
                #[doc = concat!("It is in the state [`", stringify!($state), "`].")]
                $state(Environment<$state>),
            )*
        }

        impl AnyEnvironment {
            /// The record, as it will be saved.
            pub fn record(&self) -> &EnvironmentRecord {
                match self { $(Self::$state(environment) => environment.record(),)* }
            }

            /// The record, without a copy.
            pub fn into_record(self) -> EnvironmentRecord {
                match self { $(Self::$state(environment) => environment.into_record(),)* }
            }

            $(
                #[doc = concat!("The environment as one that is known to be in the state [`", stringify!($state), "`].")]
                ///
                /// # Errors
                /// [`Error::InvalidTransition`] with the state that it is in, and the expected one, if it is another.
                pub fn $try_into(self) -> Result<Environment<$state>> {
                    match self {
                        Self::$state(environment) => Ok(environment),
                        other => Err(other_state(other.record(), $state::NAME)),
                    }
                }
            )*
        }

        $(
            impl Environment<$state> {
                /// The same environment, its state no longer known to the compiler.
                pub fn into_any(self) -> AnyEnvironment {
                    AnyEnvironment::$state(self)
                }
            }

            impl From<Environment<$state>> for AnyEnvironment {
                fn from(environment: Environment<$state>) -> Self {
                    environment.into_any()
                }
            }
        )*

        /// Takes a record of the deployment lifecycle.
        impl TryFrom<EnvironmentRecord> for AnyEnvironment {
            type Error = Error;

            fn try_from(record: EnvironmentRecord) -> Result<Self> {
                match record.state.as_str() {
                    $($state::NAME if record.lifecycle == DEPLOYMENT => {
                        Environment::<$state>::try_from(record).map(Self::$state)
                    })*
                    _ => Err(other_state(&record, "a state of the deployment lifecycle")),
                }
            }
        }
    };
}

any! {
    Created try_into_created;
    Provisioning try_into_provisioning;
    Provisioned try_into_provisioned;
    Configuring try_into_configuring;
    Configured try_into_configured;
    Releasing try_into_releasing;
    Released try_into_released;
    Running try_into_running;
    Destroyed try_into_destroyed;
    ProvisionFailed try_into_provision_failed;
    ConfigureFailed try_into_configure_failed;
    ReleaseFailed try_into_release_failed;
    RunFailed try_into_run_failed;
}

impl AnyEnvironment {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.record().name
    }

    /// The name of its state.
    pub fn state_name(&self) -> &str {
        &self.record().state
    }

    /// Whether it is in one of the nine states that come not of a failure.
    pub fn is_success_state(&self) -> bool {
        Lifecycle::deployment().is_success_state(self.state_name())
    }

    /// Whether it is in one of the four states after a failure.
    pub fn is_error_state(&self) -> bool {
        Lifecycle::deployment().is_error_state(self.state_name())
    }

    /// Whether no command is under way and none follows by itself.
    pub fn is_terminal_state(&self) -> bool {
        Lifecycle::deployment().is_terminal_state(self.state_name())
    }

    /// Why it failed, in an error state; none otherwise.
    pub fn failure(&self) -> Option<&Failure> {
        self.record().failure.as_ref()
    }
}

/// Its name and state.
impl fmt::Display for AnyEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.state_name())
    }
}

/// As its record.
impl Serialize for AnyEnvironment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.record().serialize(serializer)
    }
}

/// From a record of the deployment lifecycle.
impl<'de> Deserialize<'de> for AnyEnvironment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(EnvironmentRecord::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
