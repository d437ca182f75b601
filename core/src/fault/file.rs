//! The file of a store's faults, `NAME-faults`: the rules, the counts and the journal of calls, shared by all processes
//! that opened the store with faults on. It is a store itself, so that what one call does to it is one commit.
//!
//! | namespace | key | value |
//! |---|---|---|
//! | `rules` | operation or pattern | the rule |
//! | `latency` | `*` | seconds that every call waits |
//! | `counts` | operation | how often it was called |
//! | `calls` | number, 20 digits | a call |
//! | `numbers` | `calls` | the number of the last call |
//!
//! What belongs to a mock cloud has a blank and the cloud's name at the end of its key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::operation::Target;
use super::stored::{Call, Rule, choose, seconds};
use super::{FaultCall, FaultRule, OperationFailure};
use crate::commit::{Transaction, TransactionOptions};
use crate::engine::Durability;
use crate::error::Result;
use crate::namespace::Namespace;
use crate::options::OpenOptions;
use crate::store::Store;

/// How many calls the journal keeps.
const CALLS_MOST: u64 = 10_000;

/// How many commits the file's own journal keeps; nobody watches it.
const JOURNAL_ROWS: u64 = 1_000;

/// How long to wait for those who draw at the same time.
const PATIENCE: Duration = Duration::from_secs(60);

const ALL: &str = "*";

/// The file, opened.
pub(crate) struct File {
    store: Store,
    /// How many calls the journal keeps.
    calls_most: u64,
}

/// What befalls a call.
pub(crate) struct Drawn {
    pub(crate) latency: Duration,
    /// The rule that makes it fail, if one does.
    pub(crate) failure: Option<OperationFailure>,
}

impl File {
    /// Opens or makes the file beside the store at `path`, with the options of that store that are about files.
    pub(crate) fn open(path: &Path, options: OpenOptions) -> Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push("-faults");
        // What is lost with the power is of no use afterwards. Nobody is to be told that this file is busy, who asked for
        // another.
        let options = options
            .durability(Durability::Normal)
            .journal_max_rows(JOURNAL_ROWS)
            .background(false)
            .busy_timeout(PATIENCE);
        Ok(Self { store: options.open(PathBuf::from(name))?, calls_most: CALLS_MOST })
    }

    pub(crate) fn close(&self) -> Result<()> {
        self.store.close()
    }

    /// Counts and journals a call, and draws what befalls it: in one commit, so that it is exact over threads and
    /// processes.
    pub(crate) fn call(&self, operation: &'static str, scope: Option<&str>, time_ms: i64) -> Result<Drawn> {
        self.write(|tx| {
            let global = latency(&tx.namespace("latency"), scope)?;
            let rule = choose(rules(&tx.namespace("rules"))?, operation, scope);
            let (delay, failure) = match rule {
                None => (global, None),
                Some(mut rule) => {
                    rule.calls += 1;
                    let delay = rule.failure.delay(rule.calls, global);
                    let strikes = rule.failure.strikes(rule.calls, rule.hits);
                    rule.hits += u64::from(strikes);
                    tx.namespace("rules").set(&key(&rule.operation, rule.scope.as_deref()), &rule)?;
                    (delay, strikes.then_some(rule.failure))
                }
            };
            tx.namespace("counts").increment(&key(operation, scope), 1)?;
            let call = Call {
                operation: operation.to_owned(),
                scope: scope.map(str::to_owned),
                time_ms,
                latency: delay.as_secs_f64(),
                error_code: failure.as_ref().map(|failure| failure.error_code.clone()),
                after_commit: failure.as_ref().is_some_and(|failure| failure.after_commit),
                process: std::process::id(),
            };
            let numbers = tx.namespace("numbers");
            let number = numbers.get::<u64>("calls")?.unwrap_or(0) + 1;
            numbers.set("calls", &number)?;
            let calls = tx.namespace("calls");
            calls.set(&numbered(number), &call)?;
            if number > self.calls_most {
                calls.delete(&numbered(number - self.calls_most))?;
            }
            Ok(Drawn { latency: delay, failure })
        })
    }

    pub(crate) fn set_latency(&self, scope: Option<&str>, span: Duration) -> Result<()> {
        self.store.namespace("latency").set(&key(ALL, scope), &span.as_secs_f64()).map(|_| ())
    }

    /// Removes a cloud's own latency, so that it has the store's.
    pub(crate) fn clear_latency(&self, scope: Option<&str>) -> Result<bool> {
        self.store.namespace("latency").delete(&key(ALL, scope))
    }

    pub(crate) fn latency(&self, scope: Option<&str>) -> Result<Duration> {
        Ok(seconds(self.store.namespace("latency").get(&key(ALL, scope))?))
    }

    pub(crate) fn set_rule(
        &self,
        target: &Target,
        scope: Option<&str>,
        failure: OperationFailure,
    ) -> Result<()> {
        let rule = Rule {
            operation: target.name().to_owned(),
            scope: scope.map(str::to_owned),
            failure,
            calls: 0,
            hits: 0,
        };
        self.store.namespace("rules").set(&key(target.name(), scope), &rule).map(|_| ())
    }

    pub(crate) fn rule(&self, target: &Target, scope: Option<&str>) -> Result<Option<FaultRule>> {
        let rule: Option<Rule> = self.store.namespace("rules").get(&key(target.name(), scope))?;
        Ok(rule.map(FaultRule::from))
    }

    pub(crate) fn clear_rule(&self, target: &Target, scope: Option<&str>) -> Result<bool> {
        self.store.namespace("rules").delete(&key(target.name(), scope))
    }

    /// The rules of a cloud, or all, by operation.
    pub(crate) fn rules(&self, scope: Option<&str>) -> Result<Vec<FaultRule>> {
        let mut found = rules(&self.store.namespace("rules"))?;
        found.retain(|rule| is_seen(scope, rule.scope.as_deref()));
        Ok(found.into_iter().map(FaultRule::from).collect())
    }

    /// Removes the rules of a cloud, or all, and says how many there were.
    pub(crate) fn clear_rules(&self, scope: Option<&str>) -> Result<u64> {
        self.write(|tx| {
            let namespace = tx.namespace("rules");
            let mut found = rules(&namespace)?;
            found.retain(|rule| is_seen(scope, rule.scope.as_deref()));
            let keys: Vec<_> = found.iter().map(|rule| key(&rule.operation, rule.scope.as_deref())).collect();
            namespace.batch_delete(&keys)
        })
    }

    /// The calls of a cloud, or all, that are of the target, oldest first.
    pub(crate) fn calls(&self, target: &Target, scope: Option<&str>) -> Result<Vec<FaultCall>> {
        let mut calls = Vec::new();
        for item in self.store.namespace("calls").items("*")? {
            let call: Call = item?.1.parse()?;
            if target.matches(&call.operation) && is_seen(scope, call.scope.as_deref()) {
                calls.push(FaultCall::from(call));
            }
        }
        Ok(calls)
    }

    /// How many calls there were of the target.
    pub(crate) fn count(&self, target: &Target, scope: Option<&str>) -> Result<u64> {
        let mut count = 0;
        for item in self.store.namespace("counts").items("*")? {
            let (key, value) = item?;
            let (operation, of) = parts(&key);
            if target.matches(operation) && is_seen(scope, of) {
                count += value.parse::<u64>()?;
            }
        }
        Ok(count)
    }

    /// Forgets the calls of a cloud, or all, and how many there were.
    pub(crate) fn clear_calls(&self, scope: Option<&str>) -> Result<()> {
        self.write(|tx| {
            let (calls, counts) = (tx.namespace("calls"), tx.namespace("counts"));
            let mut gone = Vec::new();
            for item in calls.items("*")? {
                let (key, value) = item?;
                if is_seen(scope, value.parse::<Call>()?.scope.as_deref()) {
                    gone.push(key);
                }
            }
            calls.batch_delete(&gone)?;
            let counted: Vec<_> = counts.list("*")?;
            let gone: Vec<_> = counted.iter().filter(|key| is_seen(scope, parts(key).1)).collect();
            counts.batch_delete(&gone)?;
            Ok(())
        })
    }

    /// Writes with nobody in between.
    fn write<T>(&self, f: impl FnMut(&Transaction) -> Result<T>) -> Result<T> {
        self.store.transaction_with(TransactionOptions::new().lock(true), f)
    }
}

fn rules(namespace: &Namespace) -> Result<Vec<Rule>> {
    namespace.items("*")?.map(|item| item?.1.parse()).collect()
}

/// The latency of all operations: a cloud's own, or the store's.
fn latency(namespace: &Namespace, scope: Option<&str>) -> Result<Duration> {
    if scope.is_some()
        && let Some(own) = namespace.get(&key(ALL, scope))?
    {
        return Ok(seconds(Some(own)));
    }
    Ok(seconds(namespace.get(ALL)?))
}

/// Whether what belongs to `of` is seen from a cloud, or from the store, which sees all.
fn is_seen(from: Option<&str>, of: Option<&str>) -> bool {
    from.is_none() || from == of
}

/// No operation and no pattern has a blank, so two keys are never the same by chance.
fn key(operation: &str, scope: Option<&str>) -> String {
    scope.map_or_else(|| operation.to_owned(), |scope| format!("{operation} {scope}"))
}

fn parts(key: &str) -> (&str, Option<&str>) {
    key.split_once(' ').map_or((key, None), |(operation, scope)| (operation, Some(scope)))
}

fn numbered(number: u64) -> String {
    format!("{number:020}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_of_calls_is_bounded_and_the_counts_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::open(&folder.path().join("store.db"), Store::options()).unwrap();
        let file = File { calls_most: 20, ..file };
        for number in 0..50 {
            file.call("namespace.get", None, number).unwrap();
        }
        file.call("namespace.set", None, 50).unwrap();
        let all = Target::parse("*").unwrap();
        assert_eq!(file.count(&all, None).unwrap(), 51);
        let calls = file.calls(&all, None).unwrap();
        assert_eq!((calls.len(), &*calls[19].operation), (20, "namespace.set"));
        assert_eq!(calls[0].time, crate::clock::from_ms(31));
    }
}
