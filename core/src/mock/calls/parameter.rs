//! SSM parameters.

use std::collections::BTreeMap;

use crate::clock::from_ms;
use crate::error::Result;
use crate::fault::Operation;
use crate::mock::MockCloud;
use crate::mock::patch::check_parameter;
use crate::mock::resource::{Parameter, ParameterType};

impl MockCloud {
    /// What a parameter holds; none if there is none of this name.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_parameter(&self, name: &str) -> Result<Option<String>> {
        let state = self.look(Operation::MockGetParameter)?;
        Ok(state.parameters.get(name).map(|parameter| parameter.value.clone()))
    }

    /// Sets a parameter and gives it. Its version is 1, and one more each time.
    ///
    /// ```
    /// use statehold::mock::ParameterType;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// cloud.set_parameter("/app/hosts", "a,b", ParameterType::StringList)?;
    /// assert_eq!(cloud.set_parameter("/app/hosts", "c", ParameterType::StringList)?.version, 2);
    /// assert_eq!(cloud.get_parameter("/app/hosts")?.as_deref(), Some("c"));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a name.
    pub fn set_parameter(&self, name: &str, value: &str, kind: ParameterType) -> Result<Parameter> {
        check_parameter(name)?;
        let set = self.run(Operation::MockSetParameter, |draft| {
            let parameters = &mut draft.state.parameters;
            let version = 1 + parameters.get(name).map_or(0, |known| known.version);
            let last_modified = from_ms(draft.now_ms);
            let parameter = Parameter { value: value.to_owned(), kind, version, last_modified };
            parameters.insert(name.to_owned(), parameter.clone());
            Ok(parameter)
        });
        let (parameter, mut state) = set?;
        Ok(state.parameters.remove(name).unwrap_or(parameter))
    }

    /// Deletes a parameter; says whether there was one.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn delete_parameter(&self, name: &str) -> Result<bool> {
        let run = self
            .run(Operation::MockDeleteParameter, |draft| Ok(draft.state.parameters.remove(name).is_some()));
        Ok(run?.0)
    }

    /// All parameters, by name.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_all_parameters(&self) -> Result<BTreeMap<String, Parameter>> {
        Ok(self.look(Operation::MockGetAllParameters)?.parameters)
    }
}
