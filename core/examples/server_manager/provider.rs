//! What the application needs of a provider, and a mock cloud that gives it.

use std::time::SystemTime;

use serde_json::json;
use statehold::mock::{CostPeriod, InstanceState};
use statehold::{Error, MockCloud};

/// What a call to the provider can end with.
#[derive(Debug)]
pub(crate) enum ProviderError {
    /// Nothing was done, for now: the same call may succeed later.
    Throttled(String),
    /// It is not known whether it was done: the answer did not come.
    Unanswered(String),
    /// It was refused.
    Refused(String),
}

impl std::fmt::Display for ProviderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Throttled(reason) => write!(f, "too many calls: {reason}"),
            Self::Unanswered(reason) => write!(f, "no answer: {reason}"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ProviderError {}

/// The server as the provider sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerState {
    Stopped,
    Starting,
    Running,
    Stopping,
    /// Nothing that the application can deal with.
    Other,
}

/// A backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerBackup {
    pub(crate) name: String,
    pub(crate) made_at: SystemTime,
    pub(crate) bytes: u64,
}

/// How a command that was sent is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    Running,
    Done(String),
    Failed(String),
}

/// What a month costs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bill {
    pub(crate) total: f64,
    pub(crate) currency: String,
    pub(crate) services: Vec<(String, f64)>,
}

type Answer<T> = Result<T, ProviderError>;

/// A provider of servers. Of a real one this would be written on its client library.
pub(crate) trait Provider {
    fn state(&self) -> Answer<ServerState>;
    fn address(&self) -> Answer<Option<String>>;
    fn start(&self) -> Answer<()>;
    fn stop(&self) -> Answer<()>;
    fn backups(&self) -> Answer<Vec<ServerBackup>>;
    fn add_backup(&self, name: &str, bytes: u64) -> Answer<()>;
    fn bill(&self) -> Answer<Bill>;
    /// Sends a command and gives its id.
    fn send(&self, command: &str) -> Answer<String>;
    fn progress(&self, id: &str) -> Answer<Progress>;
}

/// The code of an injected failure tells what the provider would mean by it, as the codes of its own errors do.
impl From<Error> for ProviderError {
    fn from(error: Error) -> Self {
        let reason = error.to_string();
        match error {
            Error::Fault { committed: true, .. } => Self::Unanswered(reason),
            Error::Fault { error_code, .. } if is_throttling(&error_code) => Self::Throttled(reason),
            _ => Self::Refused(reason),
        }
    }
}

/// Whether a code of the provider says that there were too many calls.
fn is_throttling(code: &str) -> bool {
    ["RequestLimitExceeded", "Throttling", "ThrottlingException", "LimitExceededException"].contains(&code)
}

impl Provider for MockCloud {
    fn state(&self) -> Answer<ServerState> {
        Ok(match self.get_instance()?.state {
            InstanceState::Stopped => ServerState::Stopped,
            InstanceState::Pending => ServerState::Starting,
            InstanceState::Running => ServerState::Running,
            InstanceState::Stopping => ServerState::Stopping,
            InstanceState::Hibernating | InstanceState::Terminated | InstanceState::Unknown => {
                ServerState::Other
            }
        })
    }

    fn address(&self) -> Answer<Option<String>> {
        Ok(self.get_public_ip()?)
    }

    fn start(&self) -> Answer<()> {
        self.start_instance()?;
        Ok(())
    }

    fn stop(&self) -> Answer<()> {
        self.stop_instance()?;
        Ok(())
    }

    fn backups(&self) -> Answer<Vec<ServerBackup>> {
        let backups = self.get_backups()?.into_iter();
        let made = |backup: statehold::mock::Backup| ServerBackup {
            name: backup.name,
            made_at: backup.date,
            bytes: backup.size,
        };
        Ok(backups.map(made).collect())
    }

    fn add_backup(&self, name: &str, bytes: u64) -> Answer<()> {
        MockCloud::add_backup(self, &json!({"name": name, "size": bytes}))?;
        Ok(())
    }

    fn bill(&self) -> Answer<Bill> {
        let costs = self.get_costs(CostPeriod::CurrentMonth)?;
        let services = costs.breakdown.into_iter().map(|part| (part.service, part.cost)).collect();
        Ok(Bill { total: costs.total_cost, currency: costs.currency, services })
    }

    fn send(&self, command: &str) -> Answer<String> {
        Ok(self.add_command(&[command])?)
    }

    fn progress(&self, id: &str) -> Answer<Progress> {
        use statehold::mock::CommandStatus::{Failed, InProgress, Pending, Success};
        let command = self.get_commands()?.into_iter().find(|command| command.command_id == id);
        let command = command.ok_or_else(|| ProviderError::Refused(format!("there is no command {id}")))?;
        Ok(match command.status {
            Pending | InProgress => Progress::Running,
            Success => Progress::Done(command.output.unwrap_or_default()),
            Failed => Progress::Failed(command.error.unwrap_or_default()),
        })
    }
}
