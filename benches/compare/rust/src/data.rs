//! The keys and values that every peer is given, and in which order.

use fastrand::Rng;

/// Keys of a store that is not said to be large, of which each has a value of 100 bytes.
pub(crate) const FEW: usize = 10_000;
/// Keys of a large one, of which each has a value of 96 bytes.
pub(crate) const MANY: usize = 1_000_000;

/// YCSB's: the most popular of 10,000 keys is asked for once in ten times.
const ZIPF_EXPONENT: f64 = 0.99;

pub(crate) fn key(number: usize) -> String {
    format!("key:{number:06}")
}

/// An object whose JSON text has 100 bytes, or 96 in a large store, and differs from version to version.
pub(crate) fn value(number: usize, version: usize, keys: usize) -> String {
    let bytes = if keys >= MANY { 96 } else { 100 };
    let id = number + 1_000_000;
    let head =
        format!(r#"{{"id":{id},"name":"user {id}","on":true,"version":{},"pad":""#, version + 1_000_000);
    let pad = bytes - head.len() - 2;
    format!(r#"{head}{:x<pad$}"}}"#, "")
}

/// Pairs for some keys of a store of so many, of a version that none of them had before.
pub(crate) fn pairs(
    numbers: impl IntoIterator<Item = usize>,
    version: usize,
    keys: usize,
) -> Vec<(String, String)> {
    numbers.into_iter().map(|number| (key(number), value(number, version, keys))).collect()
}

/// All numbers below `keys`, in random order.
pub(crate) fn shuffled(keys: usize, chance: &mut Rng) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..keys).collect();
    chance.shuffle(&mut numbers);
    numbers
}

/// So many numbers below `keys`, each of which may come again.
pub(crate) fn any(count: usize, keys: usize, chance: &mut Rng) -> Vec<usize> {
    (0..count).map(|_| chance.usize(..keys)).collect()
}

/// Draws ranks from 0 on, of which the low ones come often, by a Zipf distribution.
pub(crate) struct Zipf {
    /// The share of all ranks up to this one.
    cumulative: Vec<f64>,
}

impl Zipf {
    pub(crate) fn new(ranks: usize) -> Self {
        let mut sum = 0.0;
        let mut rank = 0.0_f64;
        let cumulative = std::iter::repeat_with(|| {
            rank += 1.0;
            sum += rank.powf(-ZIPF_EXPONENT);
            sum
        });
        Self { cumulative: cumulative.take(ranks).collect() }
    }

    pub(crate) fn draw(&self, chance: &mut Rng) -> usize {
        let sum = self.cumulative.last().copied().unwrap_or_default();
        let drawn = chance.f64() * sum;
        self.cumulative.partition_point(|up_to| *up_to <= drawn).min(self.cumulative.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_size_that_they_are_said_to_have() {
        for (number, version, keys, bytes) in
            [(0, 0, FEW, 100), (9_999, 77_000, FEW, 100), (999_999, 9, MANY, 96)]
        {
            let text = value(number, version, keys);
            assert_eq!(text.len(), bytes);
            let made: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(made["version"], version + 1_000_000);
        }
    }

    #[test]
    fn the_first_rank_comes_as_often_as_its_share_says() {
        let zipf = Zipf::new(FEW);
        let mut chance = Rng::with_seed(1);
        let first = (0..100_000).filter(|_| zipf.draw(&mut chance) == 0).count();
        assert!((9_000..11_500).contains(&first), "{first} of 100,000");
    }
}
