//! The instance: looking at it, setting it, starting and stopping it.

use serde::Serialize;

use crate::clock::from_ms;
use crate::error::Result;
use crate::fault::Operation;
use crate::mock::MockCloud;
use crate::mock::document::value;
use crate::mock::resource::{Instance, InstanceState};
use crate::mock::state::Transition;
use crate::mock::{patch, provider};

impl MockCloud {
    /// The instance.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a cloud's name;
    /// [`Error::Fault`](crate::Error::Fault) where a fault is set.
    pub fn get_instance(&self) -> Result<Instance> {
        Ok(self.look(Operation::MockGetInstance)?.instance)
    }

    /// Puts some members over those of the instance, and gives all of it. A state that is among them is set at once, with the
    /// public address that goes with it, unless that is among them, too.
    ///
    /// ```
    /// use statehold::Json;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// let instance = cloud.set_instance(&Json::new(r#"{"availability_zone": "eu-west-1b"}"#)?)?;
    /// assert_eq!(instance.instance_id, "i-mock1234567890abcdef");
    ///
    /// let error = cloud.set_instance(&Json::new(r#"{"state": "runing"}"#)?).unwrap_err();
    /// assert!(error.to_string().starts_with("invalid value at $.state: \"runing\" is no state"), "{error}");
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what is wrong and what would be right.
    pub fn set_instance<T: Serialize + ?Sized>(&self, partial: &T) -> Result<Instance> {
        let set = self.run(Operation::MockSetInstance, |draft| {
            patch::instance(&mut draft.state, value(partial, draft.now_ms)?, draft.now_ms, "$")
        });
        Ok(set?.1.instance)
    }

    /// Sets the instance's state at once, and gives all of it. One that runs is given its public address; in any other
    /// state it has none. What was to happen to it by itself is cancelled.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn update_instance_state(&self, state: InstanceState) -> Result<Instance> {
        let set = self.run(Operation::MockUpdateInstanceState, |draft| {
            provider::enter(&mut draft.state, state, draft.now_ms);
            Ok(())
        });
        Ok(set?.1.instance)
    }

    /// The instance's public address; none if it has none.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_public_ip(&self) -> Result<Option<String>> {
        Ok(self.look(Operation::MockGetPublicIp)?.instance.public_ip)
    }

    /// Sets the instance's public address, whatever its state, and has it given this one whenever it runs from now on.
    /// `None` takes the one away that it has.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for what is no IP address; those of a commit.
    pub fn set_public_ip(&self, address: Option<&str>) -> Result<()> {
        if let Some(address) = address {
            patch::check_address(address, "address")?;
        }
        self.run(Operation::MockSetPublicIp, |draft| {
            let state = &mut draft.state;
            state.instance.public_ip = address.map(str::to_owned);
            state.instance.last_updated = from_ms(draft.now_ms);
            if let Some(address) = address {
                address.clone_into(&mut state.settings.public_ip);
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Whether the instance has a volume.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn has_volume(&self) -> Result<bool> {
        Ok(self.look(Operation::MockHasVolume)?.instance.has_volume)
    }

    /// Gives the instance a volume, attached as `/dev/sda1`, or takes all of them away.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn set_has_volume(&self, has_volume: bool) -> Result<()> {
        self.run(Operation::MockSetHasVolume, |draft| {
            provider::set_volume(&mut draft.state.instance, has_volume, draft.now_ms);
            Ok(())
        })?;
        Ok(())
    }

    /// Starts the instance and gives it as it is then: `pending`, or `running` where that takes no time. One that is or
    /// will be running is left alone.
    ///
    /// # Errors
    /// [`Error::InvalidTransition`](crate::Error::InvalidTransition) if it is in a state from which it can't be started.
    pub fn start_instance(&self) -> Result<Instance> {
        let run =
            self.run(Operation::MockStartInstance, |draft| provider::start(&mut draft.state, draft.now_ms));
        Ok(run?.1.instance)
    }

    /// Stops the instance and gives it as it is then: `stopping`, or `stopped` where that takes no time. One that is or
    /// will be stopped is left alone.
    ///
    /// # Errors
    /// [`Error::InvalidTransition`](crate::Error::InvalidTransition) if it is in a state from which it can't be stopped.
    pub fn stop_instance(&self) -> Result<Instance> {
        let run =
            self.run(Operation::MockStopInstance, |draft| provider::stop(&mut draft.state, draft.now_ms));
        Ok(run?.1.instance)
    }

    /// Ends a start or a stop that is under way, now; says whether there was one. The only way on where transitions are
    /// [`Manual`](Transition::Manual).
    ///
    /// # Errors
    /// Those of a commit.
    pub fn complete_transition(&self) -> Result<bool> {
        let run = self.run(Operation::MockCompleteTransition, |draft| {
            Ok(provider::complete(&mut draft.state, draft.now_ms))
        });
        Ok(run?.0)
    }

    /// How long starting and stopping take.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_transition(&self) -> Result<Transition> {
        Ok(self.look(Operation::MockGetTransition)?.settings.transition)
    }

    /// Sets how long starting and stopping take from now on.
    ///
    /// ```
    /// use statehold::mock::{InstanceState, Transition};
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// cloud.set_transition(Transition::Manual)?;
    /// assert_eq!(cloud.start_instance()?.state, InstanceState::Pending);
    /// assert!(cloud.complete_transition()?);
    /// assert_eq!(cloud.get_instance()?.state, InstanceState::Running);
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) for more than 100 years.
    pub fn set_transition(&self, transition: Transition) -> Result<()> {
        transition.check()?;
        self.run(Operation::MockSetTransition, |draft| {
            draft.state.settings.transition = transition;
            Ok(())
        })?;
        Ok(())
    }
}
