//! Times in documents: RFC 3339 texts in UTC, with milliseconds. What is read may have another offset, and in the
//! documents of users be relative to now.

use std::str::FromStr;
use std::time::SystemTime;

use jiff::civil::Date;
use jiff::{Span, SpanRelativeTo, Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serializer};

use crate::clock::{from_ms, to_ms, to_rfc3339};

/// What times may be.
const ALLOWED: &str = "a time as RFC 3339 has it (\"2026-01-31T12:00:00Z\"), \"now\", or \"now-36h\"";

pub(in crate::mock) fn serialize<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&to_rfc3339(to_ms(*time)))
}

pub(in crate::mock) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).map(from_ms).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not {ALLOWED}")))
}

/// A time that may be left out.
pub(in crate::mock) mod maybe {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::ref_option)] // serde passes references
    pub(in crate::mock) fn serialize<S: Serializer>(
        time: &Option<SystemTime>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub(in crate::mock) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SystemTime>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "super")] SystemTime);
        Ok(Option::<Time>::deserialize(from)?.map(|time| time.0))
    }
}

/// Milliseconds since 1970.
fn parse(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_millisecond())
}

/// The time that a text means that is relative to now: `now`, `now-36h`, `now+1d`. None for any other text.
pub(in crate::mock) fn relative(text: &str, now_ms: i64) -> Option<i64> {
    let rest = text.strip_prefix("now")?.trim();
    if rest.is_empty() {
        return Some(now_ms);
    }
    let sign = match rest.as_bytes()[0] {
        b'-' => -1,
        b'+' => 1,
        _ => return None,
    };
    let span = Span::from_str(rest[1..].trim()).ok()?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let ms = i64::try_from(span.as_millis()).ok()?;
    now_ms.checked_add(sign * ms).filter(|ms| Timestamp::from_millisecond(*ms).is_ok())
}

/// The day of a moment, in UTC.
fn day(now_ms: i64) -> Date {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::MAX);
    jiff::tz::Offset::UTC.to_datetime(now).date()
}

/// Whether a text is a date.
pub(in crate::mock) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// The first day of the month of a moment, of the one before it, and of the one after.
pub(in crate::mock) fn months(now_ms: i64) -> [String; 3] {
    let first = day(now_ms).first_of_month();
    let before = first.checked_sub(1.month()).unwrap_or(first);
    let after = first.checked_add(1.month()).unwrap_or(first);
    [first, before, after].map(|day| day.to_string())
}

/// The day of a moment, and the one so many days before it.
pub(in crate::mock) fn days_until(now_ms: i64, days: i32) -> [String; 2] {
    let today = day(now_ms);
    [today.checked_sub(days.days()).unwrap_or(today), today].map(|day| day.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_are_read() {
        let cases = [
            ("now", Some(0)),
            ("now-36h", Some(-129_600_000)),
            ("now - 2 days", Some(-172_800_000)),
            ("now+1d", Some(86_400_000)),
            ("now-90s", Some(-90_000)),
            ("now-1.5s", Some(-1_500)),
            ("nowadays", None),
            ("now-", None),
            ("now-1 parsec", None),
            ("now-9999999999h", None),
            ("2026-01-01T00:00:00Z", None),
        ];
        for (text, offset) in cases {
            assert_eq!(relative(text, 1_000_000_000), offset.map(|ms| 1_000_000_000 + ms), "{text}");
        }
    }

    #[test]
    fn any_offset_is_read_and_utc_is_written() {
        #[derive(serde::Serialize, Deserialize)]
        struct At(#[serde(with = "super")] SystemTime);
        let read: At = serde_json::from_str(r#""2026-01-31T13:30:00.25+01:30""#).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), r#""2026-01-31T12:00:00.250Z""#);
        for text in [r#""yesterday""#, r#""2026-02-30T00:00:00Z""#, r#""2026-01-31""#, "5"] {
            assert!(serde_json::from_str::<At>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn periods_go_by_the_calendar() {
        let at = |text: &str| parse(text).unwrap();
        assert_eq!(months(at("2026-01-31T23:59:59.999Z")), ["2026-01-01", "2025-12-01", "2026-02-01"]);
        assert_eq!(months(at("2024-12-01T00:00:00Z")), ["2024-12-01", "2024-11-01", "2025-01-01"]);
        assert_eq!(days_until(at("2024-03-01T00:00:00Z"), 30), ["2024-01-31", "2024-03-01"]);
        assert!(is_date("2024-02-29") && !is_date("2023-02-29") && !is_date("2024-02-29T00:00:00"));
    }
}
