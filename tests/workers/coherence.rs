//! What a worker does in the test of coherence: it commits numbered steps, or checks what it reads against them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Data, json};
use statehold::{Error, Namespace, SetOptions};

use super::{Asked, Worker};

/// What a key holds after a step: the number of one, for a while or for good.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Nothing,
    Value(u32),
    Fleeting(u32),
}

fn holds(step: u32) -> Holds {
    match step % 10 {
        _ if step == 0 => Holds::Nothing,
        // The same once more.
        6 => Holds::Value(step - 1),
        7 => Holds::Nothing,
        8 => Holds::Fleeting(step),
        _ => Holds::Value(step),
    }
}

/// What was seen of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Something,
    Value(u32),
}

impl From<Option<u32>> for Seen {
    fn from(found: Option<u32>) -> Self {
        found.map_or(Self::Nothing, Self::Value)
    }
}

impl Seen {
    fn fits(self, step: u32) -> bool {
        match (self, holds(step)) {
            (Self::Nothing, held) => !matches!(held, Holds::Value(_)),
            (Self::Something, held) => held != Holds::Nothing,
            (Self::Value(seen), Holds::Value(held) | Holds::Fleeting(held)) => seen == held,
            (Self::Value(_), Holds::Nothing) => false,
        }
    }
}

/// Which steps of each key were begun and which were acknowledged, in a file that all workers share. A number of 32
/// bits stands beside its complement, so that one that is being written is not read half.
struct Steps {
    file: File,
    keys: usize,
}

impl Steps {
    fn open(asked: &Asked) -> Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(Path::new(asked.text("steps")?))?;
        Ok(Self { file, keys: asked.size("keys")? })
    }

    fn tell(&mut self, at: usize, step: u32) -> Result<()> {
        self.file.seek(SeekFrom::Start(at as u64 * 8))?;
        Ok(self.file.write_all(&[step.to_ne_bytes(), (!step).to_ne_bytes()].concat())?)
    }

    fn begin(&mut self, key: usize, step: u32) -> Result<()> {
        self.tell(key, step)
    }

    fn acknowledge(&mut self, key: usize, step: u32) -> Result<()> {
        self.tell(self.keys + key, step)
    }

    fn numbers(&mut self, first: usize) -> Result<Vec<u32>> {
        let mut bytes = vec![0; self.keys * 8];
        loop {
            self.file.seek(SeekFrom::Start(first as u64 * 8))?;
            self.file.read_exact(&mut bytes)?;
            let (words, _) = bytes.as_chunks::<4>();
            let (pairs, _) = words.as_chunks::<2>();
            let pairs = pairs.iter().map(|pair| pair.map(u32::from_ne_bytes));
            if pairs.clone().all(|[step, complement]| step == !complement) {
                return Ok(pairs.map(|[step, _]| step).collect());
            }
        }
    }

    fn begun(&mut self) -> Result<Vec<u32>> {
        self.numbers(0)
    }

    fn acknowledged(&mut self) -> Result<Vec<u32>> {
        self.numbers(self.keys)
    }
}

/// Random numbers, by Marsaglia's generator of 32 bits.
struct Chances(u32);

impl Chances {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end
    }
}

impl Asked {
    fn size(&self, name: &str) -> Result<usize> {
        Ok(usize::try_from(self.number(name)?)?)
    }
}

/// Takes the next step of a key.
fn take(ns: &Namespace, steps: &mut Steps, at: usize, step: u32) -> Result<()> {
    steps.begin(at, step)?;
    let key = key(at);
    match holds(step) {
        Holds::Nothing => drop(ns.delete(&key)?),
        Holds::Value(value) => drop(ns.set(&key, &value)?),
        Holds::Fleeting(value) => {
            ns.set_with(&key, &value, &SetOptions::new().ttl(Duration::from_millis(3)))?;
        }
    }
    steps.acknowledge(at, step)
}

/// Takes the next steps of several keys in one commit. All of them last.
fn take_together(ns: &Namespace, steps: &mut Steps, taken: &[(usize, u32)]) -> Result<()> {
    for (at, step) in taken {
        steps.begin(*at, *step)?;
    }
    let entries = taken.iter().map(|(at, step)| Ok((key(*at), statehold::Value::json(step)?)));
    ns.batch_set(entries.collect::<Result<Vec<_>>>()?, None)?;
    taken.iter().try_for_each(|(at, step)| steps.acknowledge(*at, *step))
}

fn key(at: usize) -> String {
    format!("key {at}")
}

/// Reads a key in one of all ways.
fn look(ns: &Namespace, key: &str, way: usize) -> Result<Seen> {
    Ok(match way {
        0 => {
            // The store tells time by milliseconds.
            let before = SystemTime::now() - Duration::from_millis(1);
            let Some(entry) = ns.entry(key)? else { return Ok(Seen::Nothing) };
            ensure!(entry.expires_at.is_none_or(|expires| expires > before), "{key} had expired");
            Seen::Value(entry.value.parse()?)
        }
        1 if ns.exists(key)? => Seen::Something,
        1 => Seen::Nothing,
        2 => match ns.get_ttl(key) {
            Ok(_) => Seen::Something,
            Err(Error::KeyNotFound { .. }) => Seen::Nothing,
            Err(error) => return Err(error.into()),
        },
        _ => ns.get(key)?.into(),
    })
}

/// Reads many keys, in one of all ways.
fn look_at_all(ns: &Namespace, names: &[String], random: &mut Chances) -> Result<BTreeMap<usize, Seen>> {
    if random.below(8) == 0 {
        let found = ns.batch_get(names)?;
        let value = |name: &String| found.iter().find(|(key, _)| key == name).map(|(_, value)| value.parse());
        return names
            .iter()
            .enumerate()
            .map(|(at, name)| Ok((at, value(name).transpose()?.into())))
            .collect();
    }
    let mut found = BTreeMap::new();
    for _ in names {
        let at = random.below(names.len());
        if let Entry::Vacant(new) = found.entry(at) {
            new.insert(look(ns, &names[at], random.below(8))?);
        }
    }
    Ok(found)
}

/// The numbers of a pair that is always the same.
fn both(pair: &Namespace) -> Result<(u64, u64)> {
    let found = pair.batch_get(&["left", "right"])?;
    let side = |name| found.iter().find(|(key, _)| key == name).map_or(Ok(0), |(_, value)| value.parse());
    Ok((side("left")?, side("right")?))
}

impl Worker {
    /// Commits to its keys, and to a pair that it keeps the same, until the process is killed.
    pub(super) fn churn(&self, asked: &Asked) -> Result<Data> {
        let (first, each) = (asked.size("first")?, asked.size("each")?);
        let (ns, pair) = (self.store()?.namespace("a"), self.store()?.namespace(&format!("pair {first}")));
        let (mut steps, mut random) = (Steps::open(asked)?, Chances(u32::try_from(asked.number("seed")?)?));
        let mut numbers = steps.begun()?;
        loop {
            let at = first + random.below(each);
            numbers[at] += 1;
            take(&ns, &mut steps, at, numbers[at])?;
            match random.below(10) {
                0 => std::thread::sleep(Duration::from_millis(random.below(3) as u64)),
                // It is not there, so this is a commit that writes nothing.
                1 => ensure!(!ns.delete("never")?, "a key that never was set was there"),
                2 => {
                    let value = statehold::Value::json(&(pair.get::<u64>("left")?.unwrap_or(0) + 1))?;
                    pair.batch_set([("left", value.clone()), ("right", value)], None)?;
                }
                3 => {
                    let mut taken = Vec::new();
                    for at in (first..first + each).filter(|at| (numbers[*at] + 1) % 10 < 6) {
                        taken.push((at, numbers[at] + 1));
                    }
                    for &(at, step) in &taken {
                        numbers[at] = step;
                    }
                    take_together(&ns, &mut steps, &taken)?;
                }
                _ => {}
            }
        }
    }

    /// Reads so often, checks each read, and commits to its own keys in between.
    pub(super) fn look(&self, asked: &Asked) -> Result<Data> {
        let (first, each, times) = (asked.size("first")?, asked.size("each")?, asked.number("times")?);
        let (store, ns) = (self.store()?, self.store()?.namespace("a"));
        let pairs = asked.0["pairs"].as_array().context("pairs")?;
        let mut pairs: Vec<_> =
            pairs.iter().map(|pair| (store.namespace(&format!("pair {pair}")), 0)).collect();
        let (mut steps, mut random) = (Steps::open(asked)?, Chances(u32::try_from(asked.number("seed")?)?));
        let names: Vec<String> = (0..steps.keys).map(key).collect();
        let (mut own, mut reads) = (steps.begun()?, 0);
        // What is known to have been reached, by what was read.
        let mut reached = vec![0; steps.keys];
        while reads < times {
            let acknowledged = steps.acknowledged()?;
            let found = look_at_all(&ns, &names, &mut random)?;
            let begun = steps.begun()?;
            reads += found.len() as u64;
            for (at, seen) in found {
                let least = reached[at].max(acknowledged[at]);
                reached[at] = (least..=begun[at]).find(|step| seen.fits(*step)).with_context(|| {
                    format!(
                        "{} gave {seen:?}: step {} was acknowledged, {} was read before, {} has begun",
                        names[at], acknowledged[at], reached[at], begun[at]
                    )
                })?;
            }
            for (pair, last) in &mut pairs {
                let (left, right) = both(pair)?;
                ensure!(left == right && left >= *last, "{left} and {right} after {last}");
                *last = left;
            }
            if random.below(6) == 0 {
                let at = first + random.below(each);
                own[at] += 1;
                take(&ns, &mut steps, at, own[at])?;
            }
        }
        let stats = store.stats();
        Ok(json!({ "reads": reads, "hits": stats.cache_hits, "misses": stats.cache_misses }))
    }
}
