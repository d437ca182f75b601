//! JSON merge patch, RFC 7396, on texts: what the patch doesn't touch is copied as it stands, so that numbers
//! survive digit for digit.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Json;
use super::scan::plain_run;
use crate::{Error, Result};

/// The target with the patch applied; a missing target, or one that is no object, counts as `{}` for a
/// patch that is an object. Keys keep their order, new ones follow in the patch's order.
///
/// The result is nested no deeper than the deeper of the two, since every part stays at its level.
///
/// # Errors
///
/// [`Error::Serialization`] if a stored text turns out not to be JSON.
pub(crate) fn merge(target: Option<&Json>, patch: &Json) -> Result<Json> {
    let target = target.map_or("", Json::as_str);
    apply_text(target, patch.as_str()).map(Json::trusted).ok_or_else(|| Error::Serialization {
        what: "the merge's target or patch".to_owned(),
        reason: "it is not valid JSON".to_owned(),
    })
}

fn apply_text(target: &str, patch: &str) -> Option<String> {
    let mut patch_cursor = Cursor { text: patch, at: 0 };
    let patch = patch_cursor.node()?;
    let mut target = Cursor { text: target, at: 0 };
    let mut out = String::with_capacity(target.text.len() + patch_cursor.text.len());
    match &patch {
        Node::Object(members) if target.next() == Some(b'{') => apply(&mut target, members, &mut out)?,
        patch => create(patch, &mut out),
    }
    Some(out)
}

/// A part of a patch.
enum Node<'a> {
    Object(Members<'a>),
    /// Anything else, as its text.
    Other(&'a str),
}

struct Members<'a> {
    list: Vec<Member<'a>>,
    /// The place in the list, by the key without its escapes. Of a key that comes twice the last counts.
    places: HashMap<Cow<'a, str>, usize>,
}

struct Member<'a> {
    /// As it is written, with its quotes.
    key: &'a str,
    value: Node<'a>,
}

impl Node<'_> {
    fn is_null(&self) -> bool {
        matches!(self, Node::Other("null"))
    }
}

/// Writes the object at which the cursor stands, with the members of the patch applied.
fn apply(target: &mut Cursor<'_>, patch: &Members<'_>, out: &mut String) -> Option<()> {
    let mut used = vec![false; patch.list.len()];
    let mut object = Object::begin(out);
    target.members(|target, key| {
        let Some(&place) = patch.places.get(&unescape(key)?) else {
            object.key(key).push_str(target.skip()?);
            return Some(());
        };
        used[place] = true;
        let value = &patch.list[place].value;
        match value {
            Node::Object(members) if target.next() == Some(b'{') => {
                return apply(target, members, object.key(key));
            }
            value if value.is_null() => {}
            value => create(value, object.key(key)),
        }
        target.skip().map(drop)
    })?;
    for (place, member) in patch.list.iter().enumerate() {
        if !used[place] && !member.value.is_null() && patch.is_last(place) {
            create(&member.value, object.key(member.key));
        }
    }
    object.end();
    Some(())
}

/// Writes what a patch makes of nothing: itself, without its nulls.
fn create(patch: &Node<'_>, out: &mut String) {
    match patch {
        Node::Other(text) => out.push_str(text),
        Node::Object(members) => {
            let mut object = Object::begin(out);
            for (place, member) in members.list.iter().enumerate() {
                if !member.value.is_null() && members.is_last(place) {
                    create(&member.value, object.key(member.key));
                }
            }
            object.end();
        }
    }
}

impl Members<'_> {
    /// Whether no later member has the same key.
    fn is_last(&self, place: usize) -> bool {
        // Without a key that comes twice, which is nearly always, nothing has to be looked up.
        self.places.len() == self.list.len()
            || unescape(self.list[place].key).is_some_and(|key| self.places.get(&key) == Some(&place))
    }
}

/// The key that a text in quotes stands for.
fn unescape(quoted: &str) -> Option<Cow<'_, str>> {
    if quoted.contains('\\') {
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    } else {
        quoted.get(1..quoted.len() - 1).map(Cow::Borrowed)
    }
}

/// An object that is being written.
struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Writes a key, given in quotes; the value is to follow.
    fn key(&mut self, quoted: &str) -> &mut String {
        if !std::mem::take(&mut self.empty) {
            self.out.push(',');
        }
        self.out.push_str(quoted);
        self.out.push(':');
        self.out
    }

    fn end(self) {
        self.out.push('}');
    }
}

/// A place in a valid text. On an invalid one the answer is `None` or nonsense, but no panic.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The first byte that isn't white space; the cursor then stands at it.
    fn next(&mut self) -> Option<u8> {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn node(&mut self) -> Option<Node<'a>> {
        if self.next()? != b'{' {
            return self.skip().map(Node::Other);
        }
        let mut list = Vec::new();
        let mut places = HashMap::new();
        self.members(|cursor, key| {
            places.insert(unescape(key)?, list.len());
            list.push(Member { key, value: cursor.node()? });
            Some(())
        })?;
        Some(Node::Object(Members { list, places }))
    }

    /// Goes over the object at which the cursor stands. `visit` gets each key, in quotes, and has to go over its value.
    fn members(&mut self, mut visit: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.at += 1;
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            if self.next()? != b'"' {
                return None;
            }
            let key = self.string()?;
            if self.next()? != b':' {
                return None;
            }
            self.at += 1;
            visit(self, key)?;
            let end = self.next()?;
            self.at += 1;
            match end {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Goes over one value and gives its text.
    fn skip(&mut self) -> Option<&'a str> {
        let first = self.next()?;
        let start = self.at;
        let mut depth = 0_usize;
        match first {
            b'"' => return self.string(),
            b'[' | b'{' => loop {
                match *self.text.as_bytes().get(self.at)? {
                    b'"' => {
                        self.string()?;
                        continue;
                    }
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth -= 1,
                    _ => {}
                }
                self.at += 1;
                if depth == 0 {
                    break;
                }
            },
            _ => {
                let rest = self.text.as_bytes().get(self.at..)?;
                let end = rest.iter().position(|byte| b",]} \t\r\n".contains(byte));
                self.at += end.unwrap_or(rest.len());
            }
        }
        self.text.get(start..self.at)
    }

    /// Goes over the string at whose opening quote the cursor stands, and gives its text with the quotes.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.at += 1;
        loop {
            self.at += plain_run(self.text.as_bytes().get(self.at..)?);
            match self.text.as_bytes().get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return self.text.get(start..self.at);
                }
                b'\\' => self.at += 2,
                _ => return None,
            }
        }
    }
}
