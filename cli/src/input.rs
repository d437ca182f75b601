//! What arguments mean: times, and values that may come from elsewhere.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use statehold::environment::At;
use statehold::{Error, Json, Number};

use crate::failure::Failure;
use crate::streams::Streams;

/// The argument that stands for the standard input.
const STDIN: &str = "-";

/// A span of time: `90s`, `1h 30m`, `7d`; a bare number is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return statehold::ttl_from_seconds(seconds).map_err(|error| error.to_string());
    }
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it as 90s, 1h30m or 7d"))
}

/// A revision, or a moment as RFC 3339 has it.
pub(crate) fn at(text: &str) -> Result<At, String> {
    if let Ok(revision) = text.parse() {
        return Ok(At::Revision(revision));
    }
    humantime::parse_rfc3339_weak(text)
        .map(At::Time)
        .map_err(|error| format!("{error}; write a revision, or a time as 2026-01-31T12:00:00Z"))
}

/// A number as JSON has it.
pub(crate) fn number(text: &str) -> Result<Number, String> {
    Json::new(text).ok().as_ref().and_then(Number::from_json).ok_or_else(|| format!("{text:?} is no number"))
}

/// A version and the command that leads to it, `VERSION=COMMAND`.
pub(crate) fn step(text: &str) -> Result<(u32, String), String> {
    let (version, command) = text.split_once('=').ok_or("write it as VERSION=COMMAND")?;
    let version = version.trim().parse().map_err(|error| format!("{version:?} is no version: {error}"))?;
    Ok((version, command.to_owned()))
}

/// A revision and its hash, `REVISION:HASH`.
pub(crate) fn head(text: &str) -> Result<(u64, String), String> {
    let (revision, hash) = text.split_once(':').ok_or("write it as REVISION:HASH")?;
    let revision = revision.parse().map_err(|error| format!("{revision:?} is no revision: {error}"))?;
    Ok((revision, hash.to_owned()))
}

impl Streams {
    /// The text that an argument stands for: itself, or what comes in if it is `-`.
    pub(crate) fn text(&mut self, argument: &str) -> Result<String, Failure> {
        if argument != STDIN {
            return Ok(argument.to_owned());
        }
        let mut text = String::new();
        self.input.read_to_string(&mut text).map_err(|error| cannot_read("the standard input", error))?;
        Ok(text)
    }

    /// The bytes of a file, or what comes in if it is `-`.
    pub(crate) fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, Failure> {
        if path.as_os_str() != STDIN {
            return fs::read(path).map_err(|error| cannot_read(&path.display().to_string(), error));
        }
        let mut bytes = Vec::new();
        self.input.read_to_end(&mut bytes).map_err(|error| cannot_read("the standard input", error))?;
        Ok(bytes)
    }

    /// The JSON that an argument stands for, without the white space between its parts.
    pub(crate) fn json(&mut self, argument: &str, hint: &str) -> Result<Json, Failure> {
        let text = self.text(argument)?;
        let checked = Json::new(text).map_err(|error| match error {
            Error::InvalidValue { path, reason } => {
                let place = if path == "$" { String::new() } else { format!("at {path}: ") };
                Failure::Usage(format!("{place}{reason}{hint}"))
            }
            other => other.into(),
        })?;
        Ok(Json::from_serialize(&checked)?)
    }
}

fn cannot_read(what: &str, error: std::io::Error) -> Failure {
    Failure::Input { what: what.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "-5", "soon", "1 fortnight", "NaN"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        assert_eq!(number("-3"), Ok(Number::Int(-3)));
        assert_eq!(number("1.5"), Ok(Number::Float(1.5)));
        assert!(number("0x10").is_err() && number("\"1\"").is_err() && number("1e999").is_err());
    }

    #[test]
    fn moments_are_revisions_or_times() {
        assert_eq!(at("7"), Ok(At::Revision(7)));
        let noon = std::time::UNIX_EPOCH + Duration::from_secs(12 * 3600);
        assert_eq!(at("1970-01-01T12:00:00Z"), Ok(At::Time(noon)));
        assert_eq!(at("1970-01-01 12:00:00"), Ok(At::Time(noon)));
        assert!(at("yesterday").is_err());
    }

    #[test]
    fn pairs_are_taken_apart_at_the_first_sign() {
        assert_eq!(step("2=jq .a==1"), Ok((2, "jq .a==1".to_owned())));
        assert!(step("jq").is_err() && step("x=jq").is_err());
        assert_eq!(head("7:ab"), Ok((7, "ab".to_owned())));
        assert!(head("ab").is_err() && head(":ab").is_err());
    }
}
