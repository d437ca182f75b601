//! The checked emitter of JSON text, through which every value of Rust and Python is written.

use super::limit::{INT_RANGE, MAX_DEPTH, MAX_INT, MIN_INT, NOT_FINITE, TOO_DEEP};
use super::scan::plain_run;
use super::{Json, path};
use crate::{Error, Result};

/// Writes one JSON value as compact text, and refuses whatever a store doesn't hold.
///
/// Call the methods in the order of the text. Commas, colons and escapes are put by the writer. A call that
/// is refused writes nothing and leaves the position as it was; its error, an [`Error::InvalidValue`],
/// names the path (`$.users[3].age`). Calls in an order that isn't JSON are refused as well, so that a
/// finished text is always valid.
///
/// ```
/// use statehold::json::Writer;
///
/// let mut writer = Writer::new();
/// writer.begin_object()?;
/// writer.key("name")?;
/// writer.string("Ada")?;
/// writer.key("scores")?;
/// writer.begin_array()?;
/// writer.int_i64(3)?;
/// writer.float(1.0)?;
/// let error = writer.float(f64::NAN).unwrap_err();
/// assert!(error.to_string().contains("$.scores[2]"));
/// writer.end_array()?;
/// writer.end_object()?;
/// assert_eq!(writer.finish()?.as_str(), r#"{"name":"Ada","scores":[3,1.0]}"#);
/// # Ok::<(), statehold::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Writer {
    text: String,
    /// One bit for each open container, the innermost lowest: set for an object. [`MAX_DEPTH`] fits.
    objects: u128,
    depth: usize,
    next: Next,
    max_bytes: usize,
}

/// What may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The value itself; nothing is written yet.
    Value,
    /// The first item of an array, or its end.
    FirstItem,
    /// A further item of an array, or its end.
    Item,
    /// The first key of an object, or its end.
    FirstKey,
    /// A further key of an object, or its end.
    Key,
    /// The value of the key just written.
    Member,
    /// Nothing: the value is complete.
    Nothing,
}

const _: () = assert!(MAX_DEPTH <= u128::BITS as usize, "a bit for each open container");

impl Writer {
    /// A writer without a limit on the length.
    pub fn new() -> Self {
        Self::with_limit(usize::MAX)
    }

    /// A writer that refuses to go on once the text is longer than `max_bytes`.
    ///
    /// A small value that holds itself many times over can have an enormous text; a limit stops that early.
    ///
    /// ```
    /// let mut writer = statehold::json::Writer::with_limit(8);
    /// writer.begin_array()?;
    /// writer.string("12345678")?;
    /// assert!(writer.null().is_err());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn with_limit(max_bytes: usize) -> Self {
        Self { text: String::new(), objects: 0, depth: 0, next: Next::Value, max_bytes }
    }

    /// Forgets what was written and keeps the buffer, for the next value.
    pub fn clear(&mut self) {
        self.text.clear();
        self.objects = 0;
        self.depth = 0;
        self.next = Next::Value;
    }

    /// The value that was written.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if nothing was written, an array or object is still open, or the text is
    /// longer than the limit.
    pub fn finish(self) -> Result<Json> {
        self.text()?;
        Ok(Json::trusted(self.text))
    }

    /// The text of the complete value, without giving up the buffer.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish).
    pub fn text(&self) -> Result<&str> {
        if self.next != Next::Nothing {
            return Err(self.refuse("the value is not complete"));
        }
        if self.text.len() > self.max_bytes {
            return Err(self.too_long());
        }
        Ok(&self.text)
    }

    /// The error of a value that the caller won't write at the present position, with the caller's reason.
    ///
    /// After [`key`](Self::key) the position is that key's value; where a key is due it is the object.
    ///
    /// ```
    /// let mut writer = statehold::json::Writer::new();
    /// writer.begin_object()?;
    /// writer.key("when")?;
    /// let error = writer.refuse("a datetime is not JSON");
    /// assert_eq!(error.to_string(), "invalid value at $.when: a datetime is not JSON");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    #[cold]
    pub fn refuse(&self, reason: impl Into<String>) -> Error {
        Error::value(path::at(&self.text), reason)
    }

    /// Writes `null`.
    #[inline]
    pub fn null(&mut self) -> Result<()> {
        self.scalar("null")
    }

    /// Writes `true` or `false`.
    #[inline]
    pub fn bool(&mut self, value: bool) -> Result<()> {
        self.scalar(if value { "true" } else { "false" })
    }

    /// Writes a signed integer; all of them are within the range.
    #[inline]
    pub fn int_i64(&mut self, value: i64) -> Result<()> {
        self.scalar(itoa::Buffer::new().format(value))
    }

    /// Writes an unsigned integer; all of them are within the range.
    #[inline]
    pub fn int_u64(&mut self, value: u64) -> Result<()> {
        self.scalar(itoa::Buffer::new().format(value))
    }

    /// Writes an integer within -2^63 and 2^64-1.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] outside of that range.
    pub fn int_i128(&mut self, value: i128) -> Result<()> {
        if !(MIN_INT..=MAX_INT).contains(&value) {
            return Err(self.refuse(INT_RANGE));
        }
        self.scalar(itoa::Buffer::new().format(value))
    }

    /// Writes a float as the shortest text that reads back as the same float, and never as an integer:
    /// `1.0`, `-0.0`, `1e300`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for NaN and the infinities.
    #[inline]
    pub fn float(&mut self, value: f64) -> Result<()> {
        if !value.is_finite() {
            return Err(self.refuse(NOT_FINITE));
        }
        self.scalar(zmij::Buffer::new().format_finite(value))
    }

    /// Writes a string.
    #[inline]
    pub fn string(&mut self, value: &str) -> Result<()> {
        self.place()?;
        self.quote(value);
        self.placed();
        Ok(())
    }

    /// Writes a value that is JSON text already, as it stands.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if it would be nested too deep here.
    pub fn json(&mut self, value: &Json) -> Result<()> {
        self.raw(value.as_str())
    }

    /// Checks a text from elsewhere and writes it as it stands.
    pub(super) fn raw(&mut self, text: &str) -> Result<()> {
        super::check::check_at_depth(text, self.depth).map_err(|error| self.nested(error))?;
        self.scalar(text)
    }

    /// Opens an array; its items follow, then [`end_array`](Self::end_array).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if 100 arrays and objects are open already.
    #[inline]
    pub fn begin_array(&mut self) -> Result<()> {
        self.begin('[', 0, Next::FirstItem)
    }

    /// Closes the innermost array.
    #[inline]
    pub fn end_array(&mut self) -> Result<()> {
        if !matches!(self.next, Next::FirstItem | Next::Item) {
            return Err(self.refuse("no array can end here"));
        }
        self.end(']');
        Ok(())
    }

    /// Opens an object; [`key`](Self::key) and a value follow for each member, then
    /// [`end_object`](Self::end_object).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if 100 arrays and objects are open already.
    #[inline]
    pub fn begin_object(&mut self) -> Result<()> {
        self.begin('{', 1, Next::FirstKey)
    }

    /// Writes a key; its value must follow. That no key comes twice is the caller's care: of two, readers
    /// take the last.
    #[inline]
    pub fn key(&mut self, key: &str) -> Result<()> {
        match self.next {
            Next::FirstKey => {}
            Next::Key => self.text.push(','),
            _ => return Err(self.refuse("no key can stand here")),
        }
        self.quote(key);
        self.text.push(':');
        self.next = Next::Member;
        Ok(())
    }

    /// Closes the innermost object.
    #[inline]
    pub fn end_object(&mut self) -> Result<()> {
        if !matches!(self.next, Next::FirstKey | Next::Key) {
            return Err(self.refuse("no object can end here"));
        }
        self.end('}');
        Ok(())
    }

    #[inline]
    fn scalar(&mut self, text: &str) -> Result<()> {
        self.place()?;
        self.text.push_str(text);
        self.placed();
        Ok(())
    }

    #[inline]
    fn begin(&mut self, bracket: char, object: u128, next: Next) -> Result<()> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(TOO_DEEP));
        }
        self.place()?;
        self.text.push(bracket);
        self.objects = self.objects << 1 | object;
        self.depth += 1;
        self.next = next;
        Ok(())
    }

    #[inline]
    fn end(&mut self, bracket: char) {
        self.text.push(bracket);
        self.objects >>= 1;
        self.depth -= 1;
        self.placed();
    }

    /// Makes sure that a value may stand here, and separates it from the one before.
    #[inline]
    fn place(&mut self) -> Result<()> {
        if self.text.len() > self.max_bytes {
            return Err(self.too_long());
        }
        match self.next {
            Next::Value | Next::FirstItem | Next::Member => {}
            Next::Item => self.text.push(','),
            Next::FirstKey | Next::Key | Next::Nothing => return Err(self.refuse("no value can stand here")),
        }
        Ok(())
    }

    #[inline]
    fn placed(&mut self) {
        self.next = if self.depth == 0 {
            Next::Nothing
        } else if self.objects & 1 == 1 {
            Next::Key
        } else {
            Next::Item
        };
    }

    #[inline]
    fn quote(&mut self, text: &str) {
        self.text.push('"');
        let run = plain_run(text.as_bytes());
        if run == text.len() {
            self.text.push_str(text);
        } else {
            self.escape(text, run);
        }
        self.text.push('"');
    }

    /// Writes a string of which at least one character, at `run`, needs an escape.
    fn escape(&mut self, text: &str, mut run: usize) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut rest = text;
        loop {
            self.text.push_str(&rest[..run]);
            let Some(&byte) = rest.as_bytes().get(run) else { return };
            match byte {
                b'"' => self.text.push_str("\\\""),
                b'\\' => self.text.push_str("\\\\"),
                b'\n' => self.text.push_str("\\n"),
                b'\r' => self.text.push_str("\\r"),
                b'\t' => self.text.push_str("\\t"),
                0x08 => self.text.push_str("\\b"),
                0x0c => self.text.push_str("\\f"),
                _ => {
                    self.text.push_str("\\u00");
                    self.text.push(char::from(HEX[usize::from(byte >> 4)]));
                    self.text.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
            rest = &rest[run + 1..];
            run = plain_run(rest.as_bytes());
        }
    }

    #[cold]
    fn too_long(&self) -> Error {
        self.refuse(format!("the value's JSON text may be at most {} bytes long", self.max_bytes))
    }

    /// An error inside a text that is being written here, with the path from the outermost value.
    #[cold]
    fn nested(&self, error: Error) -> Error {
        match error {
            Error::InvalidValue { path, reason } => {
                Error::value(path::at(&self.text) + path.trim_start_matches('$'), reason)
            }
            other => other,
        }
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}
