//! How long the steps of a chore took, told at its end, so that it is seen when one has become slow.

use std::time::{Duration, Instant};

/// The steps so far, in the order in which they ended.
pub(crate) struct Timing {
    start: Instant,
    steps: Vec<(String, Duration)>,
}

impl Timing {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), steps: Vec::new() }
    }

    /// Takes a step, and notes how long it took, whether it succeeded or not.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.note(name, start.elapsed());
        result
    }

    /// Notes a step that was taken beside others.
    pub(crate) fn note(&mut self, name: &str, took: Duration) {
        self.steps.push((name.to_owned(), took));
    }

    /// Prints a line for each step, and the time of all.
    pub(crate) fn print(&self) {
        println!();
        for (name, took) in &self.steps {
            println!("{:>7.1} s  {name}", took.as_secs_f64());
        }
        println!("{:>7.1} s  in all", self.start.elapsed().as_secs_f64());
    }
}
