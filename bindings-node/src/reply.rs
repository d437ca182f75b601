//! How a call is answered: at once, or by a promise that a thread settles.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{Either, JsValue, PromiseRaw, ToNapiValue, TypeName};
use napi::{Env, Error, Result, Task};

use crate::error::envelope;
use crate::pool::Workers;

/// What a function gives that can be asked both ways: the answer, or, asked with `later`, a promise of it.
pub(crate) type Reply<'env, T> = Either<T, PromiseRaw<'env, T>>;

/// Where the work is done that a promise is for.
#[derive(Clone)]
pub(crate) enum Lane {
    /// On libuv's pool: it never waits for anybody.
    Read,
    /// On the store's own threads: it may wait for a lock, or for a disk to sync.
    Write(Workers),
    /// The same for what others wait for: it must not queue up behind them.
    First(Workers),
}

impl Lane {
    /// Where a store's reads are done. One that is delayed by a fault would be missed in libuv's pool.
    pub(crate) fn of_reads(workers: &Workers) -> Self {
        if workers.are_patient() { Self::Write(workers.clone()) } else { Self::Read }
    }

    /// Where is done what happens inside of a transaction. It stays in memory; but where it may be delayed, those that wait
    /// for the write lock, which it may hold, must not be before it.
    pub(crate) fn inside(workers: &Workers) -> Self {
        if workers.are_patient() { Self::First(workers.clone()) } else { Self::Read }
    }

    /// The same before all others: what those wait for.
    pub(crate) fn first(&self) -> Self {
        match self {
            Self::Write(workers) => Self::First(workers.clone()),
            other => other.clone(),
        }
    }

    /// Where reads are done beside the writes that are done here.
    pub(crate) fn reads(&self) -> Self {
        match self {
            Self::Write(workers) | Self::First(workers) if workers.are_patient() => self.clone(),
            _ => Self::Read,
        }
    }

    /// Does `work`, and turns what it gives into what JavaScript gets.
    pub(crate) fn answer<'env, T, J>(
        &self,
        env: &'env Env,
        later: bool,
        work: impl FnOnce() -> statehold::Result<T> + Send + 'static,
        show: fn(T) -> J,
    ) -> Result<Reply<'env, J>>
    where
        T: Send + 'static,
        J: ToNapiValue + TypeName + 'static,
    {
        if !later {
            return at_once(work).map(|value| Either::A(show(value)));
        }
        let workers = match self {
            Self::Read => {
                let promise = env.spawn(Reading { work: Some(work), show })?;
                return Ok(Either::B(promise.promise_object()));
            }
            Self::Write(workers) | Self::First(workers) => workers,
        };
        let (deferred, promise) = env.create_deferred()?;
        let job = move || match at_once(work) {
            Ok(value) => deferred.resolve(move |_| Ok(show(value))),
            Err(error) => deferred.reject(error),
        };
        if let Self::First(_) = self {
            workers.run_at_once(job);
        } else {
            workers.run(job);
        }
        Ok(Either::B(PromiseRaw::new(env.raw(), promise.raw())))
    }
}

struct Reading<W, T, J> {
    work: Option<W>,
    show: fn(T) -> J,
}

impl<W, T, J> Task for Reading<W, T, J>
where
    W: FnOnce() -> statehold::Result<T> + Send,
    T: Send + 'static,
    J: ToNapiValue + TypeName,
{
    type Output = T;
    type JsValue = J;

    fn compute(&mut self) -> Result<T> {
        at_once(self.work.take().expect("libuv runs a task once"))
    }

    fn resolve(&mut self, _: Env, output: T) -> Result<J> {
        Ok((self.show)(output))
    }
}

/// Keeps a panic from crossing into Node.
pub(crate) fn at_once<T>(work: impl FnOnce() -> statehold::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| envelope(&error)),
        Err(panic) => Err(Error::from_reason(format!("statehold has a bug: {}", said(&*panic)))),
    }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message")
}
