//! A command, as far as the lifecycle knows it.

/// A command by the states that it goes through.
///
/// ```
/// use statehold::EnvironmentCommand;
///
/// let upgrade = EnvironmentCommand::new("upgrading", "running", "upgrade_failed");
/// assert_eq!(upgrade.success, "running");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnvironmentCommand {
    /// The state while it is under way.
    pub in_progress: String,
    /// The state once it has succeeded. The same as while it is under way: there is no further transition.
    pub success: String,
    /// The state once it has failed.
    pub error: String,
}

impl EnvironmentCommand {
    /// A command that goes through these states.
    pub fn new(in_progress: impl Into<String>, success: impl Into<String>, error: impl Into<String>) -> Self {
        Self { in_progress: in_progress.into(), success: success.into(), error: error.into() }
    }

    /// Making the infrastructure.
    pub fn provision() -> Self {
        Self::new("provisioning", "provisioned", "provision_failed")
    }

    /// Configuring it.
    pub fn configure() -> Self {
        Self::new("configuring", "configured", "configure_failed")
    }

    /// Putting the software on it.
    pub fn release() -> Self {
        Self::new("releasing", "released", "release_failed")
    }

    /// Starting the software.
    pub fn run() -> Self {
        Self::new("running", "running", "run_failed")
    }
}
