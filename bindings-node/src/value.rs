//! Values, numbers and times between JavaScript and the core. JSON crosses as text, bytes as a Buffer.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;
use statehold::{Error, Json, Number, Result, Value, ttl_from_seconds};

/// JSON text, or bytes.
#[napi]
#[allow(unreachable_pub, reason = "its name stands in the generated types")]
pub type Content = Either<String, Buffer>;

/// A value as JavaScript hands it over. Bytes are copied: JavaScript may change its buffer meanwhile.
pub(crate) enum Given {
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Content> for Given {
    fn from(content: Content) -> Self {
        match content {
            Either::A(text) => Self::Text(text),
            Either::B(buffer) => Self::Bytes(buffer.to_vec()),
        }
    }
}

impl Given {
    /// Checks it.
    pub(crate) fn value(self) -> Result<Value> {
        match self {
            Self::Text(text) => Ok(Value::Json(Json::new(text)?)),
            Self::Bytes(bytes) => Ok(Value::Bytes(bytes)),
        }
    }
}

pub(crate) fn content(value: Value) -> Content {
    match value {
        Value::Json(json) => Either::A(json.into_string()),
        Value::Bytes(bytes) => Either::B(bytes.into()),
    }
}

/// Many pairs of key and value in one crossing.
#[napi(object)]
pub struct Pairs {
    /// A JSON array of key, value, key, value, …; null stands for bytes.
    pub text: String,
    /// The places of the bytes in the array.
    pub places: Vec<u32>,
    /// The bytes.
    pub bytes: Vec<Buffer>,
}

pub(crate) fn pairs(found: Vec<(String, Value)>) -> Pairs {
    let size = found.iter().map(|(key, value)| key.len() + value.byte_len() + 4).sum::<usize>() + 2;
    let mut pairs = Pairs { text: String::with_capacity(size), places: Vec::new(), bytes: Vec::new() };
    let mut place = 0;
    for (key, value) in found {
        pairs.text.push(if place == 0 { '[' } else { ',' });
        quote(&mut pairs.text, &key);
        pairs.text.push(',');
        match value {
            Value::Json(json) => pairs.text.push_str(json.as_str()),
            Value::Bytes(bytes) => {
                pairs.text.push_str("null");
                pairs.places.push(place + 1);
                pairs.bytes.push(bytes.into());
            }
        }
        place += 2;
    }
    pairs.text.push_str(if place == 0 { "[]" } else { "]" });
    pairs
}

/// Texts in one JSON array, and so in one crossing.
#[derive(Default)]
pub(crate) struct Texts(String);

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text.as_ref()));
        all
    }
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        quote(&mut self.0, text);
    }

    pub(crate) fn array(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "[]" } else { "]" });
        self.0
    }
}

/// Adds a text as JSON.
fn quote(to: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        let quoted = serde_json::to_string(text).expect("a text is JSON");
        return to.push_str(&quoted);
    }
    to.push('"');
    to.push_str(text);
    to.push('"');
}

/// Many pairs on their way in, in one crossing as well.
#[napi(object)]
pub struct Entries {
    /// A JSON array of the keys.
    pub keys: String,
    /// The JSON texts of the values, each in a line; an empty line stands for bytes.
    pub values: String,
    /// The bytes, in order.
    pub bytes: Vec<Buffer>,
}

/// Entries whose bytes are copied, and which are yet to be taken apart.
pub(crate) struct GivenEntries {
    keys: String,
    values: String,
    bytes: Vec<Vec<u8>>,
}

impl From<Entries> for GivenEntries {
    fn from(entries: Entries) -> Self {
        let bytes = entries.bytes.iter().map(|buffer| buffer.to_vec()).collect();
        Self { keys: entries.keys, values: entries.values, bytes }
    }
}

impl GivenEntries {
    pub(crate) fn pairs(self) -> Result<Vec<(String, Value)>> {
        let mut bytes = self.bytes.into_iter();
        let value = |line: &str| match line {
            "" => Ok(Value::Bytes(bytes.next().unwrap_or_default())),
            text => Json::new(text).map(Value::Json),
        };
        let values: Vec<Value> = self.values.split('\n').map(value).collect::<Result<_>>()?;
        Ok(keys(&self.keys)?.into_iter().zip(values).collect())
    }
}

/// The keys in a JSON array.
pub(crate) fn keys(text: &str) -> Result<Vec<String>> {
    Json::new(text)?.parse()
}

/// The number in a JSON text.
pub(crate) fn number(path: &str, text: String) -> Result<Number> {
    Number::from_json(&Json::new(text)?).ok_or_else(|| Error::InvalidValue {
        path: path.to_owned(),
        reason: "it must be a number".to_owned(),
    })
}

/// A number as JSON text.
pub(crate) fn number_text(number: Number) -> String {
    number.to_string()
}

/// Something that breaks a rule.
#[napi(object)]
pub struct Violation {
    /// Where.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

pub(crate) fn violations(found: Vec<statehold::Violation>) -> Vec<Violation> {
    found
        .into_iter()
        .map(|violation| Violation { path: violation.path, message: violation.message })
        .collect()
}

/// A count or a revision. They stay below 2^53 for 28,000 years of 10,000 commits a second.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}

/// A number that must be whole: a limit or a revision.
pub(crate) fn whole(name: &str, number: f64) -> Result<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just before
    if number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_991.0 {
        return Ok(number as u64);
    }
    Err(Error::InvalidValue {
        path: name.to_owned(),
        reason: format!("it must be a whole number of 0 or more, not {number}"),
    })
}

/// A TTL in milliseconds. A whole number of them is taken as it is: in seconds it would be rounded.
pub(crate) fn ttl(ms: Option<f64>) -> Result<Option<Duration>> {
    let Some(ms) = ms else { return Ok(None) };
    let rounded = ttl_from_seconds(ms / 1000.0)?;
    Ok(Some(whole("ttlMs", ms).map_or(rounded, Duration::from_millis)))
}

/// A span of time in milliseconds. A whole number of them is taken as it is: in seconds it would be rounded.
pub(crate) fn span(name: &str, ms: f64) -> Result<Duration> {
    if let Ok(ms) = whole(name, ms) {
        return Ok(Duration::from_millis(ms));
    }
    Duration::try_from_secs_f64(ms / 1000.0).map_err(|_| Error::InvalidValue {
        path: name.to_owned(),
        reason: format!("it must be 0 or more milliseconds, not {ms}"),
    })
}

/// How long to wait, in milliseconds; infinity is for ever.
pub(crate) fn wait(name: &str, ms: f64) -> Result<Duration> {
    if ms >= 0.0 {
        // What is too long for a Duration is for ever too.
        return Ok(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(Duration::MAX));
    }
    let reason = format!("it must be 0 or more milliseconds, or Infinity, not {ms}");
    Err(Error::InvalidValue { path: name.to_owned(), reason })
}

pub(crate) fn span_ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// A moment in milliseconds since 1970.
pub(crate) fn time_ms(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => span_ms(after).round(),
        Err(before) => -span_ms(before.duration()).round(),
    }
}

/// The other way round.
pub(crate) fn time_of(name: &str, ms: f64) -> Result<SystemTime> {
    let refused = || Error::InvalidValue {
        path: name.to_owned(),
        reason: format!("it must be milliseconds since 1970, not {ms}"),
    };
    let span = Duration::try_from_secs_f64(ms.abs().round() / 1000.0).map_err(|_| refused())?;
    let time = if ms < 0.0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
    time.ok_or_else(refused)
}
