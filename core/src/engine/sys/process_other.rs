//! Who a process is, and whether it still lives, on systems other than Linux. There a process's start is a time
//! of day, which together with its id tells it apart over restarts of the machine, too; there is no id of a boot.

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

/// What tells a process apart from every other one, also from one that gets its id after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessIdentity {
    pub(crate) pid: u32,
    /// When it was started, in seconds since 1970; 0 if that can't be known.
    pub(crate) start: i64,
    /// The system has none: empty.
    pub(crate) boot: String,
    /// The machine, by its name.
    pub(crate) machine: String,
    /// The system has none: empty.
    pub(crate) namespace: String,
}

/// What is known of a process on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It is there, stopped perhaps, or it can't be ruled out.
    Lives,
    /// It is gone, or its id is another process's by now.
    Gone,
}

/// The identity of this process.
pub(crate) fn own_identity() -> ProcessIdentity {
    let pid = std::process::id();
    let start = start(pid).unwrap_or(0);
    let machine = format!("name:{}", super::host_name());
    ProcessIdentity { pid, start, boot: String::new(), machine, namespace: String::new() }
}

/// Whether the process with this id that was started then still lives.
pub(crate) fn life(pid: u32, start_then: i64) -> Life {
    match start(pid) {
        None => Life::Gone,
        Some(found) if found != 0 && start_then != 0 && found != start_then => Life::Gone,
        Some(_) => Life::Lives,
    }
}

/// When a process was started; 0 if it is there and may not be asked, none if it isn't or has ended.
fn start(pid: u32) -> Option<i64> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    let process = system.process(pid)?;
    if matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead) {
        return None;
    }
    Some(i64::try_from(process.start_time()).unwrap_or(0))
}
