//! The Node binding: it converts types and errors and keeps the event loop free; every rule stands in the core.
#![allow(unsafe_code, reason = "napi's macros expand to unsafe code; there is none written by hand")]

mod error;
mod settle;

use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Object};
use napi_derive::napi;
use statehold::{Error, Json};

use error::{Result, envelope};
use settle::Work;

/// Every error code with the name of its class, as pairs.
#[napi]
pub fn error_codes() -> Vec<Vec<&'static str>> {
    Error::CODES.iter().map(|(code, name)| vec![*code, *name]).collect()
}

/// Checks a JSON text as a value of the store, and gives it back.
#[napi]
pub fn check_json_sync(text: String) -> Result<String> {
    checked(text).map_err(|error| envelope(&error))
}

/// The same on the pool.
#[napi(ts_return_type = "Promise<string>")]
pub fn check_json(text: String) -> AsyncTask<Work<String>> {
    settle::task(move || checked(text))
}

/// The same settled by another thread.
#[napi(ts_return_type = "Promise<string>")]
pub fn check_json_elsewhere(env: &Env, text: String) -> Result<Object<'_>> {
    let (promise, settle) = settle::promise(env)?;
    std::thread::spawn(move || settle.with(checked(text)));
    Ok(promise)
}

fn checked(text: String) -> statehold::Result<String> {
    Ok(Json::new(text)?.as_str().to_owned())
}
