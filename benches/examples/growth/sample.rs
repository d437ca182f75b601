//! How long calls of one operation took.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use statehold::Result;

/// The calls of one operation.
pub(crate) struct Sample {
    pub(crate) operation: &'static str,
    /// Sorted, in microseconds.
    calls: Vec<f64>,
}

impl Sample {
    /// Calls it so often, with a number that counts up.
    pub(crate) fn of(
        operation: &'static str,
        times: usize,
        mut call: impl FnMut(usize) -> Result<()>,
    ) -> Result<Self> {
        Self::timed(operation, times, |number| {
            let start = Instant::now();
            call(number)?;
            Ok(start.elapsed())
        })
    }

    /// As [`of`](Self::of), where the call says itself how long that took which counts.
    pub(crate) fn timed(
        operation: &'static str,
        times: usize,
        mut call: impl FnMut(usize) -> Result<Duration>,
    ) -> Result<Self> {
        let calls: Result<Vec<Duration>> = (0..times).map(&mut call).collect();
        let mut calls: Vec<f64> = calls?.into_iter().map(|took| took.as_secs_f64() * 1e6).collect();
        calls.sort_unstable_by(f64::total_cmp);
        Ok(Self { operation, calls })
    }

    /// The share of one record, of what goes over so many.
    pub(crate) fn per(mut self, records: usize) -> Self {
        self.calls.iter_mut().for_each(|took| *took /= records as f64);
        self
    }

    pub(crate) fn p50_us(&self) -> f64 {
        self.at(50)
    }

    fn at(&self, percent: usize) -> f64 {
        self.calls[(self.calls.len() - 1) * percent / 100]
    }

    /// As the figures are written down.
    pub(crate) fn line(&self, kind: &str, records: usize) -> Value {
        json!({
            "language": "rust", "growth": kind, "operation": self.operation, "records": records,
            "calls": self.calls.len(), "p50_us": self.at(50), "p99_us": self.at(99), "max_us": self.at(100),
        })
    }
}

/// Does something for each thousand of `records`, so that not each of them is a commit.
pub(crate) fn by_thousands(
    records: usize,
    mut make: impl FnMut(std::ops::Range<usize>) -> Result<()>,
) -> Result<()> {
    (0..records).step_by(1_000).try_for_each(|first| make(first..(first + 1_000).min(records)))
}
