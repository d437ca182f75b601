//! SSM commands.

use serde::Serialize;

use crate::clock::from_ms;
use crate::error::{Error, Result};
use crate::fault::Operation;
use crate::ids::time_id;
use crate::mock::MockCloud;
use crate::mock::document::value;
use crate::mock::patch;
use crate::mock::resource::{Command, CommandStatus};

impl MockCloud {
    /// The commands, in the order in which they were sent.
    ///
    /// # Errors
    /// As [`get_instance`](Self::get_instance).
    pub fn get_commands(&self) -> Result<Vec<Command>> {
        Ok(self.look(Operation::MockGetCommands)?.commands)
    }

    /// Sends a command and gives its id. It is `Pending` until [`update_command`](Self::update_command) says otherwise:
    /// a mock cloud runs nothing.
    ///
    /// ```
    /// use statehold::Json;
    /// use statehold::mock::CommandStatus;
    ///
    /// let cloud = statehold::open(":memory:")?.mock_cloud("default");
    /// let id = cloud.add_command(&["systemctl start minecraft"])?;
    /// let command = cloud.update_command(&id, &Json::new(r#"{"status": "Success", "output": "ok"}"#)?)?;
    /// assert_eq!((command.status, command.output.as_deref()), (CommandStatus::Success, Some("ok")));
    /// assert!(command.completed_at.is_some());
    /// # Ok::<(), statehold::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for no lines; those of a commit.
    pub fn add_command<S: AsRef<str>>(&self, lines: &[S]) -> Result<String> {
        if lines.is_empty() {
            return Err(Error::value("lines", "there are none; give the lines of a shell script"));
        }
        let run = self.run(Operation::MockAddCommand, |draft| {
            let command_id = time_id(draft.now_ms);
            draft.state.commands.push(Command {
                command_id: command_id.clone(),
                commands: lines.iter().map(|line| line.as_ref().to_owned()).collect(),
                status: CommandStatus::Pending,
                output: None,
                error: None,
                created_at: from_ms(draft.now_ms),
                completed_at: None,
            });
            Ok(command_id)
        });
        Ok(run?.0)
    }

    /// Puts some members over those of a command, and gives all of it. With a status in which it has ended it gets the
    /// time at which it did.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of this id; [`Error::InvalidValue`] with the path of what is wrong and what
    /// would be right.
    pub fn update_command<T: Serialize + ?Sized>(&self, id: &str, partial: &T) -> Result<Command> {
        let run = self.run(Operation::MockUpdateCommand, |draft| {
            let known = draft.state.commands.iter_mut().find(|command| command.command_id == id);
            let known = known.ok_or_else(|| not_found(id))?;
            *known = patch::command(known, value(partial, draft.now_ms)?, draft.now_ms, "$")?;
            Ok(known.clone())
        });
        let (command, state) = run?;
        Ok(state.commands.into_iter().find(|command| command.command_id == id).unwrap_or(command))
    }

    /// Forgets all commands, and says how many there were.
    ///
    /// # Errors
    /// Those of a commit.
    pub fn clear_commands(&self) -> Result<u64> {
        let run = self.run(Operation::MockClearCommands, |draft| {
            Ok(std::mem::take(&mut draft.state.commands).len() as u64)
        });
        Ok(run?.0)
    }
}

fn not_found(id: &str) -> Error {
    let advice = "get_commands() has those that there are".into();
    Error::NotFound { what: "command", name: id.to_owned(), advice }
}
