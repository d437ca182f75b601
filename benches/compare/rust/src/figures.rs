//! How fast something is.

use std::time::{Duration, Instant};

use anyhow::Result;

/// What was measured of one thing that is done over and over.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50_us: Option<f64>,
    pub(crate) p99_us: Option<f64>,
    pub(crate) max_us: Option<f64>,
}

impl Figures {
    /// Of so many operations within that time.
    pub(crate) fn rate(operations: usize, took: Duration) -> Self {
        Self { per_second: operations as f64 / took.as_secs_f64(), ..Self::default() }
    }

    /// With how long single ones took.
    pub(crate) fn with(self, mut calls: Vec<Duration>) -> Self {
        calls.sort_unstable();
        let at = |percent: usize| {
            let last = calls.len().checked_sub(1)?;
            calls.get(last * percent / 100).map(|took| took.as_secs_f64() * 1e6)
        };
        Self { p50_us: at(50), p99_us: at(99), max_us: at(100), ..self }
    }
}

/// Does something for each item, first without a look at the clock, then with two for each of the `timed` ones.
pub(crate) fn measure<I>(
    items: &[I],
    timed: &[I],
    mut call: impl FnMut(&I) -> Result<()>,
) -> Result<Figures> {
    let start = Instant::now();
    items.iter().try_for_each(&mut call)?;
    let figures = Figures::rate(items.len(), start.elapsed());
    Ok(figures.with(each(timed, call)?))
}

/// How long each of some calls takes.
pub(crate) fn each<I>(items: &[I], mut call: impl FnMut(&I) -> Result<()>) -> Result<Vec<Duration>> {
    items
        .iter()
        .map(|item| {
            let start = Instant::now();
            call(item)?;
            Ok(start.elapsed())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_calls() {
        let calls = (0..=100).rev().map(Duration::from_micros).collect();
        let figures = Figures::rate(10, Duration::from_secs(2)).with(calls);
        let found = (figures.per_second, figures.p50_us, figures.p99_us, figures.max_us);
        assert_eq!(found, (5.0, Some(50.0), Some(99.0), Some(100.0)));
        assert_eq!(Figures::default().with(Vec::new()).p50_us, None);
    }
}
