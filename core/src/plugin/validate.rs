//! Asking whether a plugin's state is valid.

use super::change::subject;
use super::record::Stored;
use super::{JsonSchema, Plugin};
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::json::Json;
use crate::violation::Violation;

impl Plugin {
    /// Whether the state satisfies a schema. Without a state it does.
    ///
    /// ```
    /// use statehold::{Json, JsonSchema};
    ///
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// let numbers = JsonSchema::new(&Json::new(r#"{"type": "number"}"#)?)?;
    /// assert!(lint.validate(&numbers)?);
    /// lint.save("one")?;
    /// assert!(!lint.validate(&numbers)?);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn validate(&self, schema: &JsonSchema) -> Result<bool> {
        self.pass(Operation::PluginValidate, "validate", || Ok(self.broken(schema)?.is_empty()))
    }

    /// Whether the state satisfies the schema that is registered for its version. Without a state it does.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such schema.
    pub fn validate_registered(&self) -> Result<bool> {
        self.pass(Operation::PluginValidate, "validate", || Ok(self.broken_registered()?.is_empty()))
    }

    /// Whether the state satisfies a function. Without a state it does, and the function is not called.
    ///
    /// ```
    /// let store = statehold::open(":memory:")?;
    /// let lint = store.plugin("lint");
    /// lint.save("one")?;
    /// assert!(lint.validate_with(|data| data.parse::<String>().map(|text| text == "one"))?);
    /// let error = lint.validate_with(|data| data.parse::<u32>().map(|_| true)).unwrap_err();
    /// assert_eq!(error.code(), "VALIDATION");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Validation`] with the cause if the function fails.
    pub fn validate_with<E: std::fmt::Display>(
        &self,
        function: impl FnOnce(&Json) -> Result<bool, E>,
    ) -> Result<bool> {
        let Some(data) = self.begin_validation()? else { return Ok(true) };
        function(&data).map_err(|error| self.validation_failed(&error.to_string()))
    }

    /// The data that a function is to judge, for callers that can't hand it over; none without a state.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn begin_validation(&self) -> Result<Option<Json>> {
        self.pass(Operation::PluginValidate, "validate", || {
            Ok(self.stored()?.map(|state| (*state.data).clone()))
        })
    }

    /// The error of a function that could not judge the data.
    pub fn validation_failed(&self, reason: &str) -> Error {
        let violations = vec![Violation::new("$", format!("the validator failed: {reason}"))];
        let error = Error::Validation { subject: subject(&self.name), violations };
        self.tell_error("validate", &error);
        error
    }

    /// Everything in the state that breaks a schema; empty if it is valid, or there is no state.
    ///
    /// # Errors
    /// [`Error::InvalidName`] for what can't be a plugin's name.
    pub fn violations(&self, schema: &JsonSchema) -> Result<Vec<Violation>> {
        self.pass(Operation::PluginViolations, "violations", || self.broken(schema))
    }

    /// As [`violations`](Self::violations), of the schema that is registered for the state's version.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such schema.
    pub fn violations_registered(&self) -> Result<Vec<Violation>> {
        self.pass(Operation::PluginViolations, "violations", || self.broken_registered())
    }

    fn broken(&self, schema: &JsonSchema) -> Result<Vec<Violation>> {
        self.stored()?.map_or(Ok(Vec::new()), |state| schema.violations(&state.data))
    }

    fn broken_registered(&self) -> Result<Vec<Violation>> {
        let Some(Stored { version, data, .. }) = self.stored()? else { return Ok(Vec::new()) };
        let registered = self.shared().registrations.of(&self.name);
        let schema = registered.as_ref().and_then(|registered| registered.schemas.get(&version));
        let schema = schema.ok_or_else(|| Error::NotFound {
            what: "schema",
            name: format!("{} version {version}", self.name),
            advice: "register one for this version, or give one with the call".into(),
        })?;
        schema.violations(&data)
    }
}
