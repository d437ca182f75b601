//! Everything that is particular to an operating system or needs `unsafe`, behind one interface. This
//! is the only module of the crate in which `unsafe` is allowed; each use says why it is sound.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
mod commit_sign;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "commit_sign_other.rs"]
mod commit_sign;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod doorbell;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "doorbell_other.rs"]
mod doorbell;
mod log_index;
mod log_vfs;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod places;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "places_other.rs"]
mod places;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod process;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "process_other.rs"]
mod process;
mod session;
mod shared_page;
mod sqlite;
mod survey;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod windows;
mod write_first;

pub use commit_sign::CommitSign;
pub(crate) use doorbell::Ears;
pub(crate) use log_index::{LogHeader, LogIndex, Moment};
pub(crate) use log_vfs::{LastFrame, in_one_write, log_vfs};
pub(crate) use places::Places;
pub(crate) use process::{Life, ProcessIdentity, life, own_identity};
pub(crate) use session::Session;
pub(crate) use shared_page::{COUNTERS, SharedPage};
pub(crate) use sqlite::data_version;
pub(crate) use survey::{free_bytes, open_to_others, writer_of};
#[cfg(unix)]
pub(crate) use unix::{
    Watch, Witness, at_exit, claim, create_private, fork_generation, host_name, network_file_system,
    register, unclaim,
};
#[cfg(not(unix))]
pub(crate) use windows::{
    Watch, Witness, at_exit, claim, create_private, fork_generation, host_name, network_file_system,
    register, unclaim,
};
