//! The bindings as built from the sources, with the environments to use them in.

use anyhow::Result;
use xshell::Shell;

use crate::node;
use crate::python::Python;
use crate::timing::Timing;

/// What cargo builds together. It chooses the features of the dependencies by that, so that what is built by itself
/// shares none of them with the rest. Only the Python binding is: maturin builds nothing else.
pub(crate) const TOGETHER: [&str; 3] = ["--workspace", "--exclude", "statehold-python"];

/// Lets `STATEHOLD_CACHE_BYTES` choose the cache's budget of stores that are opened without one. Only tests are built so.
pub(crate) const CACHE_FROM_ENV: [&str; 2] = ["--features", "statehold/cache-from-env"];

/// Sets up Python and Node and builds both bindings, with `features` as cargo is told of them.
pub(crate) fn set_up(shell: &Shell, timing: &mut Timing, features: &[&str]) -> Result<Python> {
    let python = timing.step("the tools of Python", || Python::set_up(shell))?;
    timing.step("what the integrations go with", || python.add_integrations(shell))?;
    timing.step("the tools of Node", || node::set_up(shell))?;
    timing.step("the addon, and all that is in Rust, built", || node::build(shell, features))?;
    timing.step("the wheel, built and installed", || python.install_wheel(shell, features))?;
    Ok(python)
}
