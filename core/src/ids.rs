//! Who commits, and ids that are made here.

use crate::engine::sys::host_name;

/// A random id for a store, a UUID of version 4.
pub(crate) fn random_id() -> [u8; 16] {
    *uuid::Uuid::new_v4().as_bytes()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    // Values are hashed in this form under the write lock, so it does not go through the formatter.
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Who commits through a handle: `host/process` or `host/process/label`, as the journal has it.
pub(crate) fn actor(label: Option<&str>) -> String {
    let host = host_name().replace('/', "-");
    let process = std::process::id();
    label.map_or_else(|| format!("{host}/{process}"), |label| format!("{host}/{process}/{label}"))
}

/// The name of the user that this process runs for, as its surroundings tell it.
pub(crate) fn user_name() -> String {
    let told = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    told.filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
