//! Hashing a row of values so that no two rows have the same bytes: each value with its type and its length
//! before it. The layout is part of the file's format and described in `docs/file-format.md`.

/// BLAKE3 over typed values, one after the other.
#[derive(Default)]
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    pub(crate) fn null(&mut self) {
        self.add(0, &[]);
    }

    pub(crate) fn int(&mut self, number: i64) {
        self.add(1, &number.to_le_bytes());
    }

    /// A text; its bytes are taken as they are stored, valid or not.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.add(2, text);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.add(3, bytes);
    }

    fn add(&mut self, kind: u8, bytes: &[u8]) {
        self.0.update(&[kind]);
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(add: impl FnOnce(&mut Digest)) -> [u8; 32] {
        let mut digest = Digest::default();
        add(&mut digest);
        digest.finish()
    }

    #[test]
    fn values_do_not_run_into_each_other() {
        let all = [
            of(|digest| digest.text(b"ab")),
            of(|digest| digest.bytes(b"ab")),
            of(|digest| {
                digest.text(b"a");
                digest.text(b"b");
            }),
            of(|digest| {
                digest.text(b"");
                digest.text(b"ab");
            }),
            of(|digest| digest.int(0)),
            of(Digest::null),
            of(|digest| digest.bytes(&0_i64.to_le_bytes())),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
    }
}
