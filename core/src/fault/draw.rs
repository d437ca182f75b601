//! Drawing lots that anyone can draw again: `docs/file-format.md` describes it.

use std::time::Duration;

/// What a lot is for, so that the failure and the latency of one call are drawn independently.
#[derive(Clone, Copy)]
enum Purpose {
    Failure = 0,
    Jitter = 1,
}

/// Whether the `number`-th call (from 1) of a rule with this seed fails.
pub(crate) fn fails(probability: f64, seed: u64, number: u64) -> bool {
    unit(seed, number, Purpose::Failure) < probability
}

/// How long the `number`-th call is delayed: evenly distributed from `jitter` below `latency` to `jitter` above it, and
/// never less than nothing.
pub(crate) fn delay(latency: Duration, jitter: Duration, seed: u64, number: u64) -> Duration {
    let offset = (2.0 * unit(seed, number, Purpose::Jitter) - 1.0) * jitter.as_secs_f64();
    let span = Duration::from_secs_f64(offset.abs());
    if offset < 0.0 { latency.saturating_sub(span) } else { latency.saturating_add(span) }
}

/// From 0 up to and without 1: the upper 53 bits of the first 8 bytes of BLAKE3 over what names the lot.
#[allow(clippy::cast_precision_loss)] // 53 bits are exact
fn unit(seed: u64, number: u64, purpose: Purpose) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes()).update(&number.to_le_bytes()).update(&[purpose as u8]);
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_as_many_fail_as_the_probability_says() {
        for (probability, around) in [(0.0, 0), (0.3, 3_000), (1.0, 10_000)] {
            let failed = (1..=10_000).filter(|&number| fails(probability, 7, number)).count();
            assert!(failed.abs_diff(around) < 150, "{failed} of 10,000 at {probability}");
        }
    }

    #[test]
    fn a_delay_stays_around_its_latency_and_is_never_negative() {
        let (latency, jitter) = (Duration::from_millis(10), Duration::from_millis(20));
        let delays: Vec<_> = (1..=1_000).map(|number| delay(latency, jitter, 1, number)).collect();
        assert!(delays.iter().all(|delay| *delay <= latency + jitter));
        let none = delays.iter().filter(|delay| delay.is_zero()).count();
        assert!(none.abs_diff(250) < 60, "a quarter would be below nothing, got {none}");
        assert_eq!(delay(latency, Duration::ZERO, 1, 1), latency);
    }
}
