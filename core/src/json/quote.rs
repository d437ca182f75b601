//! The writing of strings, by whole runs of characters that need no escape.

use super::scan::plain_run;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes `value` as a JSON string, with its quotes.
#[inline]
pub(crate) fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    let run = plain_run(value.as_bytes());
    if run == value.len() {
        text.push_str(value);
    } else {
        push_escaped(text, value, run);
    }
    text.push('"');
}

/// Writes a string of which at least one character needs an escape, the first one at `run`.
fn push_escaped(text: &mut String, value: &str, mut run: usize) {
    let mut rest = value;
    loop {
        text.push_str(&rest[..run]);
        let Some(&byte) = rest.as_bytes().get(run) else { return };
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x08 => text.push_str("\\b"),
            0x0c => text.push_str("\\f"),
            _ => {
                text.push_str("\\u00");
                text.push(char::from(HEX[usize::from(byte >> 4)]));
                text.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
        rest = &rest[run + 1..];
        run = plain_run(rest.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::push_quoted;

    #[test]
    fn every_ascii_character_is_written_as_in_serde_json() {
        for byte in 0..=0x7f_u8 {
            let value = format!("ä{0}0123456789{0}{0}", char::from(byte));
            let mut text = String::new();
            push_quoted(&mut text, &value);
            assert_eq!(text, serde_json::to_string(&value).unwrap());
        }
    }
}
