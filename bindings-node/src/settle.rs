//! The two ways off the event loop. A read is a task on libuv's pool. A write is settled by whichever thread
//! commits it, so that writers who wait never occupy the pool's four threads.

use napi::bindgen_prelude::{AsyncTask, Object, ToNapiValue, TypeName};
use napi::{Env, JsDeferred, Task};

use crate::error::{Result, envelope};

/// Work for libuv's pool; gives JavaScript a promise when it is returned.
pub(crate) fn task<T>(run: impl FnOnce() -> statehold::Result<T> + Send + 'static) -> AsyncTask<Work<T>>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    AsyncTask::new(Work { run: Some(Box::new(run)) })
}

/// See [`task`].
pub struct Work<T> {
    run: Option<Box<dyn FnOnce() -> statehold::Result<T> + Send>>,
}

impl<T: ToNapiValue + TypeName + Send + 'static> Task for Work<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> Result<T> {
        let run = self.run.take().expect("napi computes a task once");
        run().map_err(|error| envelope(&error))
    }

    fn resolve(&mut self, _env: Env, output: T) -> Result<T> {
        Ok(output)
    }
}

type Resolver<T> = Box<dyn FnOnce(Env) -> Result<T>>;

/// The promise's other end: settles it once, from any thread. Dropped unused it leaves the promise pending.
pub(crate) struct Settle<T: ToNapiValue>(JsDeferred<T, Resolver<T>>);

impl<T: ToNapiValue + Send + 'static> Settle<T> {
    /// Resolves or rejects the promise; the event loop takes notice soon after.
    pub(crate) fn with(self, outcome: statehold::Result<T>) {
        match outcome {
            Ok(value) => self.0.resolve(Box::new(move |_| Ok(value))),
            Err(error) => self.0.reject(envelope(&error)),
        }
    }
}

/// A promise, and what settles it.
pub(crate) fn promise<T: ToNapiValue + Send + 'static>(env: &Env) -> Result<(Object<'_>, Settle<T>)> {
    let (deferred, promise) = env.create_deferred()?;
    Ok((promise, Settle(deferred)))
}
