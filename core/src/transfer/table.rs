//! What a facet says of its records, so that they can be exported and imported without knowing what they mean.

use super::line::{Fields, Line};
use crate::engine::reader::{Arg, Column as Cell, Row};
use crate::engine::request::Param;
use crate::error::{Error, Result};
use crate::ids::{hex, unhex};
use crate::json::Json;

/// The records of a facet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transfer {
    /// In the order in which they are exported.
    pub(crate) tables: &'static [Table],
    /// By what the journal names what has changed.
    pub(crate) subject: Subject,
    /// Removes all that a subject has, with the parameters of the subject.
    pub(crate) clear: &'static [&'static str],
}

/// What a change in the journal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// ?1 the name.
    Name,
    /// ?1 the name, ?2 the key.
    NameAndKey,
}

/// One kind of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table {
    /// What a line calls one of them.
    pub(crate) record: &'static str,
    /// The members of a line, in the order of the columns of `page` and `of` and of the parameters of `put`.
    pub(crate) columns: &'static [Column],
    /// So many of the first columns are the key.
    pub(crate) key: usize,
    /// How many there are.
    pub(crate) count: &'static str,
    /// All whose key comes after the parameters, in the order of their keys.
    pub(crate) page: &'static str,
    /// Those of one subject, in the order of their keys.
    pub(crate) of: &'static str,
    /// Puts one in, with the parameters that each statement has.
    pub(crate) put: &'static [&'static str],
}

/// A member of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

impl Column {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind }
    }
}

/// What a column holds, and how a line has it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text that must be a name.
    Name(fn(&str) -> Result<()>),
    Text,
    MaybeText,
    Int,
    MaybeInt,
    /// 32 bytes, as hexadecimal digits.
    Hash,
    /// JSON that a caller gave, within the limits of a store; verbatim.
    Document,
    /// JSON that the store has made; verbatim.
    Json,
    MaybeJson,
    /// A value: JSON as `json`, bytes as `bytes` in base64.
    Value,
}

/// A column of a key, of the last record that was read.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Text(String),
    Int(i64),
}

impl Key {
    /// What comes before every key of a table.
    pub(crate) fn first(table: &Table) -> Vec<Self> {
        let before = |column: &Column| match column.kind {
            Kind::Int => Self::Int(i64::MIN),
            _ => Self::Text(String::new()),
        };
        table.columns[..table.key].iter().map(before).collect()
    }

    pub(crate) fn arg(&self) -> Arg<'_> {
        match self {
            Self::Text(text) => Arg::Text(text),
            Self::Int(number) => Arg::Int(*number),
        }
    }
}

impl Table {
    /// Writes a row as a line.
    pub(crate) fn write(&self, facet: &str, row: &Row<'_>, line: &mut Line) -> Result<()> {
        line.begin(facet, self.record);
        for (at, Column { name, kind }) in self.columns.iter().enumerate() {
            match kind {
                Kind::Name(_) | Kind::Text => line.text(name, row.text(at)?),
                Kind::MaybeText => line.maybe(name, row.maybe_text(at)?, Line::text),
                Kind::Int => line.int(name, row.int(at)?),
                Kind::MaybeInt => line.maybe(name, row.maybe_int(at)?, Line::int),
                Kind::Hash => line.text(name, &hex(row.bytes(at)?)),
                Kind::Document | Kind::Json => line.json(name, row.text(at)?),
                Kind::MaybeJson => line.maybe(name, row.maybe_text(at)?, Line::json),
                Kind::Value => match row.column(at)? {
                    Cell::Text(text) => line.json("json", text),
                    Cell::Bytes(bytes) => line.bytes("bytes", bytes),
                },
            }
        }
        line.end();
        Ok(())
    }

    /// The parameters that a line stands for. `most_bytes` is what a value may have.
    pub(crate) fn read(&self, fields: &mut Fields<'_>, most_bytes: usize) -> Result<Vec<Param>> {
        self.columns.iter().map(|column| column.read(fields, most_bytes)).collect()
    }
}

impl Column {
    fn read(&self, fields: &mut Fields<'_>, most_bytes: usize) -> Result<Param> {
        let name = self.name;
        let maybe = |param: Option<Param>| param.unwrap_or(Param::Null);
        let needed = |param: Option<Param>| param.ok_or_else(|| Error::value(name, "it is missing"));
        let text = |fields: &mut Fields<'_>| Ok(fields.text(name)?.map(Param::text));
        let int = |fields: &mut Fields<'_>| Ok(fields.int(name)?.map(Param::Int));
        let json = |fields: &mut Fields<'_>| Ok(fields.json(name)?.map(Param::text));
        match self.kind {
            Kind::Name(check) => {
                let text = fields.text(name)?.unwrap_or_default();
                check(&text)?;
                Ok(Param::text(text))
            }
            Kind::Text => text(fields).and_then(needed),
            Kind::MaybeText => text(fields).map(maybe),
            Kind::Int => int(fields).and_then(needed),
            Kind::MaybeInt => int(fields).map(maybe),
            Kind::Json => json(fields).and_then(needed),
            Kind::MaybeJson => json(fields).map(maybe),
            Kind::Hash => {
                let hash = fields.text(name)?.and_then(|digits| unhex(&digits));
                let hash = hash.ok_or_else(|| Error::value(name, "it is not 64 hexadecimal digits"))?;
                Ok(Param::blob(hash))
            }
            Kind::Document => {
                let text = fields.json(name)?.ok_or_else(|| Error::value(name, "it is missing"))?;
                document(text, most_bytes)
            }
            Kind::Value => match (fields.json("json")?, fields.bytes("bytes")?) {
                (Some(text), None) => document(text, most_bytes),
                (None, Some(bytes)) => {
                    crate::value::check_size(bytes.len(), most_bytes)?;
                    Ok(Param::blob(bytes))
                }
                _ => Err(Error::value("json", "a record has either `json` or `bytes`")),
            },
        }
    }
}

fn document(text: String, most_bytes: usize) -> Result<Param> {
    crate::value::check_size(text.len(), most_bytes)?;
    Ok(Param::text(Json::new(text)?.into_string()))
}

/// The key of a row.
pub(crate) fn of_row(table: &Table, row: &Row<'_>) -> Result<Vec<Key>> {
    let columns = table.columns[..table.key].iter().enumerate();
    columns
        .map(|(at, column)| match column.kind {
            Kind::Int => Ok(Key::Int(row.int(at)?)),
            _ => Ok(Key::Text(row.text(at)?.to_owned())),
        })
        .collect()
}
