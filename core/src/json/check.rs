//! The check of JSON text that a caller hands in: RFC 8259, and the limits of a store. One pass over the
//! bytes, without recursion and, while all is well, without an allocation.

use super::limit::{FLOAT_RANGE, INT_RANGE, MAX_DEPTH, MAX_INT, MIN_INT, TOO_DEEP};
use super::path;
use super::scan::plain_run;
use crate::{Error, Result};

/// Whether `text` is one JSON value that a store can hold.
pub(super) fn check(text: &str) -> Result<()> {
    check_at_depth(text, 0)
}

/// As [`check`], for a value that is to stand inside `depth` arrays and objects.
pub(super) fn check_at_depth(text: &str, depth: usize) -> Result<()> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, depth, outer: depth, objects: 0 };
    scanner.value().map_err(|fault| fault.describe(text))
}

/// What is wrong: in the part that begins at `start`, at the byte `at`.
struct Fault {
    start: usize,
    at: usize,
    kind: Kind,
}

enum Kind {
    /// Valid JSON that a store doesn't hold.
    Limit(&'static str),
    /// Not JSON.
    Syntax(&'static str),
}

impl Fault {
    #[cold]
    fn describe(&self, text: &str) -> Error {
        // What precedes the faulty part is valid, so that the path can be read off it.
        let path = path::at(text.get(..self.start).unwrap_or(text));
        let reason = match self.kind {
            Kind::Limit(reason) => reason.to_owned(),
            Kind::Syntax(reason) if self.at >= text.len() => {
                format!("not valid JSON: {reason}, but the text ends (byte {})", self.at)
            }
            Kind::Syntax(reason) => format!("not valid JSON: {reason} (byte {})", self.at),
        };
        Error::value(path, reason)
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many containers are open, those outside of this text included.
    depth: usize,
    /// How many of them are outside of this text.
    outer: usize,
    /// One bit for each open container, the innermost lowest: set for an object.
    objects: u128,
}

impl Scanner<'_> {
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            self.space();
            match self.peek() {
                Some(b'"') => self.string()?,
                Some(b'{') => {
                    self.open(1)?;
                    self.space();
                    if self.peek() != Some(b'}') {
                        self.key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.open(0)?;
                    self.space();
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                _ => return Err(self.syntax("a value is expected")),
            }
            if !self.after_value()? {
                return Ok(());
            }
        }
    }

    /// Goes on after a value, to where the next one begins; false at the end of the text.
    #[inline]
    fn after_value(&mut self) -> Result<bool, Fault> {
        loop {
            self.space();
            if self.depth == self.outer {
                return if self.at == self.bytes.len() {
                    Ok(false)
                } else {
                    Err(self.syntax("the text must end after its value"))
                };
            }
            let in_object = self.objects & 1 == 1;
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    if in_object {
                        self.space();
                        self.key()?;
                    }
                    return Ok(true);
                }
                Some(b'}') if in_object => self.close(),
                Some(b']') if !in_object => self.close(),
                _ if in_object => return Err(self.syntax("`,` or `}` is expected")),
                _ => return Err(self.syntax("`,` or `]` is expected")),
            }
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn open(&mut self, object: u128) -> Result<(), Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.limit(self.at, TOO_DEEP));
        }
        self.at += 1;
        self.depth += 1;
        self.objects = self.objects << 1 | object;
        Ok(())
    }

    #[inline]
    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
        self.objects >>= 1;
    }

    #[inline]
    fn key(&mut self) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("a key in double quotes is expected"));
        }
        self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.syntax("`:` is expected after a key"));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.syntax("a value is expected"));
        }
        self.at += word.len();
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            self.at += plain_run(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(start)?,
                Some(_) => return Err(self.syntax_in(start, "a control character must be escaped")),
                None => return Err(self.syntax_in(start, "`\"` is expected")),
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), Fault> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                let first = self.hex(start)?;
                let paired = match first {
                    0xd800..=0xdbff => {
                        self.bytes[self.at..].starts_with(b"\\u") && {
                            self.at += 1;
                            matches!(self.hex(start)?, 0xdc00..=0xdfff)
                        }
                    }
                    0xdc00..=0xdfff => false,
                    _ => true,
                };
                if paired { Ok(()) } else { Err(self.limit(start, "the string has a lone surrogate")) }
            }
            _ => Err(self.syntax_in(start, "an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")),
        }
    }

    /// The number after a `u`, which stands at the present place.
    fn hex(&mut self, start: usize) -> Result<u16, Fault> {
        self.at += 1;
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.syntax_in(start, "four hexadecimal digits are expected after \\u"));
            };
            number = number << 4 | digit;
            self.at += 1;
        }
        Ok(u16::try_from(number).expect("four hexadecimal digits are 16 bits"))
    }

    #[inline]
    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = match self.peek() {
            Some(b'0') => {
                self.at += 1;
                1
            }
            _ => self.digits(start)?,
        };
        match self.peek() {
            Some(b'.' | b'e' | b'E') => self.float(start, whole),
            Some(b'0'..=b'9') => Err(self.syntax_in(start, "a number has no leading zeros")),
            // Every integer of 18 digits is within the range.
            _ if whole <= 18 => Ok(()),
            _ => self.long_int(start),
        }
    }

    /// Goes over one or more digits and tells how many.
    #[inline]
    fn digits(&mut self, start: usize) -> Result<usize, Fault> {
        let first = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == first {
            return Err(self.syntax_in(start, "a digit is expected"));
        }
        Ok(self.at - first)
    }

    fn long_int(&self, start: usize) -> Result<(), Fault> {
        let number = self.literal(start).parse::<i128>();
        if number.is_ok_and(|number| (MIN_INT..=MAX_INT).contains(&number)) {
            Ok(())
        } else {
            Err(self.limit(start, INT_RANGE))
        }
    }

    /// Goes over the fraction and the exponent of a number that has `whole` digits before them.
    fn float(&mut self, start: usize, whole: usize) -> Result<(), Fault> {
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits(start)?;
        }
        let mut exponent = 0_usize;
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            let negative = self.peek() == Some(b'-');
            if let Some(b'-' | b'+') = self.peek() {
                self.at += 1;
            }
            let first = self.at;
            self.digits(start)?;
            if !negative {
                exponent = self.literal(first).parse().unwrap_or(usize::MAX);
            }
        }
        // Less than 10^308 is finite for sure; only what may be more is worth an exact look.
        if whole.saturating_add(exponent) > 308
            && self.literal(start).parse().is_ok_and(|number: f64| number.is_infinite())
        {
            return Err(self.limit(start, FLOAT_RANGE));
        }
        Ok(())
    }

    /// The ASCII text from `start` to the present place.
    fn literal(&self, start: usize) -> &str {
        std::str::from_utf8(&self.bytes[start..self.at]).expect("a number's literal is ASCII")
    }

    #[cold]
    fn syntax(&self, reason: &'static str) -> Fault {
        self.syntax_in(self.at, reason)
    }

    #[cold]
    fn syntax_in(&self, start: usize, reason: &'static str) -> Fault {
        Fault { start, at: self.at, kind: Kind::Syntax(reason) }
    }

    #[cold]
    fn limit(&self, start: usize, reason: &'static str) -> Fault {
        Fault { start, at: self.at, kind: Kind::Limit(reason) }
    }
}
