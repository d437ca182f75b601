//! The cases of a store or of a transaction: making, opening and listing them.

use napi_derive::napi;
use statehold::{CaseFilter, CaseOptions, RotateOptions};

use super::record::CaseSummary;
use crate::value::{time_of, whole};

/// How a case is created.
#[napi(object)]
pub struct Creating {
    /// Its id.
    pub case_id: Option<String>,
    /// What its receipts keep.
    pub history: Option<String>,
}

impl Creating {
    pub(crate) fn options(given: Option<Self>) -> statehold::Result<CaseOptions> {
        let mut options = CaseOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.case_id = given.case_id;
        if let Some(history) = given.history {
            options.history = history.parse()?;
        }
        Ok(options)
    }
}

/// Which cases are listed.
#[napi(object)]
pub struct CaseListing {
    /// Only those that stand so.
    pub status: Option<String>,
    /// Only those whose id matches.
    pub pattern: Option<String>,
    /// At most so many.
    pub limit: Option<f64>,
    /// Only those after this id.
    pub start_after: Option<String>,
}

impl CaseListing {
    pub(crate) fn filter(given: Option<Self>) -> statehold::Result<CaseFilter> {
        let mut filter = CaseFilter::new();
        let Some(given) = given else { return Ok(filter) };
        filter.status = given.status.map(|status| status.parse()).transpose()?;
        if let Some(pattern) = given.pattern {
            filter.pattern = pattern;
        }
        let limit = given.limit.map(|limit| whole("limit", limit)).transpose()?;
        filter.limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        filter.start_after = given.start_after;
        Ok(filter)
    }
}

pub(crate) fn summaries(found: Vec<statehold::CaseSummary>) -> Vec<CaseSummary> {
    found.into_iter().map(CaseSummary::from).collect()
}

/// Which receipts are moved into an archive.
#[napi(object)]
pub struct Rotating {
    /// How many stay.
    pub keep: Option<f64>,
    /// Only those before this time, in milliseconds since 1970.
    pub before_ms: Option<f64>,
    /// The file that they are added to.
    pub archive: Option<String>,
}

impl Rotating {
    pub(super) fn options(given: Option<Self>) -> statehold::Result<RotateOptions> {
        let mut options = RotateOptions::new();
        let Some(given) = given else { return Ok(options) };
        options.keep = given.keep.map(|keep| whole("keep", keep)).transpose()?;
        options.before = given.before_ms.map(|ms| time_of("beforeMs", ms)).transpose()?;
        options.archive = given.archive.map(Into::into);
        Ok(options)
    }
}

/// The cases of a store or of a transaction.
macro_rules! cases {
    ($type:ident) => {
        #[napi]
        impl $type {
            /// Creates a case; `ctx` is JSON text.
            #[napi]
            pub fn create_case<'env>(
                &self,
                env: &'env Env,
                ctx: String,
                options: Option<$crate::case::Creating>,
                later: bool,
            ) -> Result<Reply<'env, $crate::case::Case>> {
                let (inner, writes) = (self.inner.clone(), self.writes());
                let work = move || {
                    let options = $crate::case::Creating::options(options)?;
                    Ok((inner.create_case_json(statehold::Json::new(ctx)?, &options)?, writes))
                };
                self.writes().answer(env, later, work, $crate::case::Case::new)
            }

            /// A case as it was last committed.
            #[napi(js_name = "case")]
            pub fn open_case<'env>(
                &self,
                env: &'env Env,
                id: String,
                later: bool,
            ) -> Result<Reply<'env, $crate::case::Case>> {
                let (inner, writes) = (self.inner.clone(), self.writes());
                let work = move || Ok((inner.case(&id)?, writes));
                self.writes().reads().answer(env, later, work, $crate::case::Case::new)
            }

            /// The cases that match.
            #[napi]
            pub fn cases<'env>(
                &self,
                env: &'env Env,
                options: Option<$crate::case::CaseListing>,
                later: bool,
            ) -> Result<Reply<'env, Vec<$crate::case::CaseSummary>>> {
                let inner = self.inner.clone();
                let work = move || inner.cases(&$crate::case::CaseListing::filter(options)?);
                self.writes().reads().answer(env, later, work, $crate::case::summaries)
            }
        }
    };
}

pub(crate) use cases;
