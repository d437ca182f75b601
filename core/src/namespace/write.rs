//! Statements that change a namespace.

use std::sync::Arc;

use super::FACET;
use super::sql;
use crate::engine::request::{Effect, Param, Statement, Written};
use crate::value::Value;

/// What becomes of a key's expiry when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It never expires.
    Never,
    /// It expires so many milliseconds after the commit.
    After(i64),
    /// A live key keeps what it has; a new one gets this TTL, if there is one.
    Keep(Option<i64>),
}

impl Expiry {
    pub(crate) fn ttl_ms(self) -> Option<i64> {
        match self {
            Self::Never => None,
            Self::After(ttl) => Some(ttl),
            Self::Keep(ttl) => ttl,
        }
    }

    fn params(self) -> [Param; 2] {
        self.ttl_ms().map_or([Param::Null, Param::Null], |ttl| [Param::After(ttl), Param::Int(ttl)])
    }
}

/// What a commit does for a namespace whose id is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It makes the namespace, which it writes keys to.
    Make,
    /// It only looks for it: what changes or removes keys makes no namespace.
    Find,
}

/// The namespace that statements are for.
pub(crate) struct Target {
    name: Arc<str>,
    id: Param,
}

impl Target {
    /// With a known id, or with one that the commit itself finds or makes first.
    pub(crate) fn in_commit(
        name: &Arc<str>,
        id: Option<i64>,
        unknown: Unknown,
        statements: &mut Vec<Statement>,
    ) -> Self {
        let id = id.map_or_else(
            || {
                statements.push(Statement {
                    sql: match unknown {
                        Unknown::Make => sql::NAMESPACE,
                        // No row gives 0, which is no namespace's id.
                        Unknown::Find => sql::NAMESPACE_ID,
                    },
                    params: vec![Param::text(&**name)],
                    effect: Effect::Silent,
                });
                Param::Result(statements.len() - 1)
            },
            Param::Int,
        );
        Self { name: name.clone(), id }
    }

    fn key(&self, operation: &'static str, value: Written, expires: Option<usize>) -> Effect {
        Effect::Key { facet: FACET, name: self.name.clone(), operation, key: 1, value, expires }
    }

    pub(crate) fn put(&self, key: &str, value: Value, expiry: Expiry) -> Statement {
        let [expires, ttl] = expiry.params();
        let keeps = matches!(expiry, Expiry::Keep(_));
        Statement {
            sql: if keeps { sql::PUT_KEEPING_TTL } else { sql::PUT },
            params: vec![
                self.id.clone(),
                Param::text(key),
                value.into_param(),
                Param::Revision,
                Param::Now,
                expires,
                ttl,
            ],
            effect: self.key("set", Written::Param(2), (!keeps).then_some(5)),
        }
    }

    /// Puts what was exported, with its times: `[created, updated]`, `[expires, ttl]`.
    pub(crate) fn merge(&self, key: &str, value: Param, times: [Param; 2], expiry: [Param; 2]) -> Statement {
        let ([created, updated], [expires, ttl]) = (times, expiry);
        Statement {
            sql: sql::MERGE,
            params: vec![
                self.id.clone(),
                Param::text(key),
                value,
                Param::Revision,
                created,
                updated,
                expires,
                ttl,
            ],
            effect: self.key("set", Written::Param(2), Some(6)),
        }
    }

    /// Adds to an integer where SQLite can; gives no row where it can't.
    pub(crate) fn increment(&self, key: &str, first: i64, by: i64, ttl_ms: Option<i64>) -> Statement {
        let [expires, ttl] = Expiry::Keep(ttl_ms).params();
        Statement {
            sql: sql::INCREMENT,
            params: vec![
                self.id.clone(),
                Param::text(key),
                Param::text(first.to_string()),
                Param::Revision,
                Param::Now,
                expires,
                ttl,
                Param::Int(by),
            ],
            effect: self.key("set", Written::Returned, None),
        }
    }

    pub(crate) fn delete(&self, key: &str) -> Statement {
        Statement {
            sql: sql::DELETE,
            params: self.at(key),
            effect: self.key("delete", Written::Nothing, None),
        }
    }

    /// Makes room for a new row under the same key, of which the journal tells.
    pub(crate) fn delete_silently(&self, key: &str) -> Statement {
        Statement { effect: Effect::Silent, ..self.delete(key) }
    }

    pub(crate) fn pop(&self, key: &str) -> Statement {
        Statement { sql: sql::POP, ..self.delete(key) }
    }

    pub(crate) fn set_ttl(&self, key: &str, expiry: Expiry) -> Statement {
        let mut params = self.at(key);
        params.extend(expiry.params());
        // It may shorten a life, which `touch` can't: a transaction that has seen the key must know.
        Statement { sql: sql::SET_TTL, params, effect: self.key("set_ttl", Written::Nothing, Some(3)) }
    }

    pub(crate) fn touch(&self, key: &str) -> Statement {
        Statement { sql: sql::TOUCH, params: self.at(key), effect: self.key("touch", Written::Nothing, None) }
    }

    pub(crate) fn clear(&self) -> Statement {
        Statement {
            sql: sql::CLEAR,
            params: vec![self.id.clone(), Param::Now],
            effect: Effect::Rows { facet: FACET, name: self.name.clone(), operation: "delete" },
        }
    }

    fn at(&self, key: &str) -> Vec<Param> {
        vec![self.id.clone(), Param::text(key), Param::Now]
    }
}
