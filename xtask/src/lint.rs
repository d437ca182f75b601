//! `cargo xtask lint`: everything that can be checked without running a test. All checks run, whatever fails.

use std::path::PathBuf;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::python::Python;
use crate::timing::Timing;
use crate::{bindings, generated, node};

/// Runs every check, and fails if one did.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let mut timing = Timing::start();
    let python = bindings::set_up(shell, &mut timing, &[])?;
    let mut check = |name, check: &dyn Fn() -> Result<()>| (name, timing.step(name, check));
    let outcomes = [
        check("rustfmt", &|| Ok(cmd!(shell, "cargo fmt --all --check").run()?)),
        check("clippy", &|| clippy(shell, &python)),
        check("ruff check", &|| ruff(shell, &python, &["check"])),
        check("ruff format", &|| ruff(shell, &python, &["format", "--check"])),
        check("mypy", &|| mypy(shell, &python)),
        check("mypy of the benches", &|| mypy_benches(shell, &python)),
        check("stubtest", &|| stubtest(shell, &python)),
        check("tsc", &|| Ok(node::script(shell, "types").run()?)),
        check("node --check of the benches", &|| parse_benches(shell)),
        check("generated files", &|| generated::compare(shell, &python)),
    ];
    timing.print();
    report(&outcomes)
}

fn clippy(shell: &Shell, python: &Python) -> Result<()> {
    let interpreter = &python.interpreter;
    cmd!(shell, "cargo clippy --quiet --workspace --all-targets -- -D warnings")
        .env("PYO3_PYTHON", interpreter)
        .run()?;
    Ok(())
}

/// The package by its own configuration, and what is written in Python elsewhere by the same one.
fn ruff(shell: &Shell, python: &Python, what: &[&str]) -> Result<()> {
    let package = python.module(shell, "ruff").args(what).arg("bindings-python").run();
    let elsewhere = ["--config", "bindings-python/pyproject.toml", "tests", "benches"];
    python.module(shell, "ruff").args(what).args(elsewhere).run()?;
    Ok(package?)
}

fn mypy(shell: &Shell, python: &Python) -> Result<()> {
    // Its configuration is relative to the folder of the pyproject.toml.
    let _folder = shell.push_dir("bindings-python");
    Ok(python.module(shell, "mypy").run()?)
}

/// Where the comparisons with other stores are. They run by hand, so only what is checked here keeps them working.
const COMPARISONS: &str = "benches/compare";

/// The stores that they compare are not installed, and count as untyped.
fn mypy_benches(shell: &Shell, python: &Python) -> Result<()> {
    let options = ["--strict", "--python-version", "3.10", "--ignore-missing-imports"];
    let files = sources(shell, "py")?;
    Ok(python.module(shell, "mypy").args(options).args(files).run()?)
}

fn parse_benches(shell: &Shell) -> Result<()> {
    for file in sources(shell, "mjs")? {
        cmd!(shell, "node --check {file}").quiet().run()?;
    }
    Ok(())
}

/// The files of a language among the comparisons, without those that npm has put there.
fn sources(shell: &Shell, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in [COMPARISONS.to_owned(), format!("{COMPARISONS}/python"), format!("{COMPARISONS}/node")] {
        let files = shell.read_dir(folder)?;
        found.extend(files.into_iter().filter(|file| file.extension().is_some_and(|is| is == extension)));
    }
    Ok(found)
}

fn stubtest(shell: &Shell, python: &Python) -> Result<()> {
    let allowlist = "bindings-python/stubtest-allowlist.txt";
    // It looks for no configuration by itself, and needs that of libraries without types.
    let configuration = "bindings-python/pyproject.toml";
    Ok(python
        .module(shell, "mypy.stubtest")
        .args(["statehold", "--allowlist", allowlist, "--mypy-config-file", configuration])
        .run()?)
}

fn report(outcomes: &[(&str, Result<()>)]) -> Result<()> {
    println!();
    for (name, outcome) in outcomes {
        match outcome {
            Ok(()) => println!("ok      {name}"),
            Err(error) => println!("FAILED  {name}: {error}"),
        }
    }
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).count();
    if failed > 0 {
        bail!("{failed} of {} checks failed", outcomes.len());
    }
    Ok(())
}
