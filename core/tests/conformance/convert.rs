//! What Rust gives, as the data of the cases.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use statehold::{Entry, JournalRow, Number, Receipt, Value};

use crate::format::{Data, START_MS};

pub(crate) fn done((): ()) -> Data {
    Data::Absent
}

pub(crate) fn int(value: u64) -> Data {
    Data::Int(value.into())
}

pub(crate) fn texts(all: Vec<String>) -> Data {
    Data::List(all.into_iter().map(Data::Text).collect())
}

pub(crate) fn pairs(all: Vec<(String, Value)>) -> impl Iterator<Item = (Data, Data)> {
    all.into_iter().map(|(key, value)| (Data::Text(key), Data::of(&value)))
}

pub(crate) fn optional<T>(value: Option<T>, data: impl FnOnce(T) -> Data) -> Data {
    value.map_or(Data::Null, data)
}

pub(crate) fn duration(span: Duration) -> Data {
    Data::Float(span.as_secs_f64())
}

pub(crate) fn fields<const N: usize>(named: [(&str, Data); N]) -> Data {
    Data::Map(named.into_iter().map(|(name, data)| (Data::Text(name.to_owned()), data)).collect())
}

pub(crate) fn time(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap())
}

/// A moment as the cases have it: in seconds since the start of the clock.
pub(crate) fn moment(time: SystemTime) -> Data {
    let ms = time.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64 - START_MS;
    Data::Float(ms as f64 / 1e3)
}

pub(crate) fn entry(found: &Entry) -> Data {
    fields([
        ("value", Data::of(&found.value)),
        ("revision", int(found.revision)),
        ("created_at", moment(found.created_at)),
        ("updated_at", moment(found.updated_at)),
        ("expires_at", optional(found.expires_at, moment)),
    ])
}

pub(crate) fn receipt(of: &Receipt) -> Data {
    fields([("revision", int(of.revision)), ("time", moment(of.time)), ("hash", Data::Text(of.hash.clone()))])
}

pub(crate) fn journal_row(row: &JournalRow) -> Data {
    let changes = row.changes.iter().map(|change| {
        texts(vec![change.facet.clone(), change.name.clone(), change.key.clone(), change.operation.clone()])
    });
    fields([
        ("revision", int(row.revision)),
        ("time", moment(row.time)),
        ("hash", Data::Text(row.hash.clone())),
        ("changes", Data::List(changes.collect())),
    ])
}

pub(crate) fn number(data: &Data) -> Number {
    match data {
        Data::Int(int) => Number::Int(*int),
        Data::Float(float) => Number::Float(*float),
        other => panic!("{other:?} is no number"),
    }
}

pub(crate) fn brief(data: &Data) -> String {
    format!("{data:?}").chars().take(500).collect()
}
