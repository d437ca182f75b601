//! The transitions, each a method of the one state that it leaves.

use super::Environment;
use super::state::{
    ConfigureFailed, Configured, Configuring, Created, Destroyable, Destroyed, ProvisionFailed, Provisioned,
    Provisioning, ReleaseFailed, Released, Releasing, RunFailed, Running,
};
use crate::environment::Failure;

impl Environment<Created> {
    /// Its infrastructure is going to be made.
    pub fn start_provisioning(self) -> Environment<Provisioning> {
        self.go(None)
    }
}

impl Environment<Provisioning> {
    /// Its infrastructure is there.
    pub fn provisioned(self) -> Environment<Provisioned> {
        self.go(None)
    }

    /// Making its infrastructure has failed.
    pub fn provision_failed(self, failure: Failure) -> Environment<ProvisionFailed> {
        self.go(Some(failure))
    }
}

impl Environment<Provisioned> {
    /// It is going to be configured.
    pub fn start_configuring(self) -> Environment<Configuring> {
        self.go(None)
    }
}

impl Environment<Configuring> {
    /// It is configured.
    pub fn configured(self) -> Environment<Configured> {
        self.go(None)
    }

    /// Configuring it has failed.
    pub fn configure_failed(self, failure: Failure) -> Environment<ConfigureFailed> {
        self.go(Some(failure))
    }
}

impl Environment<Configured> {
    /// The software is going to be put on it.
    pub fn start_releasing(self) -> Environment<Releasing> {
        self.go(None)
    }
}

impl Environment<Releasing> {
    /// The software is on it.
    pub fn released(self) -> Environment<Released> {
        self.go(None)
    }

    /// Putting the software on it has failed.
    pub fn release_failed(self, failure: Failure) -> Environment<ReleaseFailed> {
        self.go(Some(failure))
    }
}

impl Environment<Released> {
    /// The software is going to run.
    pub fn start_running(self) -> Environment<Running> {
        self.go(None)
    }
}

impl Environment<Running> {
    /// The software has stopped running.
    pub fn run_failed(self, failure: Failure) -> Environment<RunFailed> {
        self.go(Some(failure))
    }
}

impl Environment<ProvisionFailed> {
    /// Its infrastructure is going to be made once more.
    pub fn retry(self) -> Environment<Provisioning> {
        self.go(None)
    }
}

impl Environment<ConfigureFailed> {
    /// It is going to be configured once more.
    pub fn retry(self) -> Environment<Configuring> {
        self.go(None)
    }
}

impl Environment<ReleaseFailed> {
    /// The software is going to be put on it once more.
    pub fn retry(self) -> Environment<Releasing> {
        self.go(None)
    }
}

impl Environment<RunFailed> {
    /// It goes back to where it can be started from.
    pub fn retry(self) -> Environment<Released> {
        self.go(None)
    }
}

impl<S: Destroyable> Environment<S> {
    /// It is no more, but for its record.
    pub fn destroy(self) -> Environment<Destroyed> {
        self.go(None)
    }
}
