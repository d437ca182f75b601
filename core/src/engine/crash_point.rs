//! Places in the code at which a test has the process end at once, as kill -9 would. They are compiled in
//! by the feature `crash-points` alone, and then ask `STATEHOLD_CRASH_AT`: `NAME:N` ends the process when
//! it comes to the place for the N-th time.

/// Ends the process here, if a test asks for it.
#[cfg(feature = "crash-points")]
pub(crate) fn reach(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    static CHOSEN: OnceLock<Option<(String, AtomicI64)>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| {
        let text = std::env::var("STATEHOLD_CRASH_AT").ok()?;
        let (name, times) = text.split_once(':')?;
        Some((name.to_owned(), AtomicI64::new(times.parse().ok()?)))
    });
    if let Some((chosen, left)) = chosen
        && chosen == name
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Nothing: the feature is off.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
#[allow(clippy::inline_always)] // so that nothing is left of it
pub(crate) fn reach(_: &str) {}
