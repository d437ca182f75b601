//! `cargo xtask test`: the tests of the three languages, how many of each passed, and how long it took.

use std::io::{BufRead, BufReader, PipeReader, Write, pipe};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use xshell::{Cmd, Shell, cmd};

use crate::bindings::{self, CACHE_FROM_ENV, TOGETHER};
use crate::node;
use crate::python::Python;
use crate::timing::Timing;

/// How many tests of a language passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

/// The commands that run the tests of a language, one after the other.
struct Suite<'a> {
    language: &'static str,
    commands: Vec<Cmd<'a>>,
    /// What a line that sums up says.
    line_count: fn(&str) -> Count,
}

/// What became of a suite.
struct Outcome {
    count: Count,
    took: Duration,
}

/// Runs all tests, whatever fails, and fails if one did. With `cache_bytes` every store that a test opens without a budget
/// for its cache has this one.
pub(crate) fn run(shell: &Shell, cache_bytes: Option<usize>) -> Result<()> {
    let mut timing = Timing::start();
    let features: &[&str] = if cache_bytes.is_some() { &CACHE_FROM_ENV } else { &[] };
    if let Some(most) = cache_bytes {
        shell.set_var("STATEHOLD_CACHE_BYTES", most.to_string());
    }
    let python = bindings::set_up(shell, &mut timing, features)?;
    timing.step("what else Rust's tests need, built", || {
        rust(shell, features).into_iter().try_for_each(|command| command.arg("--no-run").run())
    })?;

    let [rust, python, node] = suites(shell, &python, features);
    // Some of Rust's tests measure how long something waits, so they have the machine for themselves. The others wait
    // for the disk and for clocks more than they compute.
    let mut outcomes = run_at_once(vec![rust])?;
    outcomes.extend(run_at_once(vec![python, node])?);
    println!();
    for (language, outcome) in &outcomes {
        println!("{language}: {} passed, {} failed", outcome.count.passed, outcome.count.failed);
        timing.note(&format!("the tests of {language}"), outcome.took);
    }
    timing.print();
    let passed: u64 = outcomes.iter().map(|(_, outcome)| outcome.count.passed).sum();
    let failed: u64 = outcomes.iter().map(|(_, outcome)| outcome.count.failed).sum();
    println!("\n{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} tests failed");
    }
    Ok(())
}

/// The tests of Rust. Those that stop the process at named points need a build of the core of their own.
fn rust<'a>(shell: &'a Shell, features: &[&str]) -> [Cmd<'a>; 2] {
    [
        cmd!(shell, "cargo test {TOGETHER...} {features...} --no-fail-fast"),
        cmd!(
            shell,
            "cargo test {TOGETHER...} {features...} --features statehold/crash-points --test crash_points"
        ),
    ]
}

fn suites<'a>(shell: &'a Shell, python: &Python, features: &[&str]) -> [Suite<'a>; 3] {
    // The tests in mixed languages are among Rust's.
    let rust = rust(shell, features).map(|command| command.env("STATEHOLD_TEST_PYTHON", &python.interpreter));
    [
        Suite { language: "rust", commands: rust.into(), line_count: from_cargo },
        Suite {
            language: "python",
            commands: vec![python.module(shell, "pytest").arg("bindings-python")],
            line_count: from_pytest,
        },
        Suite { language: "node", commands: vec![node::script(shell, "test")], line_count: from_node },
    ]
}

/// Runs suites at the same time. The first one's output is shown as it comes, that of the others, whole, after it.
fn run_at_once(suites: Vec<Suite<'_>>) -> Result<Vec<(&'static str, Outcome)>> {
    // The commands of a shell don't go to other threads.
    let mut suites = suites.into_iter().map(|suite| {
        let commands: Vec<(String, Command)> =
            suite.commands.into_iter().map(|command| (command.to_string(), command.into())).collect();
        (suite.language, commands, suite.line_count)
    });
    let Some((language, commands, line_count)) = suites.next() else { return Ok(Vec::new()) };
    std::thread::scope(|scope| {
        let rest: Vec<_> = suites
            .map(|(language, commands, line_count)| {
                let thread = scope.spawn(move || {
                    let mut output = Vec::new();
                    let outcome = run_suite(commands, line_count, &mut output);
                    (outcome, output)
                });
                (language, thread)
            })
            .collect();
        let mut outcomes = vec![(language, run_suite(commands, line_count, &mut std::io::stdout())?)];
        for (language, thread) in rest {
            let (outcome, output) =
                thread.join().map_err(|_| anyhow!("the thread of {language} panicked"))?;
            std::io::stdout().write_all(&output)?;
            outcomes.push((language, outcome?));
        }
        Ok(outcomes)
    })
}

/// Runs test commands, writes their output as it comes, and counts by the lines that sum up. A command that
/// fails without a failed test, or that runs no test at all, counts as one failed.
fn run_suite(
    commands: Vec<(String, Command)>,
    line_count: fn(&str) -> Count,
    output: &mut impl Write,
) -> Result<Outcome> {
    let start = Instant::now();
    let mut sum = Count::default();
    for (shown, command) in commands {
        writeln!(output, "\n$ {shown}")?;
        let count = run_counted(command, line_count, output).with_context(|| format!("can't run {shown}"))?;
        sum.passed += count.passed;
        sum.failed += count.failed;
    }
    Ok(Outcome { count: sum, took: start.elapsed() })
}

fn run_counted(
    mut command: Command,
    line_count: fn(&str) -> Count,
    output: &mut impl Write,
) -> Result<Count> {
    let (said, says): (PipeReader, _) = pipe()?;
    let mut child = command.stdout(says.try_clone()?).stderr(says).spawn()?;
    // It holds the pipe's other end, which must be closed for its end to be seen.
    drop(command);
    let mut sum = Count::default();
    for line in BufReader::new(said).split(b'\n') {
        let line = line?;
        output.write_all(&line)?;
        writeln!(output)?;
        let found = line_count(&String::from_utf8_lossy(&line));
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
