//! Lines of JSON: written member by member, with what is JSON already taken in verbatim, and read likewise.

use std::borrow::Cow;
use std::fmt::Write;

use data_encoding::BASE64;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::json::push_quoted;

/// The ending of a member whose JSON is given as a text, since it has line breaks or white space around it, which as a
/// part of a line would be lost.
const AS_TEXT: &str = "_text";

/// Lines that are being written.
#[derive(Debug, Default)]
pub(crate) struct Line {
    text: String,
}

impl Line {
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Begins a record of a facet.
    pub(crate) fn begin(&mut self, facet: &str, record: &str) {
        self.open();
        self.text("facet", facet);
        self.text("record", record);
    }

    /// Begins a line.
    pub(crate) fn open(&mut self) {
        self.text.push('{');
    }

    pub(crate) fn end(&mut self) {
        self.text.push_str("}\n");
    }

    fn member(&mut self, name: &str, ending: &str) {
        if !self.text.ends_with('{') {
            self.text.push(',');
        }
        // Names of members are words of this crate, which need no escapes.
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str(ending);
        self.text.push_str("\":");
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.member(name, "");
        push_quoted(&mut self.text, text);
    }

    pub(crate) fn int(&mut self, name: &str, number: i64) {
        self.member(name, "");
        write!(self.text, "{number}").expect("writing to a string does not fail");
    }

    /// JSON that is written here, of one line.
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.member(name, "");
        self.text.push_str(json);
    }

    /// JSON of the store, verbatim.
    pub(crate) fn json(&mut self, name: &str, json: &str) {
        let white = |byte: Option<&u8>| byte.is_some_and(|byte| b" \t\r\n".contains(byte));
        let bytes = json.as_bytes();
        let is_lost =
            white(bytes.first()) || white(bytes.last()) || bytes.contains(&b'\n') || bytes.contains(&b'\r');
        if is_lost {
            self.member(name, AS_TEXT);
            push_quoted(&mut self.text, json);
        } else {
            self.raw(name, json);
        }
    }

    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.member(name, "");
        self.text.push('"');
        BASE64.encode_append(bytes, &mut self.text);
        self.text.push('"');
    }

    /// A member that may be missing: it is left out then.
    pub(crate) fn maybe<T>(&mut self, name: &str, value: Option<T>, write: fn(&mut Self, &str, T)) {
        if let Some(value) = value {
            write(self, name, value);
        }
    }
}

/// The members of a line that are still to be read.
pub(crate) struct Fields<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Fields<'a> {
    /// Reads a line, which must be an object.
    pub(crate) fn parse(line: &'a str) -> Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(line);
        let members = reader.deserialize_map(Members).and_then(|members| reader.end().map(|()| members));
        let members =
            members.map_err(|error| Error::value("line", format!("it is no object of JSON: {error}")))?;
        Ok(Self { members })
    }

    fn take(&mut self, name: &str, ending: &str) -> Option<&'a str> {
        let is_it = |found: &str| found.strip_suffix(ending) == Some(name);
        let at = self.members.iter().position(|(found, _)| is_it(found))?;
        let raw = self.members.swap_remove(at).1.get();
        (raw != "null").then_some(raw)
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>> {
        self.text_of(name, "")
    }

    fn text_of(&mut self, name: &str, ending: &str) -> Result<Option<String>> {
        let Some(raw) = self.take(name, ending) else { return Ok(None) };
        serde_json::from_str(raw)
            .map(Some)
            .map_err(|_| Error::value(name, format!("{} is no text", shown(raw))))
    }

    pub(crate) fn int(&mut self, name: &str) -> Result<Option<i64>> {
        let Some(raw) = self.take(name, "") else { return Ok(None) };
        raw.parse().map(Some).map_err(|_| Error::value(name, format!("{} is no integer", shown(raw))))
    }

    /// A number that is not negative.
    pub(crate) fn count(&mut self, name: &str) -> Result<Option<u64>> {
        let number = self.int(name)?.map(u64::try_from).transpose();
        number.map_err(|_| Error::value(name, "it is negative"))
    }

    /// The text of some JSON as it was in the store.
    pub(crate) fn json(&mut self, name: &str) -> Result<Option<String>> {
        // JSON may be the word null, which here is no sign of absence.
        let at = self.members.iter().position(|(found, _)| *found == name);
        if let Some(at) = at {
            return Ok(Some(self.members.swap_remove(at).1.get().to_owned()));
        }
        let text = self.text_of(name, AS_TEXT)?;
        if let Some(text) = &text {
            let valid = serde_json::from_str::<IgnoredAny>(text);
            valid.map_err(|error| Error::value(name, format!("not valid JSON: {error}")))?;
        }
        Ok(text)
    }

    pub(crate) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let bytes = BASE64.decode(text.as_bytes());
        bytes.map(Some).map_err(|error| Error::value(name, format!("it is not base64: {error}")))
    }

    /// The members of an object.
    pub(crate) fn object(&mut self, name: &str) -> Result<Option<Self>> {
        self.take(name, "").map(Self::parse).transpose()
    }

    /// The members that are left as numbers.
    pub(crate) fn counts(mut self) -> Result<Vec<(String, u64)>> {
        let names: Vec<String> = self.members.iter().map(|(name, _)| name.to_string()).collect();
        names
            .into_iter()
            .map(|name| self.count(&name).map(|count| (name, count.unwrap_or_default())))
            .collect()
    }

    /// Refuses what is left: a line says nothing that is not understood.
    pub(crate) fn finish(self) -> Result<()> {
        match self.members.first() {
            Some((name, _)) => {
                let reason = "a line of this record has no such member, or has it twice".to_owned();
                Err(Error::value(shown(name), reason))
            }
            None => Ok(()),
        }
    }
}

/// So much of an offending text as can be read at a glance.
fn shown(text: &str) -> String {
    text.chars().take(crate::limits::SHOWN_CHARS).collect()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        /// A text that is borrowed where it has no escapes.
        #[derive(serde::Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
        let mut members = Vec::with_capacity(12);
        while let Some((name, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            members.push((name.0, value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let texts = ["", "plain", "with \"quotes\"\n", "\u{1}😀"];
        let documents =
            ["1", " 1", "1 ", "{\n\"a\":1}", "null", "\"\\u2028\"", "[1,  2]", "1.50", "-0", "\"a\\\nb\""];
        for (text, json) in texts.iter().flat_map(|text| documents.iter().map(move |json| (*text, *json))) {
            let mut line = Line::default();
            line.begin("a", "b");
            line.text("text", text);
            line.json("json", json);
            line.int("int", i64::MIN);
            line.maybe("none", None, Line::int);
            line.bytes("bytes", &[0, 255, 10]);
            line.end();
            let written = std::str::from_utf8(line.as_bytes()).unwrap();
            assert_eq!(written.matches('\n').count(), 1, "{written}");
            if json.contains("\\\n") {
                continue; // no JSON, so it is refused
            }
            let mut fields = Fields::parse(written).unwrap();
            assert_eq!(fields.text("facet").unwrap().as_deref(), Some("a"));
            assert_eq!(fields.text("record").unwrap().as_deref(), Some("b"));
            assert_eq!(fields.text("text").unwrap().as_deref(), Some(text));
            assert_eq!(fields.json("json").unwrap().as_deref(), Some(json));
            assert_eq!(fields.int("int").unwrap(), Some(i64::MIN));
            assert_eq!(fields.int("none").unwrap(), None);
            assert_eq!(fields.bytes("bytes").unwrap().as_deref(), Some(&[0, 255, 10][..]));
            fields.finish().unwrap();
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["", "[]", "{", "{} {}", "{\"a\":1,}", "7"] {
            assert!(Fields::parse(line).is_err(), "{line}");
        }
        let mut fields = Fields::parse(r#"{"a":1.5,"b":"x","c":"*","d_text":"{","d":1,"d":2}"#).unwrap();
        assert!(fields.int("a").is_err());
        assert!(fields.int("b").is_err());
        assert!(fields.bytes("c").is_err());
        assert!(fields.json("d").unwrap().is_some());
        assert!(fields.finish().is_err(), "of the one that comes twice one is left");
        assert!(Fields::parse(r#"{"d_text":"{"}"#).unwrap().json("d").is_err());
    }
}
