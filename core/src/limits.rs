//! Every limit in one place. `docs/guide.md` lists the ones that users meet.

use std::time::Duration;

use crate::error::{Error, Result};

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 1024;
/// Bytes of a namespace's name.
pub(crate) const NAMESPACE_BYTES: usize = 255;
/// Bytes of the name of an environment or a lifecycle.
pub(crate) const ENVIRONMENT_BYTES: usize = 255;
/// Bytes of the name of a state.
pub(crate) const STATE_BYTES: usize = 64;
/// States of a lifecycle.
pub(crate) const STATES: usize = 256;
/// Bytes of a failure as JSON.
pub(crate) const FAILURE_BYTES: usize = 1 << 20;
/// Bytes of a note, a step, a purpose.
pub(crate) const TEXT_BYTES: usize = 4096;
/// Bytes of the name of a mock cloud.
pub(crate) const MOCK_CLOUD_BYTES: usize = 255;
/// Bytes of the name of a scenario.
pub(crate) const SCENARIO_BYTES: usize = 255;
/// Bytes of the name of an SSM parameter.
pub(crate) const PARAMETER_BYTES: usize = 2048;
/// Bytes of the name of a backup of a mock cloud.
pub(crate) const BACKUP_BYTES: usize = 1024;
/// Bytes of a plugin's name.
pub(crate) const PLUGIN_BYTES: usize = 128;
/// How many backups of a plugin's state are kept, unless `max_backups` says otherwise.
pub(crate) const MAX_BACKUPS: u32 = 3;
/// Bytes of the id of a case, of a token or scope in it, and of an effect and its key.
pub(crate) const CASE_ID_BYTES: usize = 255;
/// Bytes of a value, unless `max_value_bytes` says otherwise.
pub(crate) const VALUE_BYTES: usize = 64 << 20;
/// SQLite's own limit for one value, less what a row needs beside it.
pub(crate) const VALUE_BYTES_MOST: usize = 1_000_000_000 - (1 << 20);
/// The longest TTL: 100 years, so that no sum of times overflows.
pub(crate) const TTL_MOST: Duration = Duration::from_secs(100 * 365 * 86_400 + 25 * 86_400);
/// Bytes of what is read that are kept, unless `cache_bytes` says otherwise.
pub(crate) const CACHE_BYTES: usize = 32 << 20;
/// Bytes of the log, above which snapshots that keep it are ended, unless `max_wal_bytes` says otherwise.
pub(crate) const WAL_BYTES: u64 = 48 << 20;
/// Bytes of an actor's label.
pub(crate) const LABEL_BYTES: usize = 128;

/// How much of an offending name an error repeats.
pub(crate) const SHOWN_CHARS: usize = 80;

/// How much of what is read is kept by a store that is opened with this budget.
#[cfg(not(feature = "cache-from-env"))]
pub(crate) fn cache_bytes(asked: usize) -> usize {
    asked
}

/// As above; a test may choose it for all stores that don't choose another budget than the default. Bindings spell
/// their defaults out, so that to ask for the default is not to choose.
#[cfg(feature = "cache-from-env")]
pub(crate) fn cache_bytes(asked: usize) -> usize {
    match std::env::var("STATEHOLD_CACHE_BYTES") {
        Ok(most) if asked == CACHE_BYTES => most.parse().expect("a number of bytes"),
        _ => asked,
    }
}

/// Refuses what can't be a name: empty, longer than `most` bytes, or with a NUL, at which SQLite's
/// own text functions would stop.
pub(crate) fn check_name(what: &'static str, name: &str, most: usize) -> Result<()> {
    let reason = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > most {
        format!("it has {} bytes of UTF-8, the most is {most}", name.len())
    } else if let Some(at) = name.bytes().position(|byte| byte == 0) {
        format!("it has a NUL at byte {at}")
    } else {
        return Ok(());
    };
    Err(Error::InvalidName { what, name: name.chars().take(SHOWN_CHARS).collect(), reason })
}

/// Refuses a text that is longer than `most` bytes or has a NUL.
pub(crate) fn check_text(path: &'static str, text: Option<&str>, most: usize) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    if text.len() > most {
        return Err(Error::value(path, format!("it has {} bytes of UTF-8, the most is {most}", text.len())));
    }
    text.bytes()
        .position(|byte| byte == 0)
        .map_or(Ok(()), |at| Err(Error::value(path, format!("it has a NUL at byte {at}"))))
}

/// A TTL as whole milliseconds, rounded up so that a key never expires early.
pub(crate) fn check_ttl(ttl: Duration) -> Result<i64> {
    if ttl.is_zero() {
        return Err(Error::value(
            "ttl",
            "it must be more than 0 seconds; leave it out for a key that never expires",
        ));
    }
    if ttl > TTL_MOST {
        return Err(Error::value(
            "ttl",
            "it must be at most 100 years; leave it out for a key that never expires",
        ));
    }
    let whole = ttl.as_nanos().div_ceil(1_000_000);
    Ok(i64::try_from(whole).expect("100 years are far below 2^63 milliseconds"))
}

/// A TTL in seconds, as the bindings get it.
///
/// # Errors
/// [`Error::InvalidValue`] for 0, negative, NaN, or more than 100 years.
pub fn ttl_from_seconds(seconds: f64) -> Result<Duration> {
    let refused = |why: &str| Err(Error::value("ttl", format!("it must be more than 0 seconds, {why}")));
    if seconds.is_nan() {
        return refused("and NaN is no time");
    }
    if seconds <= 0.0 {
        return refused(&format!("not {seconds}; leave it out for a key that never expires"));
    }
    let ttl = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).max(Duration::from_nanos(1));
    check_ttl(ttl).map(|ms| Duration::from_millis(ms.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_measured_in_bytes() {
        assert!(check_name("key", &"k".repeat(1024), KEY_BYTES).is_ok());
        assert!(check_name("key", &"é".repeat(513), KEY_BYTES).is_err());
        assert!(check_name("key", "", KEY_BYTES).is_err());
        let nul = check_name("key", "a\0b", KEY_BYTES).unwrap_err();
        assert!(nul.to_string().contains("NUL at byte 1"), "{nul}");
    }

    #[test]
    fn a_ttl_is_rounded_up_to_a_millisecond() {
        assert_eq!(check_ttl(Duration::from_nanos(1)).unwrap(), 1);
        assert_eq!(check_ttl(Duration::from_micros(1500)).unwrap(), 2);
        assert_eq!(check_ttl(Duration::from_secs(60)).unwrap(), 60_000);
    }

    #[test]
    fn impossible_ttls_are_refused() {
        for seconds in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(ttl_from_seconds(seconds).unwrap_err().code(), "INVALID_VALUE", "{seconds}");
        }
        assert_eq!(ttl_from_seconds(1e-12).unwrap(), Duration::from_millis(1));
    }
}
