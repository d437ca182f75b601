//! Glob patterns over keys: `*`, `?`, `[a-z]`, `[!a]`, and a backslash that escapes.

use crate::{Error, Result};

/// The longest pattern, in bytes: that of a key.
const MAX_PATTERN_BYTES: usize = 1024;

/// How much of a refused pattern its error shows.
const SHOWN_CHARS: usize = 80;

/// A pattern for whole keys, read once.
///
/// `*` stands for any characters, `/` included, `?` for one, `[a-z_]` for one of a set (its ranges go by Unicode
/// scalar value), `[!a-z]` for one outside of a set, and a backslash takes the next character as it is. In a set `]`
/// stands for itself if it comes first, `-` if it comes first or last.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    /// The literal characters before the first wildcard.
    prefix: String,
    /// What follows them; begins with a wildcard.
    rest: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Char(char),
    AnyChar,
    /// Inclusive ranges.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*`; never two in a row.
    Star,
}

impl Glob {
    /// Reads a pattern. An empty one matches no key, since no key is empty.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`] for more than 1,024 bytes, NUL, an unclosed `[`, a range that runs backwards, and a backslash
    /// at the end.
    pub(crate) fn new(pattern: &str) -> Result<Self> {
        let refuse = |reason: &str| Error::InvalidName {
            what: "pattern",
            name: pattern.chars().take(SHOWN_CHARS).collect(),
            reason: reason.to_owned(),
        };
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(refuse("it is longer than 1024 bytes"));
        }
        if pattern.contains('\0') {
            return Err(refuse("it contains NUL, which no key does"));
        }
        let mut glob = Self { prefix: String::new(), rest: Vec::new() };
        let mut chars = pattern.chars();
        while let Some(char) = chars.next() {
            let part = match char {
                '*' => Part::Star,
                '?' => Part::AnyChar,
                '[' => set(&mut chars).map_err(refuse)?,
                '\\' => Part::Char(chars.next().ok_or_else(|| refuse(TRAILING_BACKSLASH))?),
                char => Part::Char(char),
            };
            match part {
                Part::Char(char) if glob.rest.is_empty() => glob.prefix.push(char),
                Part::Star if glob.rest.last() == Some(&Part::Star) => {}
                part => glob.rest.push(part),
            }
        }
        Ok(glob)
    }

    /// Whether the whole key matches.
    ///
    /// A mismatch goes back to the last star alone, since an earlier one can't take more than what makes the parts
    /// after it match first: the work is at most that of key times pattern, and the memory constant.
    pub(crate) fn matches(&self, key: &str) -> bool {
        let Some(key) = key.strip_prefix(self.prefix.as_str()) else { return false };
        let mut rest = key.chars();
        let mut place = 0;
        // The place after the last star, and what of the key it has left to the parts from there on.
        let mut retry = None;
        loop {
            match self.rest.get(place) {
                Some(Part::Star) => {
                    place += 1;
                    if place == self.rest.len() {
                        return true;
                    }
                    retry = Some((place, rest.clone()));
                    continue;
                }
                Some(part) => {
                    let Some(char) = rest.next() else { return false };
                    if part.matches(char) {
                        place += 1;
                        continue;
                    }
                }
                None if rest.as_str().is_empty() => return true,
                None => {}
            }
            let Some((after_star, left)) = &mut retry else { return false };
            if left.next().is_none() {
                return false;
            }
            place = *after_star;
            rest = left.clone();
        }
    }

    /// What every matching key begins with.
    #[cfg(test)]
    pub(crate) fn literal_prefix(&self) -> &str {
        &self.prefix
    }

    /// The one key that can match, if the pattern has no wildcard.
    #[cfg(test)]
    pub(crate) fn is_literal(&self) -> Option<&str> {
        self.rest.is_empty().then_some(self.prefix.as_str())
    }

    /// Whether every key of the [`range`](Self::range) matches: the pattern is a prefix and a star.
    pub(crate) fn is_prefix_only(&self) -> bool {
        self.rest == [Part::Star]
    }

    /// The keys that begin with the literal prefix, in the order of their bytes: from the first string on, up to and without
    /// the second, or without an end.
    pub(crate) fn range(&self) -> (String, Option<String>) {
        (self.prefix.clone(), successor(&self.prefix))
    }
}

const TRAILING_BACKSLASH: &str =
    "it ends with a backslash, which has nothing to escape; write `\\\\` for a backslash";
const UNCLOSED: &str = "its `[` is not closed; write `\\[` for the character itself";

/// Reads a set from after its `[`.
fn set(chars: &mut std::str::Chars) -> Result<Part, &'static str> {
    let negated = chars.as_str().starts_with('!');
    if negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    loop {
        let low = match chars.next().ok_or(UNCLOSED)? {
            ']' if !ranges.is_empty() => break,
            char => unescape(char, chars)?,
        };
        let mut after = chars.clone();
        let high = match (after.next(), after.next()) {
            (Some('-'), Some(char)) if char != ']' => {
                let high = unescape(char, &mut after)?;
                *chars = after;
                high
            }
            _ => low,
        };
        if low > high {
            return Err("a range in its `[…]` runs backwards");
        }
        ranges.push((low, high));
    }
    match ranges[..] {
        // `[*]` is a common way to write the character itself.
        [(low, high)] if low == high && !negated => Ok(Part::Char(low)),
        _ => Ok(Part::Set { negated, ranges }),
    }
}

fn unescape(char: char, chars: &mut std::str::Chars) -> Result<char, &'static str> {
    if char == '\\' { chars.next().ok_or(UNCLOSED) } else { Ok(char) }
}

impl Part {
    fn matches(&self, char: char) -> bool {
        match self {
            Self::Char(expected) => *expected == char,
            Self::AnyChar => true,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|&(low, high)| (low..=high).contains(&char)) != *negated
            }
            Self::Star => false,
        }
    }
}

/// The smallest string that is greater than every string with this prefix; none if there is no such string.
///
/// The order of UTF-8 bytes is that of scalar values, so the last character goes up by one.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // A range of characters steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
#[path = "glob_test.rs"]
mod tests;
