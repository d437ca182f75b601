//! Opening mock clouds that stand alone, and that of the process.

use std::sync::OnceLock;

use napi::bindgen_prelude::Either;
use napi::{Env, Result};
use napi_derive::napi;
use statehold::{Json, MockCloudOptions};

use super::MockCloud;
use super::instance::transition;
use crate::clock::ManualClock;
use crate::pool::Workers;
use crate::reply::{Lane, Reply};
use crate::value::span;

/// How a cloud is made.
#[napi(object)]
pub struct MockMaking {
    /// What it begins with, as JSON text.
    pub fixtures: Option<String>,
    /// How long starting and stopping take: a word, or milliseconds.
    pub transition: Option<Either<String, f64>>,
}

impl MockMaking {
    pub(crate) fn options(self) -> statehold::Result<MockCloudOptions> {
        let mut options = MockCloudOptions::new();
        if let Some(fixtures) = self.fixtures {
            options = options.fixtures(Json::new(fixtures)?);
        }
        if let Some(given) = self.transition {
            options = options.transition(transition(given)?);
        }
        Ok(options)
    }
}

/// Where a cloud that stands alone is kept.
#[napi(object)]
pub struct MockFile {
    /// The file.
    pub persist_to: Option<String>,
    /// How long after a change it is written.
    pub debounce_ms: Option<f64>,
}

/// Opens a mock cloud that stands alone.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn open_mock_cloud<'env>(
    env: &'env Env,
    making: MockMaking,
    file: MockFile,
    clock: Option<&ManualClock>,
    later: bool,
) -> Result<Reply<'env, MockCloud>> {
    let clock = clock.map(|clock| clock.inner.clone());
    let workers = Workers::patient();
    let lane = Lane::Write(workers.clone());
    let work = move || {
        let mut options = making.options()?;
        if let Some(path) = file.persist_to {
            options = options.persist_to(path);
        }
        if let Some(ms) = file.debounce_ms {
            options = options.debounce(span("debounceMs", ms)?);
        }
        if let Some(clock) = clock {
            options = options.clock(clock);
        }
        Ok((statehold::open_mock_cloud(options)?, workers))
    };
    lane.answer(env, later, work, |(inner, workers)| MockCloud::of_store(inner, &workers))
}

/// The threads of the cloud of the process, which may be used by several threads of JavaScript.
fn workers() -> &'static Workers {
    static WORKERS: OnceLock<Workers> = OnceLock::new();
    WORKERS.get_or_init(Workers::patient)
}

/// The mock cloud of the process.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn get_mock_cloud(env: &Env, later: bool) -> Result<Reply<'_, MockCloud>> {
    let show = |inner| MockCloud::of_store(inner, workers());
    Lane::Write(workers().clone()).answer(env, later, statehold::get_mock_cloud, show)
}

/// Closes it, so that the next one is another.
#[napi]
#[allow(unreachable_pub, reason = "napi exports what is public")]
pub fn reset_mock_cloud(env: &Env, later: bool) -> Result<Reply<'_, ()>> {
    Lane::Write(workers().clone()).answer(env, later, statehold::reset_mock_cloud, |()| ())
}
