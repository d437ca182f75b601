//! Who commits, and ids that are made here.

use crate::engine::sys::host_name;

/// A random id for a store, a UUID of version 4.
pub(crate) fn random_id() -> [u8; 16] {
    *uuid::Uuid::new_v4().as_bytes()
}

/// An id that sorts by the time at which it was made, a UUID of version 7.
pub(crate) fn time_id(now_ms: i64) -> String {
    let ms = now_ms.max(0).unsigned_abs();
    let nanos = u32::try_from(ms % 1000 * 1_000_000).expect("it is less than a second");
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, ms / 1000, nanos)).to_string()
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

/// A hash from its hexadecimal digits, if they are that.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
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
