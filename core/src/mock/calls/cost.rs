//! Costs.

use serde::Serialize;

use crate::error::Result;
use crate::fault::Operation;
use crate::mock::MockCloud;
use crate::mock::document::value;
use crate::mock::patch;
use crate::mock::resource::{CostPeriod, Costs};
use crate::mock::state::CloudState;

impl MockCloud {
    /// The costs of a period.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_costs(&self, period: CostPeriod) -> Result<Costs> {
        Ok(of(self.look(Operation::MockGetCosts)?, period))
    }

    /// Puts some members over those of a period's costs, and gives all of it. They were fetched now, unless they say when.
    ///
    /// ```
    /// use statehold::Json;
    /// use statehold::mock::CostPeriod;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// assert_eq!(cloud.get_costs(CostPeriod::LastMonth)?.total_cost, 18.75);
    /// let costs = cloud.set_costs(CostPeriod::LastMonth, &Json::new(r#"{"total_cost": 99.5}"#)?)?;
    /// assert_eq!((costs.total_cost, &*costs.currency), (99.5, "USD"));
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what is wrong and what would be right.
    pub fn set_costs<T: Serialize + ?Sized>(&self, period: CostPeriod, partial: &T) -> Result<Costs> {
        let set = self.run(Operation::MockSetCosts, |draft| {
            patch::costs(&mut draft.state, period, value(partial, draft.now_ms)?, draft.now_ms, "$")
        });
        Ok(of(set?.1, period))
    }
}

fn of(mut state: CloudState, period: CostPeriod) -> Costs {
    state.costs.remove(&period).expect("fixtures have the costs of each period, and nothing removes them")
}
