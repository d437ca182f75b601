//! Who a process is, and whether it still lives, on Linux: all of it is in `/proc`, described in proc(5).

use std::fs::read_to_string;

/// What tells a process apart from every other one, also from one that gets its id after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessIdentity {
    pub(crate) pid: u32,
    /// When it was started, in a unit of the system; 0 if that can't be known.
    pub(crate) start: i64,
    /// Another one after each start of the machine; empty if the system has none.
    pub(crate) boot: String,
    /// The machine; empty if it has no id.
    pub(crate) machine: String,
    /// Within which process ids, and times since the boot, mean the same; empty if the system has none.
    pub(crate) namespace: String,
}

/// What is known of a process on this machine, in this namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It is there, stopped perhaps, or it can't be ruled out.
    Lives,
    /// It is gone, or its id is another process's by now.
    Gone,
}

/// The identity of this process.
pub(crate) fn own_identity() -> ProcessIdentity {
    let first_line = |path: &str| {
        read_to_string(path).ok().and_then(|text| text.lines().next().map(str::to_owned)).unwrap_or_default()
    };
    let link = |path: &str| {
        std::fs::read_link(path).map(|target| target.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let machine = [first_line("/etc/machine-id"), first_line("/var/lib/dbus/machine-id")];
    ProcessIdentity {
        pid: std::process::id(),
        start: stat("/proc/self/stat").map_or(0, |stat| stat.start),
        boot: first_line("/proc/sys/kernel/random/boot_id"),
        machine: machine.into_iter().find(|id| !id.is_empty()).unwrap_or_default(),
        // The start of a process is counted from a boot that a time namespace may shift.
        namespace: format!("{} {}", link("/proc/self/ns/pid"), link("/proc/self/ns/time")).trim().to_owned(),
    }
}

/// Whether the process with this id that was started then still lives. Only for ids of this namespace.
pub(crate) fn life(pid: u32, start: i64) -> Life {
    let Ok(id) = libc::pid_t::try_from(pid) else { return Life::Gone };
    if id <= 0 {
        return Life::Gone;
    }
    // SAFETY: signal 0 is delivered to nobody; it only asks whether the process is there.
    let refused = unsafe { libc::kill(id, 0) } != 0;
    if refused && std::io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH) {
        return Life::Gone;
    }
    // It is there; `EPERM` says so, too. What `/proc` tells counts only if it tells of this namespace.
    let own = std::fs::read_link("/proc/self").ok();
    if own.is_none_or(|own| own.as_os_str() != std::process::id().to_string().as_str()) {
        return Life::Lives;
    }
    match stat(&format!("/proc/{pid}/stat")) {
        Some(found) if start != 0 && found.start != start => Life::Gone,
        Some(found) if found.ended && !other_threads(pid) => Life::Gone,
        // Hidden from this user, or gone since: the next look will tell.
        _ => Life::Lives,
    }
}

/// What of `/proc/PID/stat` is needed.
struct Stat {
    /// Whether it is a zombie, or dead: it runs no more, only its parent has not asked for it yet.
    ended: bool,
    /// When it was started, in clock ticks since the boot.
    start: i64,
}

fn stat(path: &str) -> Option<Stat> {
    parse_stat(&read_to_string(path).ok()?)
}

/// The name of the program, the second field, is in parentheses and may itself have spaces and parentheses.
fn parse_stat(text: &str) -> Option<Stat> {
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?;
    // The state is the third field, the start the 22nd.
    Some(Stat { ended: matches!(state, "Z" | "X" | "x"), start: fields.nth(18)?.parse().ok()? })
}

/// Whether a process whose first thread has ended has others that run.
fn other_threads(pid: u32) -> bool {
    std::fs::read_dir(format!("/proc/{pid}/task")).is_ok_and(|threads| threads.count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_one_that_started_at_another_time_does_not() {
        let own = own_identity();
        assert!(own.start > 0 && !own.boot.is_empty() && own.namespace.contains("pid:["), "{own:?}");
        assert_eq!(own, own_identity());
        assert_eq!(life(own.pid, own.start), Life::Lives);
        assert_eq!(life(own.pid, own.start + 1), Life::Gone, "the id was given to another process");
        assert_eq!(life(0, 0), Life::Gone, "no process of ours has that id");
        assert_eq!(life(u32::MAX, 0), Life::Gone);
    }

    #[test]
    fn a_zombie_is_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let path = format!("/proc/{}/stat", child.id());
        while !stat(&path).unwrap().ended {
            std::thread::yield_now();
        }
        let start = stat(&path).unwrap().start;
        assert_eq!(life(child.id(), start), Life::Gone, "before its parent has asked for it");
        child.wait().unwrap();
        assert_eq!(life(child.id(), start), Life::Gone, "and after");
    }

    #[test]
    fn the_name_of_a_program_does_not_confuse() {
        let stat = parse_stat("7 (a) Z (b) 1) S 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0").unwrap();
        assert_eq!((stat.ended, stat.start), (false, 4711));
        assert!(parse_stat("7 (cut").is_none());
    }
}
