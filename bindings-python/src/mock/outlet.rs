//! Where mock clouds come from: a store, or a transaction.

/// Makes the method of a class that has `inner`.
macro_rules! mock_clouds {
    ($type:ty) => {
        #[pyo3::pymethods]
        impl $type {
            /// A mock cloud, by its name; several names are isolated from each other. Creates nothing.
            #[pyo3(signature = (name = "default"))]
            fn mock_cloud(&self, name: &str) -> crate::mock::MockCloud {
                crate::mock::MockCloud { inner: self.inner.mock_cloud(name) }
            }
        }
    };
}

pub(crate) use mock_clouds;
