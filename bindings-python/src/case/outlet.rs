//! Where cases come from: a store, or a transaction.

/// Makes the methods of a class that has `inner` and `terms`.
macro_rules! cases {
    ($type:ty) => {
        #[pyo3::pymethods]
        impl $type {
            /// Creates a case, with a context that is an object; its id is a new one if none is given. With
            /// `history="full"` its receipts keep enough for `Case.at`. Raises `ConflictError` if there is one of this id.
            #[pyo3(signature = (ctx = Given::NOTHING, *, case_id = None, history = History::NAMES),
                   text_signature = "($self, ctx={}, *, case_id=None, history='names')")]
            fn create_case(
                &self,
                py: Python<'_>,
                ctx: Given<'_>,
                case_id: Option<Id<'_>>,
                history: History,
            ) -> Result<Case> {
                let mut options = CaseOptions::new().history(history.0);
                options.case_id = case_id.map(|id| id.to_owned());
                let ctx = match ctx.0 {
                    Some(ctx) => self.terms.json(&ctx)?,
                    None => Json::new("{}")?,
                };
                let inner = py.detach(|| self.inner.create_case_json(ctx, &options))?;
                Ok(Case { inner, terms: self.terms.clone() })
            }

            /// A case as it is now. Raises `NotFoundError` if there is none of this id.
            fn case(&self, py: Python<'_>, case_id: Id<'_>) -> Result<Case> {
                let inner = py.detach(|| self.inner.case(&case_id))?;
                Ok(Case { inner, terms: self.terms.clone() })
            }

            /// Summaries of the cases of a status whose ids match a glob pattern, sorted by their ids: at most
            /// `limit`, those after `start_after`.
            #[pyo3(signature = (*, status = None, pattern = Pattern::ALL, limit = None, start_after = None),
                   text_signature = "($self, *, status=None, pattern='*', limit=None, start_after=None)")]
            fn cases(
                &self,
                py: Python<'_>,
                status: Option<CaseStatus>,
                pattern: Pattern<'_>,
                limit: Option<usize>,
                start_after: Option<Id<'_>>,
            ) -> Result<List<CaseSummary>> {
                let mut filter = CaseFilter::new().pattern(&*pattern);
                filter.status = status.map(|status| status.0);
                filter.limit = limit;
                filter.start_after = start_after.map(|id| id.to_owned());
                let found = py.detach(|| self.inner.cases(&filter))?;
                Ok(List(found.into_iter().map(CaseSummary::from).collect()))
            }
        }
    };
}

pub(crate) use cases;
