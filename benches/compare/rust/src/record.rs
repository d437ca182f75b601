//! The lines that are written down; the format is in the head of `report.py`, which reads those of all languages.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::figures::Figures;
use crate::workload::Measured;

/// One measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    language: String,
    pub(crate) workload: String,
    pub(crate) peer: String,
    pub(crate) keys: usize,
    pub(crate) workers: usize,
    pub(crate) round: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_us: Option<f64>,
    pub(crate) p99_us: Option<f64>,
    pub(crate) max_us: Option<f64>,
    pub(crate) rss_bytes: Option<u64>,
    pub(crate) file_bytes: Option<u64>,
}

impl Record {
    pub(crate) fn new(
        measured: Measured,
        peer: String,
        round: usize,
        rss_bytes: Option<u64>,
        file_bytes: u64,
    ) -> Self {
        let Measured { workload, keys, workers, figures, file_bytes: before } = measured;
        let Figures { per_second, p50_us, p99_us, max_us } = figures;
        Self {
            language: "rust".to_owned(),
            workload,
            peer,
            keys,
            workers,
            round,
            per_second: rounded(per_second),
            p50_us: p50_us.map(rounded),
            p99_us: p99_us.map(rounded),
            max_us: max_us.map(rounded),
            rss_bytes,
            file_bytes: Some(before.unwrap_or(file_bytes)),
        }
    }
}

/// To thousandths, which is more than can be told.
fn rounded(figure: f64) -> f64 {
    (figure * 1e3).round() / 1e3
}

/// Where it was measured, and of which versions.
pub(crate) fn machine() -> serde_json::Value {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut versions = serde_json::Map::new();
    for name in ["statehold", "rusqlite", "redb", "fjall", "heed"] {
        versions.insert(name.to_owned(), version(name).into());
    }
    versions.insert("SQLite".to_owned(), rusqlite::version().into());
    let kernel = format!("{} {}", std::env::consts::OS, kernel.trim());
    json!({"language": "rust", "machine": {"cores": cores, "kernel": kernel, "versions": versions}})
}

/// As the workspace's lock file has it.
fn version(package: &str) -> Option<&'static str> {
    let lock = include_str!("../../../../Cargo.lock");
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split_once('"').map(|(version, _)| version)
}
