//! Does in Rust what a test of several languages asks for: one JSON object a line in, one a line out.
//! `worker.py` and `worker.mjs` do the same in their languages; `tests/README.md` has the list of what they do.

mod cases;
mod coherence;
mod environments;
mod mistakes;
mod plugins;

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde_json::{Value as Data, json};
use statehold::{
    EnvironmentLock, EnvironmentRecord, Error, ManualClock, Namespace, SetOptions, Store, Value,
};
use statehold_tests::{build, spell};

/// An open store, and what can be asked to be done with it.
#[derive(Default)]
struct Worker {
    store: Option<Store>,
    clock: ManualClock,
    record: Option<EnvironmentRecord>,
    lock: Option<EnvironmentLock>,
}

/// What is asked for: a line's members.
struct Asked(Data);

impl Asked {
    fn text(&self, name: &str) -> Result<&str> {
        self.0[name].as_str().with_context(|| format!("{name} must be a text"))
    }

    fn number(&self, name: &str) -> Result<u64> {
        self.0[name].as_u64().with_context(|| format!("{name} must be a number"))
    }

    fn ms(&self, name: &str) -> Option<Duration> {
        self.0[name].as_u64().map(Duration::from_millis)
    }
}

fn main() -> Result<()> {
    let mut worker = Worker::default();
    for line in std::io::stdin().lock().lines() {
        let asked = Asked(serde_json::from_str(&line?)?);
        say(&match worker.act(&asked) {
            Ok(result) => json!({ "ok": result }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        })?;
    }
    Ok(())
}

fn say(message: &Data) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{message}")?;
    Ok(out.flush()?)
}

impl Worker {
    fn act(&mut self, asked: &Asked) -> Result<Data> {
        match asked.text("do")? {
            "open" => self.open(asked),
            "close" => Ok(self.store()?.close()?.into()),
            "put" => self.put(asked),
            "read" => {
                let entry = self.namespace(asked)?.entry(asked.text("key")?)?;
                Ok(entry.map(|entry| spell(&entry.value)).transpose()?.into())
            }
            "append" => self.append(asked),
            "increment" => self.increment(asked),
            "expiry" => self.expiry(asked),
            "advance" => {
                self.clock.advance(asked.ms("ms").context("ms")?);
                Ok(Data::Null)
            }
            "steps" => self.steps(asked.text("who")?),
            "watch" => self.watch(asked.ms("ms").context("ms")?),
            "make" => self.make(asked),
            "compete" => self.compete(asked),
            "journal" => {
                let check = self.store()?.verify_journal()?;
                Ok(json!({
                    "rows": check.rows, "revision": check.revision, "problems": check.problems, "hash": check.hash
                }))
            }
            "mistake" => {
                let outcome = mistakes::make(asked.text("name")?, Path::new(asked.text("folder")?));
                Ok(outcome.err().map_or(Data::Null, |error| mistakes::told(&error)))
            }
            "churn" => self.churn(asked),
            "look" => self.look(asked),
            "save" | "migrate" | "restore" | "state" | "fill" | "climb" => self.act_on_plugin(asked),
            what if what.starts_with("case_") => self.act_on_case(asked),
            what if what.starts_with("env_") => self.act_on_environment(asked),
            other => bail!("{other} is not known"),
        }
    }

    fn store(&self) -> Result<&Store> {
        self.store.as_ref().context("no store is open")
    }

    fn namespace(&self, asked: &Asked) -> Result<Namespace> {
        Ok(self.store()?.namespace(asked.text("ns")?))
    }

    /// Opens a store, and gives the commits that it is said to have lost.
    fn open(&mut self, asked: &Asked) -> Result<Data> {
        let mut options = Store::options().label("rust");
        if let Ok(durability) = asked.text("durability") {
            options = options.durability(durability.parse()?);
        }
        if let Some(start) = asked.ms("start_ms") {
            self.clock = ManualClock::at(UNIX_EPOCH + start);
            options = options.clock(self.clock.clone());
        }
        if let Ok(most) = asked.number("max_backups") {
            options = options.max_backups(u32::try_from(most)?);
        }
        if let Ok(most) = asked.number("cache_bytes") {
            options = options.cache_bytes(usize::try_from(most)?);
        }
        let store = self.store.insert(options.open(asked.text("path")?)?);
        Ok(store.lost_commits().map_or(Data::Null, |lost| json!([lost.expected, lost.found])))
    }

    fn put(&self, asked: &Asked) -> Result<Data> {
        let built = build(&asked.0["value"])?;
        let mut options = SetOptions::new();
        options.ttl = asked.ms("ttl_ms");
        self.namespace(asked)?.set_value(asked.text("key")?, built.clone(), &options)?;
        Ok(spell(&built)?.into())
    }

    fn append(&self, asked: &Asked) -> Result<Data> {
        let word = asked.text("word")?;
        self.namespace(asked)?.update(asked.text("key")?, |old| {
            let mut words: Vec<String> = old.map_or(Ok(Vec::new()), |value| value.parse())?;
            words.push(word.to_owned());
            Value::json(&words)
        })?;
        Ok(Data::Null)
    }

    fn increment(&self, asked: &Asked) -> Result<Data> {
        let (namespace, key) = (self.namespace(asked)?, asked.text("key")?);
        let mut total = String::new();
        for _ in 0..asked.number("times")? {
            total = namespace.increment(key, 1)?.to_string();
        }
        Ok(serde_json::from_str(&total)?)
    }

    /// All that the time to live of a key has to do with.
    fn expiry(&self, asked: &Asked) -> Result<Data> {
        let (namespace, key) = (self.namespace(asked)?, asked.text("key")?);
        let ttl_ms = match namespace.get_ttl(key) {
            Ok(ttl) => ttl.map(whole_ms).into(),
            Err(Error::KeyNotFound { .. }) => json!("missing"),
            Err(error) => return Err(error.into()),
        };
        let since_1970 = |time: SystemTime| time.duration_since(UNIX_EPOCH).map(whole_ms);
        let expires_at = namespace.entry(key)?.and_then(|entry| entry.expires_at);
        Ok(json!({
            "value": namespace.get_value(key)?.as_ref().map_or(Ok("null".to_owned()), spell)?,
            "exists": namespace.exists(key)?,
            "ttl_ms": ttl_ms,
            "expires_at_ms": expires_at.map(since_1970).transpose()?,
            "listed": namespace.list(key)?,
            "counted": namespace.count(key)?,
        }))
    }

    /// Transactions over three namespaces, each reported after it returned, until the process is killed.
    fn steps(&self, who: &str) -> Result<Data> {
        let store = self.store()?;
        for round in 0_u64.. {
            let name = format!("{who}:{round}");
            let number: u64 = store.transaction(|tx| {
                let number = tx.namespace("left").get("n")?.unwrap_or(0) + 1;
                tx.namespace("left").set("n", &number)?;
                tx.namespace("steps").set(&name, &number)?;
                tx.namespace("right").set("n", &number)?;
                Ok::<_, Error>(number)
            })?;
            say(&json!({ "step": name, "n": number }))?;
        }
        Ok(Data::Null)
    }

    /// Reads both ends of what `steps` keeps equal; gives how often, and what was torn. A snapshot that the
    /// store ends, because the log had outgrown its limit, is counted and taken anew.
    fn watch(&self, span: Duration) -> Result<Data> {
        let (start, mut reads, mut ended, mut torn, mut last) = (Instant::now(), 0, 0, Vec::new(), 0_u64);
        while start.elapsed() < span {
            let snapshot = self.store()?.snapshot()?;
            let side = |name| Ok(snapshot.namespace(name).get::<u64>("n")?.unwrap_or(0));
            let (left, right) = match side("left").and_then(|left| Ok((left, side("right")?))) {
                Ok(sides) => sides,
                Err(Error::Closed { what: "the snapshot", .. }) => {
                    ended += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if left != right || left < last {
                torn.push([last, left, right]);
            }
            (last, reads) = (left, reads + 1);
        }
        Ok(json!({ "reads": reads, "ended": ended, "torn": torn }))
    }

    fn make(&self, asked: &Asked) -> Result<Data> {
        let (key, pause) = (asked.text("key")?, asked.ms("ms").context("ms")?);
        let runs = self.store()?.namespace("runs");
        let slowly = || {
            let run = runs.increment(key, 1)?;
            std::thread::sleep(pause);
            Value::json(&format!("made by run {run}"))
        };
        Ok(self.namespace(asked)?.get_or_set(key, slowly, None)?.parse()?)
    }

    fn compete(&self, asked: &Asked) -> Result<Data> {
        let (namespace, key) = (self.namespace(asked)?, asked.text("key")?);
        let (span, start) = (asked.ms("ms").context("ms")?, Instant::now());
        let (mut commits, mut busy, mut worst) = (0_u64, 0_u64, Duration::ZERO);
        while start.elapsed() < span {
            let before = Instant::now();
            match namespace.set(key, &commits) {
                Ok(_) => commits += 1,
                Err(Error::Busy { .. }) => busy += 1,
                Err(error) => return Err(error.into()),
            }
            worst = worst.max(before.elapsed());
        }
        Ok(json!({ "commits": commits, "worst_us": u64::try_from(worst.as_micros())?, "busy": busy }))
    }
}

/// The milliseconds of what the store keeps in whole ones.
fn whole_ms(span: Duration) -> u64 {
    assert_eq!(span.subsec_nanos() % 1_000_000, 0, "{span:?} is no whole number of milliseconds");
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
