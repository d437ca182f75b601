//! From serde to the [`Writer`]: what `serde_json` writes, within the rules of a store.

use std::fmt::Display;

use serde::ser::{self, Serialize};

use super::Writer;
use super::key::KeySerializer;
use crate::{Error, Result};

impl Writer {
    /// Writes any value that serde can serialise. Enums, map keys and bytes are written as `serde_json` does.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] with the path, as [`Json::from_serialize`](super::Json::from_serialize). Parts of the
    /// value may have been written then; [`clear`](Self::clear) the writer before it is used again.
    ///
    /// ```
    /// let mut writer = statehold::json::Writer::new();
    /// writer.serialize(&[Some(1), None])?;
    /// assert_eq!(writer.finish()?.as_str(), "[1,null]");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    pub fn serialize<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(Serializer { writer: self }).map_err(|refusal| match refusal {
            Refusal::Error(error) => *error,
            // Nothing was written since the type refused, so that the position is the one it refused at.
            Refusal::Custom(reason) => self.refuse(reason),
        })
    }
}

/// Why serialising stopped.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Error(Box<Error>),
    /// What the type said; it doesn't know where in the value it stands.
    #[error("{0}")]
    Custom(String),
}

impl From<Error> for Refusal {
    #[cold]
    fn from(error: Error) -> Self {
        Self::Error(Box::new(error))
    }
}

impl ser::Error for Refusal {
    #[cold]
    fn custom<T: Display>(message: T) -> Self {
        Self::Custom(message.to_string())
    }
}

type Outcome = Result<(), Refusal>;

struct Serializer<'a> {
    writer: &'a mut Writer,
}

impl<'a> Serializer<'a> {
    fn variant(self, variant: &str) -> Result<Self, Refusal> {
        self.writer.begin_object()?;
        self.writer.key(variant)?;
        Ok(self)
    }

    fn compound(self, ends: u8) -> Compound<'a> {
        Compound { writer: self.writer, ends }
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty) => $write:ident as $wide:ty;)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Outcome {
            Ok(self.writer.$write(<$wide>::from(value))?)
        }
    )*};
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Compound<'a>;

    scalars! {
        serialize_bool(bool) => bool as bool;
        serialize_i8(i8) => int_i64 as i64;
        serialize_i16(i16) => int_i64 as i64;
        serialize_i32(i32) => int_i64 as i64;
        serialize_i64(i64) => int_i64 as i64;
        serialize_i128(i128) => int_i128 as i128;
        serialize_u8(u8) => int_u64 as u64;
        serialize_u16(u16) => int_u64 as u64;
        serialize_u32(u32) => int_u64 as u64;
        serialize_u64(u64) => int_u64 as u64;
        // The 64-bit float is the same number; the digits of the shortest 32-bit text would be another one.
        serialize_f32(f32) => float as f64;
        serialize_f64(f64) => float as f64;
    }

    fn serialize_u128(self, value: u128) -> Outcome {
        Ok(self.writer.int_i128(i128::try_from(value).unwrap_or(i128::MAX))?)
    }

    fn serialize_char(self, value: char) -> Outcome {
        Ok(self.writer.string(value.encode_utf8(&mut [0; 4]))?)
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Outcome {
        Ok(self.writer.string(value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Outcome {
        self.writer.begin_array()?;
        for &byte in value {
            self.writer.int_u64(u64::from(byte))?;
        }
        Ok(self.writer.end_array()?)
    }

    #[inline]
    fn serialize_none(self) -> Outcome {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Outcome {
        Ok(self.writer.null()?)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Outcome {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Outcome {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Outcome {
        let Self { writer } = self.variant(variant)?;
        value.serialize(Serializer { writer: &mut *writer })?;
        Ok(writer.end_object()?)
    }

    #[inline]
    fn serialize_seq(self, _length: Option<usize>) -> Result<Compound<'a>, Refusal> {
        self.writer.begin_array()?;
        Ok(self.compound(1))
    }

    fn serialize_tuple(self, length: usize) -> Result<Compound<'a>, Refusal> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Compound<'a>, Refusal> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Compound<'a>, Refusal> {
        let serializer = self.variant(variant)?;
        serializer.writer.begin_array()?;
        Ok(serializer.compound(2))
    }

    #[inline]
    fn serialize_map(self, _length: Option<usize>) -> Result<Compound<'a>, Refusal> {
        self.writer.begin_object()?;
        Ok(self.compound(1))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Fields<'a>, Refusal> {
        if name.starts_with("$serde_json::private::") {
            return Ok(Fields::Text(self.writer));
        }
        self.writer.begin_object()?;
        Ok(Fields::Object(self.compound(1)))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Compound<'a>, Refusal> {
        let serializer = self.variant(variant)?;
        serializer.writer.begin_object()?;
        Ok(serializer.compound(2))
    }
}

/// An array or object of which parts are still to come.
pub(super) struct Compound<'a> {
    writer: &'a mut Writer,
    /// 2 if the container stands in the object of an enum's variant, which ends with it; else 1.
    ends: u8,
}

impl Compound<'_> {
    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        value.serialize(Serializer { writer: self.writer })
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Outcome {
        self.writer.key(key)?;
        self.value(value)
    }

    #[inline]
    fn end_array(self) -> Outcome {
        self.writer.end_array()?;
        self.end_variant()
    }

    #[inline]
    fn end_object(self) -> Outcome {
        self.writer.end_object()?;
        self.end_variant()
    }

    #[inline]
    fn end_variant(self) -> Outcome {
        if self.ends == 2 {
            self.writer.end_object()?;
        }
        Ok(())
    }
}

macro_rules! compound {
    ($($trait:ident: $method:ident($($key:ident)?) => $part:ident, $end:ident;)*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Refusal;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Outcome {
                self.$part($($key,)? value)
            }

            #[inline]
            fn end(self) -> Outcome {
                self.$end()
            }
        }
    )*};
}

compound! {
    SerializeSeq: serialize_element() => value, end_array;
    SerializeTuple: serialize_element() => value, end_array;
    SerializeTupleStruct: serialize_field() => value, end_array;
    SerializeTupleVariant: serialize_field() => value, end_array;
    SerializeStructVariant: serialize_field(key) => field, end_object;
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Refusal;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Outcome {
        key.serialize(KeySerializer { writer: self.writer })
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.value(value)
    }

    #[inline]
    fn end(self) -> Outcome {
        self.end_object()
    }
}

/// The fields of a struct.
pub(super) enum Fields<'a> {
    Object(Compound<'a>),
    /// `serde_json` hands its `RawValue` and, with the feature `arbitrary_precision`, its numbers to any
    /// serializer as a struct with a private name, whose one field is the JSON text.
    Text(&'a mut Writer),
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Refusal;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Outcome {
        match self {
            Self::Object(compound) => compound.field(key, value),
            Self::Text(writer) => {
                // The text arrives as a string; writing it as one gives it without a serializer of its own.
                let mut quoted = Writer::new();
                quoted.serialize(value)?;
                let text: String = quoted.finish()?.parse()?;
                Ok(writer.raw(&text)?)
            }
        }
    }

    #[inline]
    fn end(self) -> Outcome {
        match self {
            Self::Object(compound) => compound.end_object(),
            Self::Text(_) => Ok(()),
        }
    }
}
