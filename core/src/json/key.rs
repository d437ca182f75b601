//! The keys of maps: strings, and what `serde_json` turns into strings.

use serde::ser::{Error as _, Impossible, Serialize, Serializer};

use super::Writer;
use super::serialize::Refusal;

const NOT_A_KEY: &str = "a key must be a string, an integer, a boolean or a character, and here it is";

type Outcome = Result<(), Refusal>;
type Never = Impossible<(), Refusal>;

/// Writes one key.
pub(super) struct KeySerializer<'a> {
    pub(super) writer: &'a mut Writer,
}

#[cold]
fn refuse<T>(found: &str) -> Result<T, Refusal> {
    Err(Refusal::custom(format_args!("{NOT_A_KEY} {found}")))
}

macro_rules! ints {
    ($($method:ident($type:ty);)*) => {$(
        fn $method(self, value: $type) -> Outcome {
            Ok(self.writer.key(itoa::Buffer::new().format(value))?)
        }
    )*};
}

macro_rules! refused {
    ($($method:ident($($type:ty),*) -> $result:ty => $found:literal;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$result, Refusal> {
            refuse($found)
        }
    )*};
}

impl Serializer for KeySerializer<'_> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    #[inline]
    fn serialize_str(self, value: &str) -> Outcome {
        Ok(self.writer.key(value)?)
    }

    fn serialize_char(self, value: char) -> Outcome {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_bool(self, value: bool) -> Outcome {
        self.serialize_str(if value { "true" } else { "false" })
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Outcome {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Outcome {
        value.serialize(self)
    }

    ints! {
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
    }

    refused! {
        serialize_f32(f32) -> () => "a float";
        serialize_f64(f64) -> () => "a float";
        serialize_bytes(&[u8]) -> () => "bytes";
        serialize_none() -> () => "nothing";
        serialize_unit() -> () => "nothing";
        serialize_unit_struct(&'static str) -> () => "nothing";
        serialize_seq(Option<usize>) -> Never => "a sequence";
        serialize_tuple(usize) -> Never => "a tuple";
        serialize_tuple_struct(&'static str, usize) -> Never => "a tuple";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never => "a variant with fields";
        serialize_map(Option<usize>) -> Never => "a map";
        serialize_struct(&'static str, usize) -> Never => "a struct";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never => "a variant with fields";
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _value: &T) -> Outcome {
        refuse("an option")
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Outcome {
        refuse("a variant with fields")
    }
}
