//! Linux and macOS.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use crate::error::{Error, Result};

/// Which file it is, whatever its path.
pub(crate) type FileId = (u64, u64);

/// The identity of the file at `path`, without opening it.
pub(crate) fn file_id(path: &Path) -> io::Result<FileId> {
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

/// Creates a file that only its owner can read, or fails when there is one.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Has a function called when the process ends by returning from `main` or by `exit`.
pub(crate) fn at_exit(function: extern "C" fn()) {
    // SAFETY: the function takes nothing and is there for as long as the program, or the library, is loaded. If there is
    // no room to note it, it is not called, which the caller can live with.
    unsafe { libc::atexit(function) };
}

/// Counts the forks that lead to this process, so that a handle can tell that it was inherited.
/// Cheaper than asking for the process id on each call.
pub(crate) fn fork_generation() -> u32 {
    static GENERATION: AtomicU32 = AtomicU32::new(0);
    static REGISTERED: OnceLock<()> = OnceLock::new();
    extern "C" fn count() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    REGISTERED.get_or_init(|| {
        // SAFETY: the handler runs in the child of a fork and only touches an atomic, which is
        // async-signal-safe; it is a plain function that lives as long as the program.
        unsafe { libc::pthread_atfork(None, None, Some(count)) };
    });
    GENERATION.load(Ordering::Relaxed)
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer outlives the call and its true length is passed.
    let failed = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len()) } != 0;
    let end = buffer.iter().position(|&byte| byte == 0).unwrap_or(buffer.len());
    if failed || end == 0 {
        "localhost".to_owned()
    } else {
        String::from_utf8_lossy(&buffer[..end]).into_owned()
    }
}

/// Notices when this process has lost its POSIX locks on a file.
///
/// Closing *any* descriptor of a file drops all the locks that the process holds on it, so a second
/// SQLite copy, or a plain `open().read()`, silently takes the store's locks away. This is a
/// descriptor that is opened once for a file and process, holds a read lock of its own on a byte
/// that nothing else uses, and asks whether that lock is still there. It is asked as an open file
/// description lock, which is another owner and so sees the process's own locks.
///
/// The descriptor is shared by all handles on the file and closed after the last of them, when
/// there is no lock left to lose.
#[derive(Debug)]
pub(crate) struct Witness {
    /// None only while it is being dropped.
    file: Option<File>,
    id: FileId,
    byte: i64,
    process: u32,
    generation: u32,
    /// How many handles are open that had the locks when they were opened.
    watches: Mutex<usize>,
}

/// A handle's part in the watch over the locks.
#[derive(Debug)]
pub(crate) struct Watch(Arc<Witness>);

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.watches.lock() -= 1;
    }
}

type Witnesses = Mutex<HashMap<FileId, Weak<Witness>>>;

fn witnesses() -> &'static Witnesses {
    static WITNESSES: OnceLock<Witnesses> = OnceLock::new();
    WITNESSES.get_or_init(Mutex::default)
}

impl Witness {
    /// The witness of the file at `path`: the one that this process has already, or a new one.
    /// `created` is the descriptor of a file that this call's caller has just made.
    ///
    /// # Errors
    /// [`Error::Forked`] if the file was open when this process was forked: SQLite would go on by locks that
    /// it believes to have and that only the parent has.
    pub(crate) fn of(path: &Path, created: Option<File>) -> Result<Arc<Self>> {
        let failed = |error| Error::io("opening", path, &error);
        let mut known = witnesses().lock();
        let generation = fork_generation();
        match known.get(&file_id(path).map_err(failed)?).and_then(Weak::upgrade) {
            Some(witness) if witness.generation == generation => {
                // Another thread was quicker to open what this one has made, and may have its locks by now.
                std::mem::forget(created);
                return Ok(witness);
            }
            Some(witness) if *witness.watches.lock() > 0 => {
                return Err(Error::Forked { opened_by: witness.process });
            }
            _ => {}
        }
        let file = match created {
            Some(file) => file,
            None => OpenOptions::new().read(true).write(true).open(path).map_err(failed)?,
        };
        let found = file.metadata().map_err(failed)?;
        let id = (found.dev(), found.ino());
        // Far beyond the bytes that SQLite locks (1 GiB and 510 bytes), one byte for each process.
        let process = std::process::id();
        let byte = (1_i64 << 40) + i64::from(process);
        let witness =
            Arc::new(Self { file: Some(file), id, byte, process, generation, watches: Mutex::new(0) });
        known.insert(id, Arc::downgrade(&witness));
        Ok(witness)
    }

    fn file(&self) -> &File {
        self.file.as_ref().expect("it is there until the witness is dropped")
    }

    /// The first bytes of the file, read through the descriptor that stays open.
    pub(crate) fn header(&self) -> io::Result<Vec<u8>> {
        use std::os::unix::fs::FileExt;
        let mut header = vec![0; 100];
        let mut filled = 0;
        while filled < header.len() {
            match self.file().read_at(&mut header[filled..], filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        header.truncate(filled);
        Ok(header)
    }

    /// Takes the lock that is watched. Before its first connection holds the file in WAL mode, and after its
    /// last, SQLite unlocks the whole file, this byte with it: so it is taken once a connection stands.
    pub(crate) fn take(&self) -> io::Result<()> {
        let lock = byte_lock(libc::c_int::from(libc::F_RDLCK), self.byte);
        // SAFETY: the descriptor is open for as long as `self` lives and the struct is initialised.
        let result = unsafe { libc::fcntl(self.file().as_raw_fd(), libc::F_SETLK, &raw const lock) };
        if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Takes the lock for a handle that has been opened. None if other handles are open and the locks were
    /// lost under them: SQLite shares its locks within a process, so the new handle has none either, and
    /// taking this one again would hide it.
    pub(crate) fn watch(self: &Arc<Self>) -> io::Result<Option<Watch>> {
        let mut watches = self.watches.lock();
        if *watches > 0 && !self.holds() {
            return Ok(None);
        }
        self.take()?;
        *watches += 1;
        Ok(Some(Watch(self.clone())))
    }

    /// Whether the process still has its locks.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn holds(&self) -> bool {
        let mut lock = byte_lock(libc::c_int::from(libc::F_WRLCK), self.byte);
        // SAFETY: as in `take`; the kernel writes the lock that it found into the struct.
        let result = unsafe { libc::fcntl(self.file().as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) };
        result == -1 || libc::c_int::from(lock.l_type) != libc::c_int::from(libc::F_UNLCK)
    }

    /// Other systems have no portable way to ask for one's own locks.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn holds(&self) -> bool {
        true
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let mut known = witnesses().lock();
        if known.get(&self.id).is_some_and(|other| other.strong_count() == 0) {
            known.remove(&self.id);
        }
        // Closed before another thread can open the file, whose locks this would drop.
        drop(self.file.take());
    }
}

/// Where on the companion file a handle says that it has the store open.
const PRESENCE: i64 = 1 << 20;
/// Where the claims on keys begin.
const CLAIMS: i64 = 1 << 41;

/// Says that a handle has the store open, through a lock on the companion file that the kernel releases
/// when the process dies; true when nobody else has it open.
pub(crate) fn register(companion: &File) -> bool {
    let alone = lock_byte(companion, libc::F_WRLCK, PRESENCE);
    lock_byte(companion, libc::F_RDLCK, PRESENCE);
    alone
}

/// Takes a claim, unless another handle has it.
pub(crate) fn claim(companion: &File, slot: u64) -> bool {
    lock_byte(companion, libc::F_WRLCK, CLAIMS.saturating_add_unsigned(slot))
}

/// Gives a claim up.
pub(crate) fn unclaim(companion: &File, slot: u64) {
    lock_byte(companion, libc::F_UNLCK, CLAIMS.saturating_add_unsigned(slot));
}

/// Locks one byte for this open file, without waiting.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(clippy::useless_conversion)] // the constants' C type differs by system
fn lock_byte(file: &File, kind: impl Into<libc::c_int>, at: i64) -> bool {
    let lock = byte_lock(kind.into(), at);
    // SAFETY: the descriptor is open during the call and the struct is initialised, its pid zero, as
    // locks of an open file description want it.
    unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) != -1 }
}

/// Elsewhere there are no such locks: every opening counts as the first, and a claim holds in this process.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn lock_byte(_file: &File, _kind: impl Into<libc::c_int>, _at: i64) -> bool {
    true
}

fn byte_lock(kind: libc::c_int, at: i64) -> libc::flock {
    // SAFETY: `flock` is a plain C struct for which all zeroes is a valid value.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    #[allow(clippy::cast_possible_truncation)] // the constants are tiny; their C types differ by system
    {
        lock.l_type = kind as _;
        lock.l_whence = libc::SEEK_SET as _;
    }
    lock.l_start = at;
    lock.l_len = 1;
    lock
}

/// The name of the network file system that `path` is on, if it is on one. On those, locks and shared
/// memory do not work as SQLite needs them.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn network_file_system(path: &Path) -> Option<String> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::CString::new(path.as_os_str().as_bytes()).ok()?;
    // SAFETY: `statfs` is a plain C struct, the path is NUL-terminated, both outlive the call.
    let kind = unsafe {
        let mut found: libc::statfs = std::mem::zeroed();
        if libc::statfs(name.as_ptr(), &raw mut found) != 0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the magic is 32 bits wide
        {
            found.f_type as u32
        }
    };
    if kind == FUSE { fuse_network(path) } else { network_kind(kind).map(str::to_owned) }
}

/// The mark of FUSE, which is of many kinds.
#[cfg(any(target_os = "linux", target_os = "android"))]
const FUSE: u32 = 0x6573_5546;

/// The network file system with this mark, if it is one's.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn network_kind(kind: u32) -> Option<&'static str> {
    // Magic numbers: statfs(2) and the kernel's linux/magic.h.
    const KINDS: &[(u32, &str)] = &[
        (0x6969, "NFS"),
        (0xff53_4d42, "CIFS"),
        (0xfe53_4d42, "SMB2"),
        (0x517b, "SMB"),
        (0x5346_414f, "AFS"),
        (0x6b41_4653, "AFS"),
        (0x7375_7245, "Coda"),
        (0x564c, "NCP"),
        (0x00c3_6400, "Ceph"),
        (0x0bd0_0bd0, "Lustre"),
        (0x0102_1997, "9P"),
        (0x4750_4653, "GPFS"),
        (0x7461_636f, "OCFS2"),
        (0x0116_1970, "GFS2"),
    ];
    KINDS.iter().find(|(magic, _)| *magic == kind).map(|(_, name)| *name)
}

/// FUSE is local for some (ntfs-3g) and a network for others (sshfs): the mount table tells which.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn fuse_network(path: &Path) -> Option<String> {
    let device = std::fs::metadata(path).ok()?.dev();
    let table = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    network_mount(&table, libc::major(device), libc::minor(device))
}

/// The kind of network that a device is on, by the mount table.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn network_mount(table: &str, major: u32, minor: u32) -> Option<String> {
    const REMOTE: &[&str] =
        &["sshfs", "glusterfs", "s3fs", "rclone", "gcsfuse", "davfs", "curlftpfs", "smbnetfs"];
    let wanted = format!("{major}:{minor}");
    let line = table.lines().find(|line| line.split(' ').nth(2) == Some(&wanted))?;
    let kind = line.split(" - ").nth(1)?.split(' ').next()?.to_owned();
    REMOTE.iter().any(|remote| kind.contains(remote)).then_some(kind)
}

/// Elsewhere the system is trusted to refuse the locks.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn network_file_system(_path: &Path) -> Option<String> {
    None
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    #[test]
    fn networks_are_known_by_their_marks_and_local_file_systems_are_none() {
        for (kind, name) in [(0x6969, Some("NFS")), (0xff53_4d42, Some("CIFS")), (0x0102_1997, Some("9P"))] {
            assert_eq!(network_kind(kind), name);
        }
        // ext4, btrfs, xfs, tmpfs, overlay.
        for kind in [0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630] {
            assert_eq!(network_kind(kind), None, "{kind:x}");
        }
    }

    #[test]
    fn the_mount_table_tells_a_network_behind_fuse() {
        let table = "36 35 0:41 / /mnt/far rw,nosuid shared:1 - fuse.sshfs host:/ rw\n\
                     37 35 0:42 / /mnt/stick rw shared:2 - fuseblk /dev/sdb1 rw\n";
        assert_eq!(network_mount(table, 0, 41).as_deref(), Some("fuse.sshfs"));
        assert_eq!((network_mount(table, 0, 42), network_mount(table, 0, 43)), (None, None));
    }
}
