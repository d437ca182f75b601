//! The figures as tables: medians over the rounds, and how many times as fast statehold is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::record::Record;

const OURS: &str = "statehold";

/// One row of the tables: a workload, of so many keys, by so many workers.
type Row = (String, usize, usize);

/// A figure of a row by peer and round.
struct Found<'a> {
    rows: BTreeMap<Row, BTreeMap<&'a str, BTreeMap<usize, &'a Record>>>,
    peers: Vec<&'a str>,
}

/// All tables, in Markdown.
pub(crate) fn all(records: &[Record]) -> String {
    let found = Found::new(records);
    let rates = found.table("operations a second", Found::rate);
    let times = found.table("microseconds, p50 / p99", |found, row, peer| {
        let p50 = found.median(row, peer, |record| record.p50_us)?;
        let p99 = found.median(row, peer, |record| record.p99_us)?;
        Some(format!("{p50:.1} / {p99:.1}"))
    });
    let sizes = found.table("MB of memory / of files", |found, row, peer| {
        let megabytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / 1e6);
        let memory = found.median(row, peer, |record| megabytes(record.rss_bytes))?;
        let files = found.median(row, peer, |record| megabytes(record.file_bytes))?;
        Some(format!("{memory:.1} / {files:.1}"))
    });
    format!("{rates}\n{times}\n{sizes}")
}

impl<'a> Found<'a> {
    fn new(records: &'a [Record]) -> Self {
        let mut rows: BTreeMap<Row, BTreeMap<_, BTreeMap<_, _>>> = BTreeMap::new();
        for record in records {
            let row = (record.workload.clone(), record.keys, record.workers);
            rows.entry(row).or_default().entry(&*record.peer).or_default().insert(record.round, record);
        }
        let names: BTreeSet<&str> = records.iter().map(|record| &*record.peer).collect();
        // Ours first, then the others by name.
        let (ours, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| *name == OURS);
        Self { rows, peers: [ours, others].concat() }
    }

    fn table(&self, title: &str, cell: impl Fn(&Self, &Row, &str) -> Option<String>) -> String {
        let mut table =
            format!("| {title} | {} |\n|---|{}\n", self.peers.join(" | "), "---|".repeat(self.peers.len()));
        for row in self.rows.keys() {
            let (workload, keys, workers) = row;
            let cells = self.peers.iter().map(|peer| cell(self, row, peer).unwrap_or_default());
            let cells: Vec<String> = cells.collect();
            let _ = writeln!(table, "| {workload}, {} | {} |", counts(*keys, *workers), cells.join(" | "));
        }
        table
    }

    /// The ratio is the median of those of the rounds, not that of the medians.
    fn rate(&self, row: &Row, peer: &str) -> Option<String> {
        let rate = self.median(row, peer, |record| Some(record.per_second))?;
        let shown = if rate < 1_000.0 { format!("{rate:.0}") } else { thousands(rate) };
        let ours = self.rows[row].get(OURS).filter(|_| peer != OURS);
        let ratio = ours.and_then(|ours| {
            let theirs = &self.rows[row][peer];
            let rounds = ours.iter().filter_map(|(round, ours)| Some((ours, theirs.get(round)?)));
            median(rounds.map(|(ours, theirs)| ours.per_second / theirs.per_second).collect())
        });
        Some(ratio.map_or(shown.clone(), |ratio| format!("{shown} ({ratio:.2}x)")))
    }

    fn median(&self, row: &Row, peer: &str, figure: impl Fn(&Record) -> Option<f64>) -> Option<f64> {
        median(self.rows[row].get(peer)?.values().filter_map(|record| figure(record)).collect())
    }
}

fn counts(keys: usize, workers: usize) -> String {
    let workers = if workers == 1 { String::new() } else { format!(", {workers} at once") };
    format!("{} keys{workers}", thousands(keys as f64))
}

/// With a comma before every third digit.
fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let first = digits.len() % 3;
    let mut shown = digits[..first].to_owned();
    for place in (first..digits.len()).step_by(3) {
        if !shown.is_empty() {
            shown.push(',');
        }
        shown.push_str(&digits[place..place + 3]);
    }
    shown
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_unstable_by(f64::total_cmp);
    let middle = figures.len().checked_sub(1)? / 2;
    Some(f64::midpoint(figures[middle], figures[figures.len() / 2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_as_people_read_them() {
        assert_eq!(thousands(1_234_567.0), "1,234,567");
        assert_eq!(thousands(123.4), "123");
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
