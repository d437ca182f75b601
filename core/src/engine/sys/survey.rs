//! What the system knows of a file and of who uses it.

use std::path::Path;

/// A process, as a user would look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: u32,
    /// Its name, if it can be asked.
    pub(crate) name: Option<String>,
    /// Whether it is stopped (SIGSTOP, a debugger), so that it will let go of nothing by itself.
    pub(crate) stopped: bool,
}

/// How many bytes this user can still write to the file system that `path` is on.
#[cfg(unix)]
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: `statvfs` is a plain C struct, the path is NUL-terminated, both outlive the call.
    let found = unsafe {
        let mut found: libc::statvfs = std::mem::zeroed();
        if libc::statvfs(name.as_ptr(), &raw mut found) != 0 {
            return None;
        }
        found
    };
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // their C types differ by system
    Some((found.f_bavail as u64).saturating_mul(found.f_frsize as u64))
}

/// Elsewhere it is not asked.
#[cfg(not(unix))]
pub(crate) fn free_bytes(_path: &Path) -> Option<u64> {
    None
}

/// The process that holds the lock of writers, a byte of SQLite's index file, by the kernel's table of locks: to ask the
/// file itself, it would have to be opened, and closing it drops this process's own locks.
///
/// Source for the byte: `WAL_WRITE_LOCK` and `UNIX_SHM_BASE` in <https://sqlite.org/src/file/src/os_unix.c>.
#[cfg(target_os = "linux")]
pub(crate) fn writer_of(index: &Path) -> Option<Process> {
    use std::os::unix::fs::MetadataExt;
    const WRITE_LOCK: u64 = 120;
    let file = format!(":{}", std::fs::metadata(index).ok()?.ino());
    let table = std::fs::read_to_string("/proc/locks").ok()?;
    // 1: POSIX  ADVISORY  WRITE 4711 fe:00:123456 120 120
    let id = table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "WRITE", process, place, from, to] = words[..] else { return None };
        let covers = from.parse().is_ok_and(|from: u64| from <= WRITE_LOCK)
            && to.parse().map_or(to == "EOF", |to: u64| to >= WRITE_LOCK);
        if place.ends_with(&file) && covers { process.parse().ok() } else { None }
    })?;
    // 4711 (name) S …
    let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let after = state.rsplit_once(") ").map_or("", |(_, after)| after);
    let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok().map(|name| name.trim().to_owned());
    Some(Process { id, name, stopped: after.starts_with(['T', 't']) })
}

/// Elsewhere it is not known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn writer_of(_index: &Path) -> Option<Process> {
    None
}

/// The permissions of a file, if others than its owner have some.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Elsewhere an access list decides, which is not looked at.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_path: &Path) -> Option<u32> {
    None
}
