//! Reading a namespace as of a moment: the one implementation for a store, a snapshot and a
//! transaction, which also sees what it has written itself.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::Bound;

use super::glob::Glob;
use super::options::ListOptions;
use super::pending::{Holds, Pending};
use super::sql;
use crate::engine::Engine;
use crate::engine::reader::{Arg, Next, Reader, Row};
use crate::error::Result;
use crate::value::{Stored, Times, Value};

/// The time by which a view judges what has expired.
pub(crate) enum Now<'a> {
    /// That of a snapshot or a transaction.
    Fixed(i64),
    /// The present one, asked for only when something can expire.
    Present(&'a Engine),
}

/// A namespace at a moment.
pub(crate) struct View<'a> {
    pub(crate) reader: Reader<'a>,
    /// Of the namespace; none if nothing was ever written to it.
    pub(crate) id: Option<i64>,
    pub(crate) now: Now<'a>,
    /// What the transaction has written, if it is one.
    pub(crate) pending: Option<&'a BTreeMap<Box<str>, Pending>>,
    /// When the first of the stored keys expires that a scan has come by.
    pub(crate) valid_until: Cell<Option<i64>>,
}

/// Which keys to visit, in which order.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) glob: Glob,
    pub(crate) start_after: Option<String>,
    pub(crate) reverse: bool,
    pub(crate) values: bool,
}

impl View<'_> {
    pub(crate) fn now(&self) -> i64 {
        match self.now {
            Now::Fixed(now) => now,
            Now::Present(engine) => engine.shared_now(),
        }
    }

    fn lives(&self, expires_ms: Option<i64>) -> bool {
        expires_ms.is_none_or(|expires| expires > self.now())
    }

    fn pending(&self, key: &str) -> Option<&Pending> {
        self.pending.and_then(|pending| pending.get(key))
    }

    /// The live row of a key with its value.
    pub(crate) fn find(&self, key: &str) -> Result<Option<Stored>> {
        let pending = self.pending(key);
        match pending.map(Pending::holds) {
            Some(Holds::This(stored)) => return Ok(Some(stored.clone())),
            Some(Holds::Nothing) => return Ok(None),
            Some(Holds::AsStored) | None => {}
        }
        let Some(id) = self.id else { return Ok(None) };
        let found = self.reader.one(sql::FIND, &[Arg::Int(id), Arg::Text(key)], |row| {
            let times = times(row)?;
            if !self.lives(times.expires_ms) {
                return Ok(None);
            }
            Ok(Some(Stored { value: Value::from_column(&row.column(5)?), times }))
        })?;
        Ok(found.flatten().map(|mut stored| {
            stored.times = pending.map_or(stored.times, |pending| pending.over(stored.times));
            stored
        }))
    }

    /// The live row of a key without its value.
    pub(crate) fn find_times(&self, key: &str) -> Result<Option<Times>> {
        let pending = self.pending(key);
        match pending.map(Pending::holds) {
            Some(Holds::This(stored)) => return Ok(Some(stored.times)),
            Some(Holds::Nothing) => return Ok(None),
            Some(Holds::AsStored) | None => {}
        }
        let Some(id) = self.id else { return Ok(None) };
        let found = self.reader.one(sql::FIND_TIMES, &[Arg::Int(id), Arg::Text(key)], times)?;
        let live = found.filter(|times| self.lives(times.expires_ms));
        Ok(live.map(|times| pending.map_or(times, |pending| pending.over(times))))
    }

    /// Visits the live keys that match, in order, until `visit` has seen enough. Values come with a scan
    /// that asks for them.
    pub(crate) fn scan(
        &self,
        scan: &Scan,
        mut visit: impl FnMut(&str, Option<Value>) -> Result<Next>,
    ) -> Result<()> {
        let (lower, upper) = scan.bounds();
        if upper.as_ref().is_some_and(|upper| *upper <= lower) {
            return Ok(());
        }
        let now = self.now();
        let all_match = scan.glob.is_prefix_only();
        let mut own = self.own(&lower, upper.as_deref(), scan);
        let mut stopped = false;
        if let Some(id) = self.id {
            let args = [Arg::Int(id), Arg::Text(&lower), upper.as_deref().map_or(Arg::Highest, Arg::Text)];
            // The statement that gives keys in order goes on to the one behind the range.
            let bounded = scan.values || scan.reverse;
            let (args, end) = if bounded { (&args[..], None) } else { (&args[..2], upper.as_deref()) };
            self.reader.each(scan.sql(), args, |row| {
                let key = row.text(0)?;
                if end.is_some_and(|end| key >= end) {
                    return Ok(Next::Stop);
                }
                // What the transaction has written comes in between, or in place of the row.
                while let Some((own_key, pending)) = own.take_up_to(key) {
                    if let Next::Stop = scan.offer(own_key, pending, &mut visit)? {
                        stopped = true;
                        return Ok(Next::Stop);
                    }
                }
                let own = self.pending(key);
                let expires = if own.is_some() { None } else { row.maybe_int(1)? };
                let dead = expires.is_some_and(|expires| expires <= now);
                if own.is_some_and(Pending::is_own) || dead || !(all_match || scan.glob.matches(key)) {
                    return Ok(Next::Row);
                }
                self.valid_until.set(earlier(self.valid_until.get(), expires));
                let value = if scan.values { Some(Value::from_column(&row.column(2)?)) } else { None };
                let next = visit(key, value)?;
                stopped = matches!(next, Next::Stop);
                Ok(next)
            })?;
        }
        while !stopped && let Some((key, pending)) = own.take() {
            stopped = matches!(scan.offer(key, pending, &mut visit)?, Next::Stop);
        }
        Ok(())
    }

    fn own(&self, lower: &str, upper: Option<&str>, scan: &Scan) -> Own<'_> {
        let range = self.pending.map(|pending| {
            let upper = upper.map_or(Bound::Unbounded, Bound::Excluded);
            pending.range::<str, _>((Bound::Included(lower), upper))
        });
        Own { range, peeked: None, reverse: scan.reverse }
    }
}

impl Scan {
    pub(crate) fn new(pattern: &str, values: bool) -> Result<Self> {
        Ok(Self { glob: Glob::new(pattern)?, start_after: None, reverse: false, values })
    }

    pub(crate) fn with_options(pattern: &str, values: bool, options: &ListOptions) -> Result<Self> {
        let (start_after, reverse) = (options.start_after.clone(), options.reverse);
        Ok(Self { start_after, reverse, ..Self::new(pattern, values)? })
    }

    /// Whether the scan would come by a key, if it ended with `end` or with the last one that matches.
    pub(crate) fn contains(&self, key: &str, end: Option<&str>) -> bool {
        let after = self.start_after.as_deref();
        let in_order = if self.reverse {
            after.is_none_or(|after| key < after) && end.is_none_or(|end| key >= end)
        } else {
            after.is_none_or(|after| key > after) && end.is_none_or(|end| key <= end)
        };
        in_order && self.glob.matches(key)
    }

    /// The lower bound, included, and the upper one, excluded.
    fn bounds(&self) -> (String, Option<String>) {
        let (mut lower, mut upper) = self.glob.range();
        if let Some(after) = &self.start_after {
            if self.reverse {
                upper = Some(upper.map_or_else(|| after.clone(), |upper| upper.min(after.clone())));
            } else {
                // Keys have no NUL, so this is the first one that can come after.
                lower = lower.max(format!("{after}\0"));
            }
        }
        (lower, upper)
    }

    fn sql(&self) -> &'static str {
        match (self.values, self.reverse) {
            (false, false) => sql::KEYS,
            (false, true) => sql::KEYS_REVERSED,
            (true, false) => sql::ITEMS,
            (true, true) => sql::ITEMS_REVERSED,
        }
    }

    fn offer(
        &self,
        key: &str,
        pending: &Pending,
        visit: &mut impl FnMut(&str, Option<Value>) -> Result<Next>,
    ) -> Result<Next> {
        match pending.holds() {
            Holds::This(stored) if self.glob.matches(key) => {
                visit(key, self.values.then(|| stored.value.clone()))
            }
            _ => Ok(Next::Row),
        }
    }
}

/// The transaction's own keys of a range, in the order of the scan.
struct Own<'a> {
    range: Option<Range<'a, Box<str>, Pending>>,
    peeked: Option<(&'a str, &'a Pending)>,
    reverse: bool,
}

impl<'a> Own<'a> {
    fn take(&mut self) -> Option<(&'a str, &'a Pending)> {
        self.peeked.take().or_else(|| {
            let range = self.range.as_mut()?;
            let next = if self.reverse { range.next_back() } else { range.next() };
            next.map(|(key, pending)| (&**key, pending))
        })
    }

    /// The next one that does not come after `key`.
    fn take_up_to(&mut self, key: &str) -> Option<(&'a str, &'a Pending)> {
        let next = self.take()?;
        let after = if self.reverse { next.0 < key } else { next.0 > key };
        if after {
            self.peeked = Some(next);
            return None;
        }
        Some(next)
    }
}

/// The earlier of two times, where none is never.
pub(crate) fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn times(row: &Row<'_>) -> Result<Times> {
    Ok(Times {
        revision: row.int(0)?.unsigned_abs(),
        created_ms: row.int(1)?,
        updated_ms: row.int(2)?,
        expires_ms: row.maybe_int(3)?,
        ttl_ms: row.maybe_int(4)?,
    })
}
