//! Values between Python and JSON text. What may be stored is the core's to say; here stands only which
//! Python type is which JSON type.

use jiter::{PythonParse, StringCacheMode};
use pyo3::exceptions::PyUnicodeEncodeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyMemoryView};
use pyo3::types::{PyString, PyTuple, PyType};
use smallvec::SmallVec;
use statehold::json::{Json, MAX_DEPTH, Writer};
use statehold::{Error, Kept, Value};

use crate::arg::{Dict, Keys, Pairs};
use crate::error::{Failure, Result};
use crate::plugin::Registered;

/// What the handles on a store share: how objects are converted, and which migrations plugins have registered.
pub(crate) struct Terms {
    default: Option<Py<PyAny>>,
    max_value_bytes: usize,
    pub(crate) registered: Registered,
}

impl Terms {
    pub(crate) fn new(default: Option<Py<PyAny>>, max_value_bytes: usize) -> Self {
        Self { default, max_value_bytes, registered: Registered::default() }
    }

    /// A Python object as what is stored: bytes as they are, anything else as JSON.
    pub(crate) fn value(&self, object: &Bound<'_, PyAny>) -> Result<Value> {
        match to_bytes(object)? {
            Some(bytes) => Ok(Value::Bytes(bytes)),
            None => self.json(object).map(Value::Json),
        }
    }

    pub(crate) fn json(&self, object: &Bound<'_, PyAny>) -> Result<Json> {
        let default = self.default.as_ref().map(|default| default.bind(object.py()));
        to_json(object, default, self.max_value_bytes)
    }

    /// Keys with their objects as what is stored.
    pub(crate) fn values(&self, pairs: Pairs<'_>) -> Result<Vec<(String, Value)>> {
        pairs.0.into_iter().map(|(key, object)| Ok((key, self.value(&object)?))).collect()
    }
}

/// What is stored as a new Python object.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value) -> Result<Bound<'py, PyAny>> {
    match value {
        Value::Json(json) => parse(py, json.as_str().as_bytes()),
        Value::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
    }
}

/// A value, copied from where it is kept: most are so small that they need no room on the heap.
#[derive(Default)]
pub(crate) struct Copied {
    bytes: SmallVec<[u8; 512]>,
    is_json: bool,
}

impl Copied {
    pub(crate) fn fill(&mut self, kept: Kept<'_>) {
        let (Kept::Json(bytes) | Kept::Bytes(bytes)) = kept;
        self.bytes.extend_from_slice(bytes);
        self.is_json = matches!(kept, Kept::Json(_));
    }

    /// It as a new Python object. To make one can run code that looks into the store again, so it is made of the copy.
    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        if self.is_json { parse(py, &self.bytes) } else { Ok(PyBytes::new(py, &self.bytes).into_any()) }
    }
}

/// What was found of several keys, in their order, as a `dict`.
pub(crate) fn dict<'py>(py: Python<'py>, keys: &Keys<'py>, found: Vec<(String, Value)>) -> Result<Dict<'py>> {
    let dict = PyDict::new(py);
    let mut asked = keys.objects();
    for (key, value) in found {
        // The object that was asked with is there already, and knows its hash.
        let key = match asked.find(|(text, _)| *text == key) {
            Some((_, object)) if object.is_exact_instance_of::<PyString>() => object.clone(),
            _ => PyString::new(py, &key),
        };
        dict.set_item(key, object(py, &value)?)?;
    }
    Ok(Dict(dict))
}

/// A JSON object as a new `dict`.
pub(crate) fn json_object<'py>(py: Python<'py>, json: &Json) -> Result<Dict<'py>> {
    let object = from_json(py, json.as_str())?;
    Ok(Dict(object.cast_into::<PyDict>().map_err(PyErr::from)?))
}

/// JSON text of the store as Python objects: integers exact, keys in the order of the text.
pub(crate) fn from_json<'py>(py: Python<'py>, text: &str) -> Result<Bound<'py, PyAny>> {
    parse(py, text.as_bytes())
}

fn parse<'py>(py: Python<'py>, text: &[u8]) -> Result<Bound<'py, PyAny>> {
    // Keys repeat from value to value; texts seldom do, and looking them up costs more than it saves.
    let parse = PythonParse { cache_mode: StringCacheMode::Keys, ..PythonParse::default() };
    parse.python_parse(py, text).map_err(|error| {
        let reason = error.description(text);
        Error::Serialization { what: "a stored value".to_owned(), reason }.into()
    })
}

/// A Python object as JSON text of at most `max_bytes`. What is no JSON goes through `default`, the caller's
/// hook; what the hook raises is raised as it is.
pub(crate) fn to_json(
    object: &Bound<'_, PyAny>,
    default: Option<&Bound<'_, PyAny>>,
    max_bytes: usize,
) -> Result<Json> {
    let mut encoder = Encoder { writer: Writer::with_limit(max_bytes), default, hooked: 0 };
    encoder.value(object)?;
    Ok(encoder.writer.finish()?)
}

/// The bytes of `bytes`, `bytearray` or `memoryview`, which are values of their own beside JSON, or `None` for
/// anything else.
pub(crate) fn to_bytes(object: &Bound<'_, PyAny>) -> Result<Option<Vec<u8>>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    if let Ok(bytes) = object.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec()));
    }
    if object.is_instance_of::<PyMemoryView>() {
        // The buffer protocol is not in the limited API of 3.10; this handles strides as well.
        let bytes = object.call_method0("tobytes")?;
        return Ok(Some(bytes.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes().to_vec()));
    }
    Ok(None)
}

struct Encoder<'a, 'py> {
    writer: Writer,
    default: Option<&'a Bound<'py, PyAny>>,
    /// How many results of the hook the present position lies within.
    hooked: usize,
}

impl<'py> Encoder<'_, 'py> {
    /// Writes a value; the types that values are made of by their exact type, as that is one comparison.
    fn value(&mut self, object: &Bound<'py, PyAny>) -> Result<()> {
        if let Ok(text) = object.cast_exact::<PyString>() {
            self.string(text)
        } else if let Ok(number) = object.cast_exact::<PyInt>() {
            self.int(number)
        } else if object.is_none() {
            Ok(self.writer.null()?)
        } else if let Ok(flag) = object.cast_exact::<PyBool>() {
            Ok(self.writer.bool(flag.is_true())?)
        } else if let Ok(number) = object.cast_exact::<PyFloat>() {
            Ok(self.writer.float(number.value())?)
        } else if let Ok(dict) = object.cast_exact::<PyDict>() {
            self.dict(dict)
        } else if let Ok(list) = object.cast_exact::<PyList>() {
            self.array(list.iter())
        } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            self.array(tuple.iter())
        } else {
            self.subclass(object)
        }
    }

    /// Writes an object of a class derived from a JSON type as that type. An `Enum` member is not taken as
    /// its value: it would come back as something else than what went in.
    fn subclass(&mut self, object: &Bound<'py, PyAny>) -> Result<()> {
        if is_enum(object)? {
            self.other(object)
        } else if let Ok(text) = object.cast::<PyString>() {
            self.string(text)
        } else if let Ok(number) = object.cast::<PyInt>() {
            self.int(number)
        } else if let Ok(number) = object.cast::<PyFloat>() {
            Ok(self.writer.float(number.value())?)
        } else if object.is_instance_of::<PyDict>() {
            // By its own `items()`: an OrderedDict has another order than the dict that it derives from.
            self.items(object.cast::<PyMapping>().map_err(PyErr::from)?)
        } else if let Ok(list) = object.cast::<PyList>() {
            self.array(list.iter())
        } else if let Ok(tuple) = object.cast::<PyTuple>() {
            self.array(tuple.iter())
        } else {
            self.other(object)
        }
    }

    /// Writes what the caller's hook makes of an object that is no JSON.
    fn other(&mut self, object: &Bound<'py, PyAny>) -> Result<()> {
        let Some(default) = self.default else { return Err(self.refuse(object)?) };
        if self.hooked == MAX_DEPTH {
            return Err(self.writer.refuse("default= returns ever new objects that are no JSON").into());
        }
        let made = default.call1((object,))?;
        self.hooked += 1;
        let written = self.value(&made);
        self.hooked -= 1;
        written
    }

    #[cold]
    fn refuse(&self, object: &Bound<'py, PyAny>) -> PyResult<Failure> {
        let kind = object.get_type().fully_qualified_name()?;
        let hint = if to_bytes(object).is_ok_and(|bytes| bytes.is_some()) {
            "bytes can be a value by themselves but not a part of one; encode them as text, or store them under \
             a key of their own"
        } else {
            "pass default= when opening the store to convert it"
        };
        Ok(self.writer.refuse(format!("an object of type `{kind}` is not JSON; {hint}")).into())
    }

    fn string(&mut self, text: &Bound<'py, PyString>) -> Result<()> {
        match text.to_str() {
            Ok(text) => Ok(self.writer.string(text)?),
            Err(error) => Err(self.surrogate(text.py(), error)),
        }
    }

    /// The error for text that UTF-8 can't hold; any other error stays what it is.
    #[cold]
    fn surrogate(&self, py: Python<'py>, error: PyErr) -> Failure {
        if error.is_instance_of::<PyUnicodeEncodeError>(py) {
            self.writer.refuse("a string must not contain lone surrogates").into()
        } else {
            error.into()
        }
    }

    fn int(&mut self, number: &Bound<'py, PyInt>) -> Result<()> {
        if let Ok(number) = number.extract::<i64>() {
            return Ok(self.writer.int_i64(number)?);
        }
        // Beyond 128 bits any number beyond the range will do: the writer refuses it with the range.
        Ok(self.writer.int_i128(number.extract().unwrap_or(i128::MAX))?)
    }

    fn array(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>) -> Result<()> {
        self.writer.begin_array()?;
        for item in items {
            self.value(&item)?;
        }
        Ok(self.writer.end_array()?)
    }

    fn dict(&mut self, dict: &Bound<'py, PyDict>) -> Result<()> {
        self.writer.begin_object()?;
        let length = dict.len();
        let mut items = dict.iter();
        // The hook can change the dict while it is walked, which pyo3's iterator answers with a panic.
        for _ in 0..length {
            if dict.len() != length {
                return Err(self.writer.refuse("the dict changed while it was being written").into());
            }
            let Some((key, value)) = items.next() else { break };
            self.member(&key, &value)?;
        }
        Ok(self.writer.end_object()?)
    }

    fn items(&mut self, mapping: &Bound<'py, PyMapping>) -> Result<()> {
        self.writer.begin_object()?;
        for item in mapping.items()? {
            let (key, value) = item.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>()?;
            self.member(&key, &value)?;
        }
        Ok(self.writer.end_object()?)
    }

    fn member(&mut self, key: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> Result<()> {
        let text = match key.cast_exact::<PyString>() {
            Ok(text) => text,
            Err(_) if is_enum(key)? => return Err(self.not_a_key(key)?),
            Err(_) => match key.cast::<PyString>() {
                Ok(text) => text,
                Err(_) => return Err(self.not_a_key(key)?),
            },
        };
        match text.to_str() {
            Ok(text) => self.writer.key(text)?,
            Err(error) => return Err(self.surrogate(key.py(), error)),
        }
        self.value(value)
    }

    #[cold]
    fn not_a_key(&self, key: &Bound<'py, PyAny>) -> PyResult<Failure> {
        let kind = key.get_type().fully_qualified_name()?;
        Ok(self.writer.refuse(format!("a key must be a str, and here it is of type `{kind}`")).into())
    }
}

fn is_enum(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static ENUM: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    object.is_instance(ENUM.import(object.py(), "enum", "Enum")?)
}
