//! The generated files that are committed: made from the sources into a folder aside, then written over the
//! committed ones or compared with them.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use xshell::Shell;

use crate::node;
use crate::python::Python;
use crate::step::work_dir;

/// A generated file: where it is committed, and what it should contain.
struct Generated {
    committed: PathBuf,
    content: String,
}

/// Writes the generated files.
pub(crate) fn regenerate(shell: &Shell) -> Result<()> {
    let python = Python::set_up(shell)?;
    node::set_up(shell)?;
    for file in generate(shell, &python)? {
        shell.write_file(&file.committed, file.content)?;
        println!("wrote {}", file.committed.display());
    }
    Ok(())
}

/// Fails if a committed file isn't what would be generated.
pub(crate) fn compare(shell: &Shell, python: &Python) -> Result<()> {
    let mut stale = Vec::new();
    for file in generate(shell, python)? {
        let committed = shell.read_file(&file.committed).unwrap_or_default();
        if committed.replace("\r\n", "\n") != file.content {
            stale.push(file.committed.display().to_string());
        }
    }
    if !stale.is_empty() {
        bail!("out of date: {}; run `cargo xtask regenerate` and commit", stale.join(", "));
    }
    Ok(())
}

fn generate(shell: &Shell, python: &Python) -> Result<Vec<Generated>> {
    let aside = work_dir(shell).join("generated");
    shell.remove_path(&aside)?;
    shell.create_dir(&aside)?;

    let stubs = aside.join("stubs");
    python
        .module(shell, "maturin")
        .args(["generate-stubs", "--quiet", "--manifest-path", "bindings-python/Cargo.toml", "--out"])
        .arg(&stubs)
        .arg("--interpreter")
        .arg(&python.interpreter)
        .run()?;
    let native = aside.join("native");
    node::native(shell, &native).run()?;

    [
        (stubs.join("statehold").join("_statehold.pyi"), "bindings-python/python/statehold/_statehold.pyi"),
        (native.join("index.js"), "bindings-node/native/index.js"),
        (native.join("index.d.ts"), "bindings-node/native/index.d.ts"),
    ]
    .into_iter()
    .map(|(made, committed)| {
        let content = shell.read_file(&made).with_context(|| format!("{committed} was not generated"))?;
        Ok(Generated { committed: committed.into(), content: content.replace("\r\n", "\n") })
    })
    .collect()
}
