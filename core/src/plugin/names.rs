//! The names of plugins: of a few characters, so that two of them never look alike, and no path.

use crate::engine::reader::Arg;
use crate::engine::reader::{Next, Reader};
use crate::error::{Error, Result};
use crate::limits::{PLUGIN_BYTES, SHOWN_CHARS};
use crate::namespace::Glob;

use super::sql;

/// Refuses what can't be a plugin's name. A name is taken as it is, or not at all.
pub(super) fn check_plugin(name: &str) -> Result<()> {
    let stray = |char: &char| !(char.is_ascii_alphanumeric() || "._-@/".contains(*char));
    let reason = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > PLUGIN_BYTES {
        format!("it has {} bytes of UTF-8, the most is {PLUGIN_BYTES}", name.len())
    } else if let Some(char) = name.chars().find(stray) {
        format!("it has {char:?}; letters (a to z), digits, `.`, `_`, `-`, `@` and `/` are allowed")
    } else if name.starts_with('/') {
        "it begins with `/`".to_owned()
    } else if name.split('/').any(str::is_empty) {
        "a part between slashes is empty".to_owned()
    } else if name.split('/').any(|part| part == "..") {
        "it has `..` as a part".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::InvalidName { what: "plugin", name: name.chars().take(SHOWN_CHARS).collect(), reason })
}

/// The names of the stored states that match, in order.
pub(super) fn stored_names(reader: &Reader<'_>, glob: &Glob) -> Result<Vec<String>> {
    let (lower, upper) = glob.range();
    let upper = upper.as_deref().map_or(Arg::Highest, Arg::Text);
    let mut names = Vec::new();
    reader.each(sql::NAMES, &[Arg::Text(&lower), upper], |row| {
        let name = row.text(0)?;
        if glob.matches(name) {
            names.push(name.to_owned());
        }
        Ok(Next::Row)
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_or_refused_as_they_are() {
        for name in ["a", "lint", "@scope/pkg.v2", "a_b-c", "A/b/c", ".hidden", "a..b", "0", &"x".repeat(128)]
        {
            assert!(check_plugin(name).is_ok(), "{name}");
        }
        let refused = [
            ("", "empty"),
            ("../x", "`..`"),
            ("a/../b", "`..`"),
            ("..", "`..`"),
            ("/a", "begins"),
            ("a/", "empty"),
            ("a//b", "empty"),
            ("a\0b", "\\0"),
            ("a b", "' '"),
            ("a\\b", "'\\\\'"),
            ("naïve", "'ï'"),
            ("a:b", "':'"),
            ("a\n", "'\\n'"),
            (&"x".repeat(129), "129 bytes"),
        ];
        for (name, reason) in refused {
            let error = check_plugin(name).unwrap_err();
            assert_eq!(error.code(), "INVALID_NAME");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
