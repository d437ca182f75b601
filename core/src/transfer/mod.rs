//! How records leave a store and come into one, as lines of JSON. The format is described in `docs/export-format.md`. A
//! facet says by [`Table`]s what its records are; what is done with them is in `operations`.

mod line;
mod table;

pub(crate) use line::{Fields, Line};
pub(crate) use table::{Column, Key, Kind, Subject, Table, Transfer, of_row};
