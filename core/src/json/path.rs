//! The path of an error, worked out from the text that was fine so far: the good path pays nothing for it.

use super::quote::push_quoted;
use super::scan::plain_run;

/// Keys in a path are cut to this many characters.
const MAX_KEY_CHARS: usize = 64;

/// A container that is open at the end of the text.
enum Open<'a> {
    Array {
        index: usize,
    },
    /// `key` is the raw text between the quotes of the last key.
    Object {
        key: Option<&'a str>,
    },
}

/// The path of the place at which `prefix`, the beginning of a valid JSON text, ends: `$.users[3].age`
/// after `{"users":[0,1,2,{"age":`. Where a key is due it is the path of the object.
pub(super) fn at(prefix: &str) -> String {
    let mut open: Vec<Open> = Vec::new();
    let mut last = b' ';
    let mut at = 0;
    while let Some(&byte) = prefix.as_bytes().get(at) {
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'[' => open.push(Open::Array { index: 0 }),
            b'{' => open.push(Open::Object { key: None }),
            b']' | b'}' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Array { index }) => *index += 1,
                Some(Open::Object { key }) => *key = None,
                None => {}
            },
            b'"' => {
                let start = at;
                at = end_of_string(prefix, start);
                if let Some(Open::Object { key: key @ None }) = open.last_mut() {
                    *key = prefix.get(start..at - 1);
                }
            }
            _ => {}
        }
        last = byte;
    }
    match open.last_mut() {
        // After a complete item the next one is due, though its comma isn't written yet.
        Some(Open::Array { index }) if last != b'[' && last != b',' => *index += 1,
        Some(Open::Object { key }) if last != b':' => *key = None,
        _ => {}
    }
    render(&open)
}

/// A step from a container into what it holds.
pub(crate) enum Part<'a> {
    Index(usize),
    Key(&'a str),
}

/// The path that these steps lead along, from the whole value on.
pub(crate) fn of(parts: &[Part<'_>]) -> String {
    let raw: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Index(_) => String::new(),
            Part::Key(key) => {
                let mut quoted = String::new();
                push_quoted(&mut quoted, key);
                quoted[1..quoted.len() - 1].to_owned()
            }
        })
        .collect();
    let open: Vec<Open> = parts
        .iter()
        .zip(&raw)
        .map(|(part, raw)| match part {
            Part::Index(index) => Open::Array { index: *index },
            Part::Key(_) => Open::Object { key: Some(raw) },
        })
        .collect();
    render(&open)
}

/// The offset after the closing quote of the string whose first character is at `start`.
fn end_of_string(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = start;
    loop {
        at += plain_run(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

fn render(open: &[Open]) -> String {
    let mut path = String::from("$");
    for container in open {
        match container {
            Open::Array { index } => {
                path.push('[');
                path.push_str(itoa::Buffer::new().format(*index));
                path.push(']');
            }
            Open::Object { key: Some(key) } if is_identifier(key) => {
                path.push('.');
                push_cut(&mut path, key);
            }
            Open::Object { key: Some(key) } => {
                path.push_str("[\"");
                push_cut(&mut path, key);
                path.push_str("\"]");
            }
            Open::Object { key: None } => {}
        }
    }
    path
}

fn is_identifier(key: &str) -> bool {
    key.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn push_cut(path: &mut String, key: &str) {
    match key.char_indices().nth(MAX_KEY_CHARS) {
        Some((end, _)) => {
            path.push_str(&key[..end]);
            path.push('…');
        }
        None => path.push_str(key),
    }
}

#[cfg(test)]
mod tests {
    use super::at;

    #[test]
    fn the_place_where_a_text_stops_has_a_path() {
        let cases = [
            ("", "$"),
            ("[", "$[0]"),
            ("[1", "$[1]"),
            ("[1,", "$[1]"),
            ("[1 , ", "$[1]"),
            ("[[],[1,2],[", "$[2][0]"),
            ("{", "$"),
            (r#"{"a""#, "$"),
            (r#"{"a":"#, "$.a"),
            (r#"{"a": "#, "$.a"),
            (r#"{"a":"b""#, "$"),
            (r#"{"a":1,"#, "$"),
            (r#"{"a":{"b":1},"c":["x",{"größe":"#, "$.c[1].größe"),
            (r#"{"users":[0,1,2,{"name":"a,\"]}","age":"#, "$.users[3].age"),
            (r#"{"a b":"#, r#"$["a b"]"#),
            (r#"{"a\"b\\":[{"":"#, r#"$["a\"b\\"][0][""]"#),
            (r#"{"1a":"#, r#"$["1a"]"#),
            (r#"{"a":[1]}"#, "$"),
        ];
        for (prefix, path) in cases {
            assert_eq!(at(prefix), path, "{prefix}");
        }
    }

    #[test]
    fn long_keys_are_cut() {
        let path = at(&format!(r#"{{"{}":"#, "ä".repeat(1000)));
        assert_eq!(path, format!("$.{}…", "ä".repeat(64)));
    }

    #[test]
    fn a_broken_text_does_no_harm() {
        for prefix in [r#"{"a"#, r#"{"a\"#, "]]]", "}", ",", "{\"a\u{1}"] {
            assert!(at(prefix).starts_with('$'));
        }
    }
}
