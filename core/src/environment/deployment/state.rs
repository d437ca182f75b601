//! The thirteen states of the deployment lifecycle, as types.

mod sealed {
    pub trait Sealed {}
}

/// A state of the deployment lifecycle.
pub trait State: sealed::Sealed + Send + Sync + 'static {
    /// The name as it is stored.
    const NAME: &'static str;
    /// Whether no command is under way and none has failed.
    const IS_SETTLED: bool;
}

/// A state that can be left for [`Destroyed`]: any other.
pub trait Destroyable: State {}

/// A state after a failure.
pub trait ErrorState: State {}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $settled:literal $(, $group:ident)*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl State for $name {
            const NAME: &'static str = $text;
            const IS_SETTLED: bool = $settled;
        }
        $(impl $group for $name {})*
    )*};
}

states! {
    /// It exists as a record only.
    Created = "created", true, Destroyable;
    /// Its infrastructure is being made.
    Provisioning = "provisioning", false, Destroyable;
    /// Its infrastructure is there.
    Provisioned = "provisioned", true, Destroyable;
    /// It is being configured.
    Configuring = "configuring", false, Destroyable;
    /// It is configured.
    Configured = "configured", true, Destroyable;
    /// The software is being put on it.
    Releasing = "releasing", false, Destroyable;
    /// The software is on it.
    Released = "released", true, Destroyable;
    /// The software runs.
    Running = "running", true, Destroyable;
    /// It is no more, but for its record.
    Destroyed = "destroyed", true;
    /// Making its infrastructure has failed.
    ProvisionFailed = "provision_failed", false, Destroyable, ErrorState;
    /// Configuring it has failed.
    ConfigureFailed = "configure_failed", false, Destroyable, ErrorState;
    /// Putting the software on it has failed.
    ReleaseFailed = "release_failed", false, Destroyable, ErrorState;
    /// The software has stopped running.
    RunFailed = "run_failed", false, Destroyable, ErrorState;
}
