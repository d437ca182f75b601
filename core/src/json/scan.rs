//! The search for the end of a run of plain string bytes, which checking and writing share.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes at the start of `bytes` need no escape in a JSON string: the run ends before the
/// first quote, backslash or control character.
#[inline]
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    let mut words = bytes.chunks_exact(8);
    let mut run = 0;
    for word in &mut words {
        let mut block = [0; 8];
        block.copy_from_slice(word);
        let special = special_bytes(u64::from_le_bytes(block));
        if special != 0 {
            return run + special.trailing_zeros() as usize / 8;
        }
        run += 8;
    }
    let rest = words.remainder();
    run + rest.iter().position(|&byte| needs_escape(byte)).unwrap_or(rest.len())
}

#[inline]
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The high bit of each byte that needs an escape. A borrow can set a bit too many, but only above a
/// true one, and only the lowest is used. (Mycroft's test for a zero byte, as in "Bit Twiddling Hacks".)
#[inline]
fn special_bytes(word: u64) -> u64 {
    let below_space = word.wrapping_sub(ONES * 0x20);
    let quote = (word ^ (ONES * u64::from(b'"'))).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    // Quote and backslash are ASCII, so that a byte with its high bit set is never special.
    (below_space | quote | backslash) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::{needs_escape, plain_run};

    #[test]
    fn every_byte_at_every_place_is_told_apart() {
        for filler in [b' ', b'a', 0x7f, 0x80, 0xff] {
            for length in 0..20 {
                for place in 0..length {
                    for byte in 0..=u8::MAX {
                        let mut bytes = vec![filler; length];
                        bytes[place] = byte;
                        let expected = if needs_escape(byte) { place } else { length };
                        assert_eq!(plain_run(&bytes), expected, "{byte:#x} at {place} of {length}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_of_two_special_bytes_counts() {
        for first in [0x00, 0x1f, b'"', b'\\'] {
            for second in 0..=u8::MAX {
                let bytes = [b'a', b'a', first, second, b'a', b'a', b'a', b'a', b'a'];
                assert_eq!(plain_run(&bytes), 2, "{first:#x} then {second:#x}");
            }
        }
    }
}
