//! Options as JavaScript has them, turned into the core's.

use std::collections::HashMap;

use napi::bindgen_prelude::Either3;
use napi_derive::napi;
use statehold::{
    Durability, ListOptions, OpenOptions, OptionValue, Result, SetOptions, Spelling, TransactionOptions,
    WatchOptions,
};

use crate::error::envelope;
use crate::value::{ttl, whole};

/// Options of `open`, by name.
pub(crate) fn open_options(named: HashMap<String, Either3<bool, f64, String>>) -> Result<OpenOptions> {
    let mut options = OpenOptions::default();
    for (name, value) in named {
        let value = match value {
            Either3::A(on) => OptionValue::Bool(on),
            Either3::B(number) => OptionValue::Number(number),
            Either3::C(text) => OptionValue::Text(text),
        };
        options.set(&name, &value, Spelling::Camel)?;
    }
    Ok(options)
}

/// Throws the error of an option that doesn't exist, with the nearest one that does.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn refuse_option(name: String, known: Vec<String>) -> napi::Result<()> {
    Err(envelope(&statehold::unknown_option(&name, known.iter().map(String::as_str))))
}

/// How a key is set.
#[napi(object)]
pub struct Setting {
    /// After how long it expires.
    pub ttl_ms: Option<f64>,
    /// Whether a key that is there keeps its expiry.
    pub keep_ttl: Option<bool>,
    /// Only if it is absent.
    pub only_if_absent: Option<bool>,
    /// Only if it is present.
    pub only_if_present: Option<bool>,
    /// Only if it is at this revision.
    pub if_revision: Option<f64>,
}

impl Setting {
    pub(crate) fn options(given: Option<Self>) -> Result<SetOptions> {
        let Some(given) = given else { return Ok(SetOptions::new()) };
        let revision = given.if_revision.map(|revision| whole("ifRevision", revision)).transpose()?;
        let flag = |flag: Option<bool>| flag.unwrap_or(false);
        let mut options = SetOptions::new().with_conditions(
            flag(given.only_if_absent),
            flag(given.only_if_present),
            revision,
        )?;
        options.ttl = ttl(given.ttl_ms)?;
        options.keep_ttl = flag(given.keep_ttl);
        Ok(options)
    }
}

/// Which keys are listed.
#[napi(object)]
pub struct Listing {
    /// At most so many.
    pub limit: Option<f64>,
    /// Only those after this one.
    pub start_after: Option<String>,
    /// From the last to the first.
    pub reverse: Option<bool>,
}

impl Listing {
    pub(crate) fn options(given: Option<Self>) -> Result<ListOptions> {
        let mut options = ListOptions::new();
        let Some(given) = given else { return Ok(options) };
        let limit = given.limit.map(|limit| whole("limit", limit)).transpose()?;
        options.limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        options.start_after = given.start_after;
        options.reverse = given.reverse.unwrap_or(false);
        Ok(options)
    }
}

/// How a transaction is run.
#[napi(object)]
pub struct Running {
    /// How often it is run again after a conflict.
    pub max_retries: Option<f64>,
    /// Whether to take the write lock up front.
    pub lock: Option<bool>,
    /// For how long it is held at most.
    pub lock_timeout_ms: Option<f64>,
    /// How durable the commit is.
    pub durability: Option<String>,
}

impl Running {
    pub(crate) fn options(given: Option<Self>) -> Result<TransactionOptions> {
        let mut options = TransactionOptions::new();
        let Some(given) = given else { return Ok(options) };
        if let Some(times) = given.max_retries {
            options.max_retries = u32::try_from(whole("maxRetries", times)?).unwrap_or(u32::MAX);
        }
        options.lock = given.lock.unwrap_or(false);
        options.lock_timeout = given
            .lock_timeout_ms
            .map(|ms| whole("lockTimeoutMs", ms).map(std::time::Duration::from_millis))
            .transpose()?;
        options.durability = given.durability.as_deref().map(str::parse::<Durability>).transpose()?;
        Ok(options)
    }
}

/// Which changes are watched.
#[napi(object)]
pub struct Watching {
    /// Only those of this facet.
    pub facet: Option<String>,
    /// Only those of this name.
    pub namespace: Option<String>,
    /// Only those whose key matches.
    pub pattern: Option<String>,
    /// Only those after this revision.
    pub after: Option<f64>,
}

impl Watching {
    pub(crate) fn options(given: Option<Self>) -> Result<WatchOptions> {
        let mut options = WatchOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.facet = given.facet;
        options.namespace = given.namespace;
        options.pattern = given.pattern;
        options.after = given.after.map(|revision| whole("after", revision)).transpose()?;
        Ok(options)
    }
}
