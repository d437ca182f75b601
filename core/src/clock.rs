//! Time. Everything in the crate that asks what time it is asks here, so that tests can steer it.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

/// Where a store takes its time from.
pub trait Clock: Send + Sync + 'static {
    /// The time of day. It may jump, also backwards; a store copes.
    fn now(&self) -> SystemTime;

    /// The time since some fixed point, which never goes back. A store goes on by it while the time of
    /// day is behind what it has already seen.
    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }

    /// Waits until so much time has passed: what an injected latency does.
    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }
}

impl Clock for Box<dyn Clock> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }

    fn monotonic(&self) -> Duration {
        (**self).monotonic()
    }

    fn sleep(&self, span: Duration) {
        (**self).sleep(span);
    }
}

/// The clock of the machine; the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // this is the seam that the others go through
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that moves only when it is told to, for tests of one's own TTL logic without sleeping.
/// Clones share the time.
///
/// ```
/// use std::time::Duration;
/// use statehold::{ManualClock, SetOptions, Store};
///
/// let clock = ManualClock::new();
/// let store = Store::options().clock(clock.clone()).open(":memory:")?;
/// let sessions = store.namespace("sessions");
/// sessions.set_with("ada", "token", &SetOptions::new().ttl(Duration::from_secs(60)))?;
/// clock.advance(Duration::from_secs(59));
/// assert!(sessions.exists("ada")?);
/// clock.advance(Duration::from_secs(1));
/// assert!(!sessions.exists("ada")?);
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    now_ms: AtomicI64,
    advanced_ms: AtomicI64,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// Starts at the machine's present time.
    pub fn new() -> Self {
        Self::at(SystemClock.now())
    }

    /// Starts at `start`.
    pub fn at(start: SystemTime) -> Self {
        Self(Arc::new(Hands { now_ms: AtomicI64::new(to_ms(start)), advanced_ms: AtomicI64::new(0) }))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = duration_ms(by);
        self.0.now_ms.fetch_add(by, Ordering::SeqCst);
        self.0.advanced_ms.fetch_add(by, Ordering::SeqCst);
    }

    /// Sets the clock, also backwards, as an administrator or a time server would.
    pub fn set(&self, now: SystemTime) {
        self.0.now_ms.store(to_ms(now), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        from_ms(self.0.now_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.advanced_ms.load(Ordering::SeqCst).unsigned_abs())
    }

    /// Moves the clock forward instead of waiting.
    fn sleep(&self, span: Duration) {
        self.advance(span);
    }
}

/// Milliseconds since 1970; negative before.
pub(crate) fn to_ms(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => duration_ms(after),
        Err(before) => -duration_ms(before.duration()),
    }
}

/// The other way round.
pub(crate) fn from_ms(ms: i64) -> SystemTime {
    let span = Duration::from_millis(ms.unsigned_abs());
    if ms >= 0 { UNIX_EPOCH + span } else { UNIX_EPOCH - span }
}

/// As RFC 3339 has it, in UTC with milliseconds: `2026-01-31T12:00:00.000Z`. The date is worked out as in
/// Howard Hinnant's "chrono-compatible low-level date algorithms", `civil_from_days`.
pub(crate) fn to_rfc3339(ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let (days, in_day) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    // Years begin in March here, so that the leap day comes last; eras are of 400 years.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (seconds, millis) = (in_day / 1000, in_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

pub(crate) fn duration_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// The effective time of a store: never earlier than any time that the store has seen, so that a
/// clock that steps back never revives an expired key. While the clock is behind, time goes on at
/// the pace of the monotonic clock, so that a TTL does not last longer for it.
pub(crate) struct Timeline {
    clock: Box<dyn Clock>,
    /// The latest effective time that anyone has seen.
    mark: AtomicI64,
    /// While behind: the mark from which time goes on, and the monotonic time then.
    behind: Mutex<Option<(i64, Duration)>>,
    /// Whether there is something in `behind`, for those who needn't lock it.
    paced: AtomicBool,
    steady: Mutex<Option<Steady>>,
}

impl Timeline {
    pub(crate) fn new(clock: Box<dyn Clock>) -> Self {
        Self {
            clock,
            mark: AtomicI64::new(i64::MIN),
            behind: Mutex::new(None),
            paced: AtomicBool::new(false),
            steady: Mutex::new(None),
        }
    }

    /// The effective now, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let wall = to_ms(self.clock.now());
        let mark = self.mark.load(Ordering::Acquire);
        if wall > mark {
            self.mark.fetch_max(wall, Ordering::AcqRel);
        }
        if wall < mark {
            return self.now_while_behind(mark);
        }
        if self.paced.load(Ordering::Acquire) {
            // The clock has caught up. From where it was behind then, another step back must not go on.
            *self.behind.lock() = None;
            self.paced.store(false, Ordering::Release);
        }
        wall
    }

    fn now_while_behind(&self, mark: i64) -> i64 {
        let monotonic = self.clock.monotonic();
        let mut behind = self.behind.lock();
        self.paced.store(true, Ordering::Release);
        let (base, since) = behind.unwrap_or((mark, monotonic));
        let paced = base.saturating_add(duration_ms(monotonic.saturating_sub(since)));
        // A mark beyond the paced time was set by another way since: go on from there.
        *behind = Some(if mark > paced { (mark, monotonic) } else { (base, since) });
        let now = paced.max(mark);
        self.mark.fetch_max(now, Ordering::AcqRel);
        now
    }

    /// The time since some fixed point.
    pub(crate) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Waits until so much time has passed.
    pub(crate) fn sleep(&self, span: Duration) {
        self.clock.sleep(span);
    }

    /// Takes note of a time that the store has seen: in its journal or through another process.
    pub(crate) fn observe(&self, ms: i64) {
        self.mark.fetch_max(ms, Ordering::AcqRel);
    }

    /// Takes note of the last time in the journal of a store that is being opened; the lowest for a new one.
    pub(crate) fn start(&self, last_ms: i64) {
        self.observe(last_ms);
        let wall = if last_ms == i64::MIN { to_ms(self.clock.now()) } else { last_ms };
        let monotonic = self.clock.monotonic();
        *self.steady.lock() = Some(Steady { wall, monotonic, calm_at: Duration::ZERO });
    }

    /// Whether the time of day has lately run far ahead of the monotonic clock.
    pub(crate) fn stepped_wildly(&self) -> bool {
        let (wall, monotonic) = (to_ms(self.clock.now()), self.clock.monotonic());
        let mut steady = self.steady.lock();
        let before = steady.unwrap_or(Steady { wall, monotonic, calm_at: Duration::ZERO });
        let expected = before.wall.saturating_add(duration_ms(monotonic.saturating_sub(before.monotonic)));
        let wild = wall.saturating_sub(expected) > duration_ms(WILD_STEP);
        let calm_at = if wild { monotonic + GRACE } else { before.calm_at };
        *steady = Some(Steady { wall, monotonic, calm_at });
        monotonic < calm_at
    }
}

/// A step of the clock that makes purging wait, and for how long.
const WILD_STEP: Duration = Duration::from_secs(7 * 86_400);
const GRACE: Duration = Duration::from_secs(600);

/// The two clocks, as they were when they were last compared.
#[derive(Debug, Clone, Copy)]
struct Steady {
    wall: i64,
    monotonic: Duration,
    /// The monotonic time from which on a wild step counts as meant.
    calm_at: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(start_ms: i64) -> (ManualClock, Timeline) {
        let clock = ManualClock::at(from_ms(start_ms));
        (clock.clone(), Timeline::new(Box::new(clock)))
    }

    #[test]
    fn times_are_written_as_rfc_3339_has_it() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_210_096_789, "2024-02-29T12:34:56.789Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        ];
        for (ms, text) in cases {
            assert_eq!(to_rfc3339(ms), text);
        }
    }

    #[test]
    fn time_never_goes_back_but_goes_on() {
        let (clock, timeline) = timeline(10_000);
        assert_eq!(timeline.now(), 10_000);
        clock.set(from_ms(4_000));
        assert_eq!(timeline.now(), 10_000);
        clock.advance(Duration::from_millis(500));
        assert_eq!(timeline.now(), 10_500, "a TTL runs on while the clock is behind");
        clock.set(from_ms(20_000));
        assert_eq!(timeline.now(), 20_000);
        clock.set(from_ms(1_000));
        clock.advance(Duration::from_millis(7));
        let after = timeline.now();
        assert!(after >= 20_000, "the second step back starts from the new mark, got {after}");
    }

    #[test]
    fn a_corrected_clock_does_not_run_ahead() {
        let (clock, timeline) = timeline(100_000);
        timeline.now();
        clock.set(from_ms(0));
        timeline.now();
        clock.advance(Duration::from_secs(1));
        assert_eq!(timeline.now(), 101_000);
        clock.set(from_ms(101_000));
        clock.advance(Duration::from_millis(50));
        assert_eq!(timeline.now(), 101_050);
    }

    #[test]
    fn a_second_step_back_does_not_go_on_from_the_first() {
        let (clock, timeline) = timeline(100_000);
        timeline.now();
        clock.set(from_ms(40_000));
        timeline.now();
        clock.advance(Duration::from_secs(90));
        assert_eq!(timeline.now(), 130_000, "the clock has caught up");
        clock.set(from_ms(129_000));
        assert_eq!(timeline.now(), 130_000, "a step back by a second moves nothing forward");
    }

    #[test]
    fn an_observed_time_counts() {
        let (_, timeline) = timeline(5);
        timeline.observe(9_000);
        assert_eq!(timeline.now(), 9_000);
    }

    #[test]
    fn a_wild_step_forward_makes_purging_wait_for_a_while() {
        let (clock, timeline) = timeline(1_000);
        timeline.start(1_000);
        clock.advance(Duration::from_secs(30 * 86_400));
        assert!(!timeline.stepped_wildly(), "both clocks moved: that much time has passed");
        clock.set(from_ms(to_ms(clock.now()) + 30 * 86_400_000));
        assert!(timeline.stepped_wildly());
        assert!(timeline.stepped_wildly(), "it is still waiting");
        clock.advance(GRACE);
        assert!(!timeline.stepped_wildly());
    }

    #[test]
    fn times_before_1970_survive() {
        for ms in [-86_400_000, -1, 0, 1, 4_102_444_800_000] {
            assert_eq!(to_ms(from_ms(ms)), ms);
        }
    }
}
