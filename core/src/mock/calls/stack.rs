//! The stack.

use serde::Serialize;

use crate::error::Result;
use crate::fault::Operation;
use crate::mock::MockCloud;
use crate::mock::document::value;
use crate::mock::patch::merged;
use crate::mock::resource::Stack;

impl MockCloud {
    /// The stack.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_stack_status(&self) -> Result<Stack> {
        Ok(self.look(Operation::MockGetStackStatus)?.stack)
    }

    /// Puts some members over those of the stack, and gives all of it.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) with the path of what is wrong and what would be right.
    pub fn set_stack_status<T: Serialize + ?Sized>(&self, partial: &T) -> Result<Stack> {
        let set = self.run(Operation::MockSetStackStatus, |draft| {
            draft.state.stack = merged(&draft.state.stack, value(partial, draft.now_ms)?, "$")?;
            Ok(())
        });
        Ok(set?.1.stack)
    }
}
