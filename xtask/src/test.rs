//! `cargo xtask test`: the tests of the three languages, and how many of each passed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use xshell::{Cmd, Shell, cmd};

use crate::node;
use crate::python::Python;

/// How many tests of a language passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// Runs all tests, whatever fails, and fails if one did.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let python = Python::set_up(shell)?;
    python.add_integrations(shell)?;
    python.install_wheel(shell)?;
    node::set_up(shell)?;
    node::build(shell)?;

    // The bindings have no Rust tests, and building them here would need another configuration of theirs.
    let cargo = cmd!(
        shell,
        "cargo test --workspace --exclude statehold-python --exclude statehold-node --features statehold/crash-points --no-fail-fast"
    )
    // The tests in mixed languages are among them.
    .env("STATEHOLD_TEST_PYTHON", &python.interpreter);
    let pytest = python.module(shell, "pytest").arg("bindings-python");
    let node = node::script(shell, "test");
    let counts = [
        ("rust", count(cargo, from_cargo)?),
        ("python", count(pytest, from_pytest)?),
        ("node", count(node, from_node)?),
    ];

    println!();
    for (language, count) in counts {
        println!("{language}: {} passed, {} failed", count.passed, count.failed);
    }
    let passed: u64 = counts.iter().map(|(_, count)| count.passed).sum();
    let failed: u64 = counts.iter().map(|(_, count)| count.failed).sum();
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} tests failed");
    }
    Ok(())
}

/// Runs a test command, shows its output as it comes, and counts by the lines that sum up. A command that
/// fails without a failed test, or that runs no test at all, counts as one failed.
fn count(command: Cmd<'_>, line_count: fn(&str) -> Count) -> Result<Count> {
    println!("\n$ {command}");
    let mut command = Command::from(command);
    let program = command.get_program().to_owned();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't start {}", program.display()))?;
    let mut sum = Count::default();
    for line in BufReader::new(child.stdout.take().context("stdout is piped")?).lines() {
        let line = line?;
        println!("{line}");
        let found = line_count(&line);
        sum.passed += found.passed;
        sum.failed += found.failed;
    }
    let succeeded = child.wait()?.success();
    if sum.failed == 0 && (!succeeded || sum.passed == 0) {
        sum.failed = 1;
    }
    Ok(sum)
}

/// `test result: ok. 12 passed; 0 failed; …`, one for each test binary.
fn from_cargo(line: &str) -> Count {
    let Some(rest) = line.strip_prefix("test result: ") else { return Count::default() };
    Count { passed: before(rest, "passed"), failed: before(rest, "failed") }
}

/// `==== 1 failed, 12 passed, 1 error in 0.10s ====`.
fn from_pytest(line: &str) -> Count {
    if !(line.starts_with("==") && line.contains(" in ")) {
        return Count::default();
    }
    Count { passed: before(line, "passed"), failed: before(line, "failed") + before(line, "error") }
}

/// `ℹ pass 12` and `ℹ fail 0`, with a sign in front that depends on the reporter.
fn from_node(line: &str) -> Count {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["ℹ" | "#", "pass", count] => Count { passed: count.parse().unwrap_or(0), failed: 0 },
        ["ℹ" | "#", "fail" | "cancelled", count] => Count { passed: 0, failed: count.parse().unwrap_or(0) },
        _ => Count::default(),
    }
}

/// The number in front of a word, or 0.
fn before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || c == ',' || c == ';').collect();
    words
        .windows(2)
        .find(|pair| pair[1] == word || pair[1] == format!("{word}s"))
        .and_then(|pair| pair[0].parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(passed: u64, failed: u64) -> Count {
        Count { passed, failed }
    }

    #[test]
    fn the_summing_lines_of_each_language_are_counted() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(from_cargo(cargo), counted(12, 3));
        assert_eq!(from_cargo("test passed ... ok"), counted(0, 0));
        assert_eq!(from_pytest("=== 1 failed, 12 passed, 2 errors in 0.10s ==="), counted(12, 3));
        assert_eq!(from_pytest("===== 12 passed in 0.10s ====="), counted(12, 0));
        assert_eq!(from_node("ℹ pass 12"), counted(12, 0));
        assert_eq!(from_node("# fail 2"), counted(0, 2));
        assert_eq!(from_node("ok 1 - pass 3"), counted(0, 0));
    }
}
