//! A Python environment with the pinned tools and the wheel as it is built from the sources.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use xshell::{Cmd, Shell, cmd};

use crate::step::{once, work_dir};

/// The environment, and the binding's folder to work in.
pub(crate) struct Python {
    /// The environment's interpreter.
    pub(crate) interpreter: PathBuf,
}

impl Python {
    /// The environment with its tools, created or brought up to date if need be. `STATEHOLD_PYTHON` names
    /// the interpreter to start from, by default `python3`.
    pub(crate) fn set_up(shell: &Shell) -> Result<Self> {
        let base = shell.var("STATEHOLD_PYTHON").unwrap_or_else(|_| default_interpreter().to_owned());
        let version =
            cmd!(shell, "{base} --version").quiet().read().context("Python 3.10 or newer is needed")?;
        let home = work_dir(shell).join("venv");
        let bin = home.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let interpreter = bin.join(if cfg!(windows) { "python.exe" } else { "python" });
        let requirements = "bindings-python/requirements-dev.txt";
        let inputs = [version, shell.read_file(requirements)?];
        once(shell, &home.join("xtask-stamp"), &inputs, || {
            cmd!(shell, "{base} -m venv --clear {home}").run()?;
            Ok(cmd!(
                shell,
                "{interpreter} -m pip install --quiet --disable-pip-version-check -r {requirements}"
            )
            .run()?)
        })?;
        Ok(Self { interpreter })
    }

    /// Adds the libraries that the integrations are made for, which their tests and types need.
    pub(crate) fn add_integrations(&self, shell: &Shell) -> Result<()> {
        let requirements = "bindings-python/requirements-integrations.txt";
        // Inside of the environment, which `set_up` may have made anew.
        let stamp = work_dir(shell).join("venv").join("xtask-stamp-integrations");
        once(shell, &stamp, &[shell.read_file(requirements)?], || {
            let options = ["install", "--quiet", "--disable-pip-version-check", "-r", requirements];
            Ok(self.module(shell, "pip").args(options).run()?)
        })
    }

    /// A tool of the environment, by its module's name.
    pub(crate) fn module<'a>(&self, shell: &'a Shell, name: &str) -> Cmd<'a> {
        let interpreter = &self.interpreter;
        // maturin and pip must not pick up another environment that happens to be active.
        cmd!(shell, "{interpreter} -m {name}").env_remove("VIRTUAL_ENV").env_remove("PYTHONPATH")
    }

    /// Builds the wheel from the sources and installs it.
    pub(crate) fn install_wheel(&self, shell: &Shell) -> Result<()> {
        let wheels = work_dir(shell).join("wheels");
        shell.remove_path(&wheels)?;
        let interpreter = &self.interpreter;
        self.module(shell, "maturin")
            .args(["build", "--quiet", "--manifest-path", "bindings-python/Cargo.toml", "--out"])
            .arg(&wheels)
            .arg("--interpreter")
            .arg(interpreter)
            .run()?;
        let built = shell.read_dir(&wheels)?;
        ensure!(built.len() == 1, "maturin built {} wheels instead of one", built.len());
        self.module(shell, "pip")
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps"])
            .arg("--force-reinstall")
            .args(built)
            .run()?;
        Ok(())
    }
}

fn default_interpreter() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}
