//! A disk whose writes and syncs are recorded, and what it may hold after a power loss.
//!
//! The calls are recorded where SQLite makes them: functions of the C library, which are defined here once more. A program
//! comes before the libraries that it is linked with, so these are taken, also by SQLite, which is a part of it.
#![allow(unsafe_code, missing_docs, unreachable_pub)] // the functions have to be those of C

pub mod after;

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// What stands for the folder itself, whose sync makes it durable that a file was removed.
pub const FOLDER: &str = "";

/// What was done, each to the file of that name.
#[derive(Debug, Clone)]
pub enum Event {
    Write {
        file: String,
        at: u64,
        bytes: Vec<u8>,
    },
    Cut {
        file: String,
        length: u64,
    },
    Removed {
        file: String,
    },
    /// A sync has ended that began when there were so many events.
    Synced {
        file: String,
        begun: usize,
    },
    /// All commits up to this revision were acknowledged as durable.
    Durable {
        revision: u64,
    },
}

struct Recording {
    folder: PathBuf,
    events: Vec<Event>,
}

static RECORDING: Mutex<Option<Recording>> = Mutex::new(None);

fn recording() -> MutexGuard<'static, Option<Recording>> {
    RECORDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Records what this process does to the files of a folder from now on, until [`end`].
pub fn begin(folder: &Path) {
    let folder = folder.canonicalize().unwrap();
    let before = recording().replace(Recording { folder, events: Vec::new() });
    assert!(before.is_none(), "only one folder is recorded at a time");
}

/// Notes that all commits up to a revision were acknowledged as durable.
pub fn durable(revision: u64) {
    if let Some(recording) = &mut *recording() {
        recording.events.push(Event::Durable { revision });
    }
}

/// Ends the recording.
pub fn end() -> Vec<Event> {
    recording().take().expect("it was begun").events
}

impl Recording {
    /// The name of a file in the folder that a power loss leaves something of: the log's index and the witness are
    /// memory.
    fn name(&self, path: &Path) -> Option<String> {
        if path == self.folder {
            return Some(FOLDER.to_owned());
        }
        let name = path.strip_prefix(&self.folder).ok()?.to_str()?;
        (!name.ends_with("-shm") && !name.ends_with("-statehold")).then(|| name.to_owned())
    }

    fn name_of(&self, descriptor: c_int) -> Option<String> {
        self.name(&std::fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()?)
    }
}

/// Makes a call under the lock, so that the events are in its order, and notes it if it did something.
fn noted<R: PartialOrd + From<i8> + Copy>(
    name: impl FnOnce(&Recording) -> Option<String>,
    call: impl FnOnce() -> R,
    event: impl FnOnce(String, R) -> Event,
) -> R {
    let mut recording = recording();
    let name = recording.as_ref().and_then(name);
    let done = call();
    if let (Some(recording), Some(file)) = (&mut *recording, name)
        && done >= R::from(0)
    {
        recording.events.push(event(file, done));
    }
    done
}

fn write(descriptor: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    noted(
        |recording| recording.name_of(descriptor),
        // SAFETY: the caller's arguments, as they are.
        || unsafe { libc::syscall(libc::SYS_pwrite64, descriptor, bytes, count, at) as isize },
        |file, written| {
            // SAFETY: the system has just read so many bytes there.
            let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), written.unsigned_abs()) };
            Event::Write { file, at: at.unsigned_abs(), bytes: bytes.to_vec() }
        },
    )
}

fn cut(descriptor: c_int, length: i64) -> c_int {
    noted(
        |recording| recording.name_of(descriptor),
        // SAFETY: the caller's arguments, as they are.
        || unsafe { libc::syscall(libc::SYS_ftruncate, descriptor, length) as c_int },
        |file, _| Event::Cut { file, length: length.unsigned_abs() },
    )
}

/// Others may write while this waits for the disk.
fn sync(call: i64, descriptor: c_int) -> c_int {
    let begun = recording()
        .as_ref()
        .and_then(|recording| Some((recording.name_of(descriptor)?, recording.events.len())));
    // SAFETY: the caller's argument, as it is.
    let done = unsafe { libc::syscall(call, descriptor) as c_int };
    if let (Some((file, begun)), Some(recording), 0) = (begun, &mut *recording(), done) {
        recording.events.push(Event::Synced { file, begun });
    }
    done
}

#[unsafe(no_mangle)]
extern "C" fn pwrite64(descriptor: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    write(descriptor, bytes, count, at)
}

#[unsafe(no_mangle)]
extern "C" fn pwrite(descriptor: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    write(descriptor, bytes, count, at)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate64(descriptor: c_int, length: i64) -> c_int {
    cut(descriptor, length)
}

#[unsafe(no_mangle)]
extern "C" fn ftruncate(descriptor: c_int, length: i64) -> c_int {
    cut(descriptor, length)
}

#[unsafe(no_mangle)]
extern "C" fn fsync(descriptor: c_int) -> c_int {
    sync(libc::SYS_fsync, descriptor)
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(descriptor: c_int) -> c_int {
    sync(libc::SYS_fdatasync, descriptor)
}

#[unsafe(no_mangle)]
extern "C" fn unlink(path: *const c_char) -> c_int {
    noted(
        |recording| {
            // SAFETY: a caller of this function of C gives a path that ends.
            recording.name(Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes())))
        },
        // SAFETY: as above.
        || unsafe { libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0) as c_int },
        |file, _| Event::Removed { file },
    )
}
