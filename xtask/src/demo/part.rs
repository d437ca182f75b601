//! A program of the demo at work: a process that reports one JSON object a line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value as Data;

/// A process in one of the languages.
pub(crate) struct Part {
    pub(crate) language: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Part {
    /// Starts the process.
    pub(crate) fn start(language: &'static str, mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("can't start the program in {language}"))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("its output is piped")?);
        Ok(Self { language, child, input, output })
    }

    /// The next report; none when the process has ended.
    pub(crate) fn message(&mut self) -> Result<Option<Data>> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&line).with_context(|| format!("{} said {line:?}", self.language))?))
    }

    /// The next report, which must have this member.
    pub(crate) fn expect(&mut self, name: &str) -> Result<Data> {
        match self.message()? {
            Some(message) if message.get(name).is_some() => Ok(message),
            Some(message) => bail!("{} said {message} instead of {name}", self.language),
            None => bail!("the program in {} ended early", self.language),
        }
    }

    /// The number that the next report gives by this name.
    pub(crate) fn number(&mut self, name: &str) -> Result<u64> {
        self.expect(name)?[name].as_u64().with_context(|| format!("{name} is a number"))
    }

    /// Lets the process go on.
    pub(crate) fn go(&mut self) -> Result<()> {
        let mut input = self.input.take().context("it was let go on before")?;
        Ok(writeln!(input, "go")?)
    }

    /// Waits for the end of the process, which must be a good one.
    pub(crate) fn end(mut self) -> Result<()> {
        let status = self.child.wait()?;
        ensure!(status.success(), "the program in {} failed: {status}", self.language);
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Both fail when it has ended, as it has unless the demo failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
