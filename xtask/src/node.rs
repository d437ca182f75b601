//! The Node package with its tools, as the lock file pins them, and the addon as built from the sources.

use std::ffi::OsStr;

use anyhow::{Context, Result};
use xshell::{Cmd, Shell, cmd};

use crate::bindings::TOGETHER;
use crate::step::once;

/// The folder of the package.
pub(crate) const PACKAGE: &str = "bindings-node";

/// Installs the build tools of the package if they are missing or out of date.
pub(crate) fn set_up(shell: &Shell) -> Result<()> {
    let version = cmd!(shell, "node --version").quiet().read().context("Node 20.17 or newer is needed")?;
    let folder = shell.current_dir().join(PACKAGE);
    let inputs = [version, shell.read_file(folder.join("package-lock.json"))?];
    once(shell, &folder.join("node_modules").join(".xtask-stamp"), &inputs, || {
        Ok(npm(shell).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run()?)
    })
}

/// Builds the addon and the JavaScript around it.
pub(crate) fn build(shell: &Shell, features: &[&str]) -> Result<()> {
    native(shell, "native").args(features).run()?;
    Ok(script(shell, "build:js").run()?)
}

/// Builds the addon, with its loader and types, into a folder, which is relative to the package's own; and with it all
/// else that the tests need of cargo, so that both share what they depend on.
pub(crate) fn native(shell: &Shell, folder: impl AsRef<OsStr>) -> Cmd<'_> {
    script(shell, "build:native").args(["--", "--output-dir"]).arg(folder).arg("--").args(TOGETHER).args([
        "--lib",
        "--bins",
        "--tests",
        "--examples",
    ])
}

/// A script of the package.
pub(crate) fn script<'a>(shell: &'a Shell, name: &str) -> Cmd<'a> {
    npm(shell).args(["run", "--silent", name])
}

fn npm(shell: &Shell) -> Cmd<'_> {
    shell.cmd(if cfg!(windows) { "npm.cmd" } else { "npm" }).args(["--prefix", PACKAGE])
}
