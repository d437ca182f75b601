//! Who commits, and ids that are made here.

use std::fmt::Write;

use crate::engine::sys::host_name;

/// A random id for a store, a UUID of version 4.
pub(crate) fn random_id() -> [u8; 16] {
    *uuid::Uuid::new_v4().as_bytes()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}

/// Who commits through a handle: `host/process` or `host/process/label`, as the journal has it.
pub(crate) fn actor(label: Option<&str>) -> String {
    let host = host_name().replace('/', "-");
    let process = std::process::id();
    label.map_or_else(|| format!("{host}/{process}"), |label| format!("{host}/{process}/{label}"))
}
