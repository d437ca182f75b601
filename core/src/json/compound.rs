//! The second half of serialising: the parts of arrays, objects and enums' variants, one by one.

use serde::ser::{self, Serialize};

use super::Writer;
use super::key::KeySerializer;
use super::serialize::{Outcome, Refusal, Serializer};

/// An array or object of which parts are still to come.
pub(super) struct Compound<'a> {
    pub(super) writer: &'a mut Writer,
    /// 2 if the container stands in the object of an enum's variant, which ends with it; else 1.
    pub(super) ends: u8,
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
