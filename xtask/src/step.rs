//! Small pieces that the chores share: where things lie, and what needn't be done again.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Shell, cmd};

/// Where everything that the chores set up lies.
pub(crate) fn work_dir(shell: &Shell) -> PathBuf {
    shell.current_dir().join("target").join("xtask")
}

/// The target that stands for this machine.
pub(crate) fn host(shell: &Shell) -> Result<String> {
    Ok(cmd!(shell, "rustc --print host-tuple").quiet().read()?)
}

/// Where cargo puts the programs that it builds for this machine's target, by name.
pub(crate) fn built(shell: &Shell) -> Result<PathBuf> {
    let target = shell.var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    Ok(shell.current_dir().join(target).join(host(shell)?).join("debug"))
}

/// Runs `install` unless it already ran with the same inputs. `stamp` remembers them; it belongs inside of
/// what is installed, so that it goes when that is deleted.
pub(crate) fn once(
    shell: &Shell,
    stamp: &PathBuf,
    inputs: &[String],
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut hasher = blake3::Hasher::new();
    for input in inputs {
        hasher.update(input.as_bytes()).update(&[0]);
    }
    let now = hasher.finalize().to_string();
    if shell.read_file(stamp).is_ok_and(|before| before == now) {
        return Ok(());
    }
    install()?;
    shell.write_file(stamp, now)?;
    Ok(())
}
