//! The application: it waits, tries again, and finds out whether a call whose answer was lost was done.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use statehold::Clock;

use crate::provider::{Bill, Progress, Provider, ProviderError, ServerBackup, ServerState};

/// How often a call is made at most that is throttled.
const TRIES: u32 = 6;
/// The pause before the second try; each one after is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How long to wait between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a server may take to start or stop, and a command to run.
const PATIENCE: Duration = Duration::from_secs(120);
/// The size of what is backed up.
const WORLD_BYTES: u64 = 2_100_000_000;

/// Why the application could not do what it was asked to.
#[derive(Debug)]
pub(crate) enum ManagerError {
    /// The provider has refused, or has throttled too often.
    Provider(ProviderError),
    /// The server did not get there in time.
    TooSlow { wanted: ServerState, found: ServerState },
    /// The server is in no state in which this can be done.
    NotNow(ServerState),
    /// The command has failed on the server.
    Command(String),
}

impl std::fmt::Display for ManagerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::TooSlow { wanted, found } => {
                write!(f, "after {PATIENCE:?} the server is {found:?} and not yet {wanted:?}")
            }
            Self::NotNow(state) => write!(f, "the server is {state:?}, wait until it is running or stopped"),
            Self::Command(error) => write!(f, "the command failed: {error}"),
        }
    }
}

impl std::error::Error for ManagerError {}

impl From<ProviderError> for ManagerError {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

type Done<T = ()> = Result<T, ManagerError>;

/// Manages one server. It waits by the clock that it is given.
pub(crate) struct ServerManager<P, C> {
    provider: P,
    clock: C,
}

impl<P: Provider, C: Clock> ServerManager<P, C> {
    pub(crate) fn new(provider: P, clock: C) -> Self {
        Self { provider, clock }
    }

    /// Starts the server, waits until it runs, and gives its address.
    pub(crate) fn start(&self) -> Done<String> {
        self.ask_for(ServerState::Running, ServerState::Starting, P::start)?;
        loop {
            // The address may come a little later than the state.
            if let Some(address) = self.patiently(P::address)? {
                return Ok(address);
            }
            self.clock.sleep(LOOK_EVERY);
        }
    }

    /// Stops the server and waits until it has.
    pub(crate) fn stop(&self) -> Done {
        self.ask_for(ServerState::Stopped, ServerState::Stopping, P::stop)
    }

    /// Has the provider take the server to a state, and waits until it is there.
    fn ask_for(
        &self,
        wanted: ServerState,
        on_the_way: ServerState,
        ask: impl Fn(&P) -> Result<(), ProviderError>,
    ) -> Done {
        match self.patiently(P::state)? {
            ServerState::Other => return Err(ManagerError::NotNow(ServerState::Other)),
            state if state == wanted || state == on_the_way => {}
            _ => match self.patiently(ask) {
                // It may have been done: the state tells.
                Ok(()) | Err(ProviderError::Unanswered(_)) => {}
                Err(error) => return Err(error.into()),
            },
        }
        let mut spent = Duration::ZERO;
        loop {
            let found = self.patiently(P::state)?;
            if found == wanted {
                return Ok(());
            }
            if spent >= PATIENCE {
                return Err(ManagerError::TooSlow { wanted, found });
            }
            self.clock.sleep(LOOK_EVERY);
            spent += LOOK_EVERY;
        }
    }

    /// One line on how the server is doing.
    pub(crate) fn status(&self) -> Done<String> {
        let state = self.patiently(P::state)?;
        let address = self.patiently(P::address)?;
        Ok(address.map_or_else(|| format!("{state:?}"), |address| format!("{state:?} at {address}")))
    }

    /// Makes a backup and gives its name. One whose answer is lost is looked for, so that there are never two.
    pub(crate) fn back_up(&self) -> Done<String> {
        let since = self.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!("world-{}.tar.gz", since.as_secs());
        let made = self.patiently(|provider| provider.add_backup(&name, WORLD_BYTES));
        if let Err(ProviderError::Unanswered(_)) = &made
            && self.patiently(P::backups)?.iter().any(|backup| backup.name == name)
        {
            return Ok(name);
        }
        made?;
        Ok(name)
    }

    /// The backups, a line each, the newest first.
    pub(crate) fn backups(&self) -> Done<Vec<String>> {
        let now = self.clock.now();
        let line = |ServerBackup { name, made_at, bytes }: ServerBackup| {
            let hours = now.duration_since(made_at).unwrap_or_default().as_secs() / 3600;
            let tenths = bytes / 100_000_000;
            format!("{name}: {}.{} GB, {hours} h old", tenths / 10, tenths % 10)
        };
        Ok(self.patiently(P::backups)?.into_iter().map(line).collect())
    }

    /// What this month costs, a line for each service.
    pub(crate) fn costs(&self) -> Done<String> {
        let Bill { total, currency, services } = self.patiently(P::bill)?;
        let mut text = format!("{total:.2} {currency}\n");
        for (service, cost) in services {
            writeln!(text, "  {cost:>7.2} {service}").expect("a text takes all");
        }
        Ok(text)
    }

    /// Runs a command on the server, and gives what it prints.
    pub(crate) fn run(&self, command: &str) -> Done<String> {
        let id = self.patiently(|provider| provider.send(command))?;
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            match self.patiently(|provider| provider.progress(&id))? {
                Progress::Done(output) => return Ok(output),
                Progress::Failed(error) => return Err(ManagerError::Command(error)),
                Progress::Running => self.clock.sleep(LOOK_EVERY),
            }
            waited += LOOK_EVERY;
        }
        Err(ManagerError::Command(format!("it still runs after {PATIENCE:?}")))
    }

    /// Calls the provider, again and with growing pauses while there are too many calls.
    fn patiently<T>(&self, call: impl Fn(&P) -> Result<T, ProviderError>) -> Result<T, ProviderError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match call(&self.provider) {
                Err(ProviderError::Throttled(_)) => self.clock.sleep(pause),
                answer => return answer,
            }
            pause *= 2;
        }
        call(&self.provider)
    }
}
