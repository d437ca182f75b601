//! Words: one of some that the core knows.

/// A word of the core's: one of some, which a type checker knows.
macro_rules! word {
    ($(#[$doc:meta])* $type:ident, $core:ty, $($text:literal),*) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $type(pub(crate) $core);

        impl $type {
            const HINT: pyo3::inspect::PyStaticExpr = pyo3::type_hint_subscript!(
                pyo3::type_hint_identifier!("typing", "Literal"),
                $(pyo3::inspect::PyStaticExpr::Constant {
                    value: pyo3::inspect::PyStaticConstant::Str($text)
                }),*
            );
        }

        impl<'py> FromPyObject<'_, 'py> for $type {
            type Error = $crate::error::Failure;
            const INPUT_TYPE: pyo3::inspect::PyStaticExpr = Self::HINT;

            fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
                Ok(Self(object.extract::<&str>()?.parse()?))
            }
        }

        impl<'py> IntoPyObject<'py> for $type {
            type Target = pyo3::types::PyString;
            type Output = Bound<'py, Self::Target>;
            type Error = std::convert::Infallible;
            const OUTPUT_TYPE: pyo3::inspect::PyStaticExpr = Self::HINT;

            fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
                Ok(pyo3::types::PyString::new(py, self.0.as_str()))
            }
        }
    };
}

pub(crate) use word;
