//! What is done with the parameters, the commands, the backups, the costs and the stack of a mock cloud.

use napi::{Env, Result};
use napi_derive::napi;
use statehold::Json;

use super::MockCloud;
use crate::reply::Reply;
use crate::value::count;

#[napi]
impl MockCloud {
    /// What a parameter holds.
    #[napi]
    pub fn get_parameter<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, Option<String>>> {
        self.ask(env, later, move |cloud| cloud.get_parameter(&name), |value| value)
    }

    /// Sets a parameter.
    #[napi]
    pub fn set_parameter<'env>(
        &self,
        env: &'env Env,
        name: String,
        value: String,
        kind: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| {
            Json::from_serialize(&cloud.set_parameter(&name, &value, kind.parse()?)?)
        })
    }

    /// Deletes a parameter.
    #[napi]
    pub fn delete_parameter<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        self.ask(env, later, move |cloud| cloud.delete_parameter(&name), |was| was)
    }

    /// All parameters, by name.
    #[napi]
    pub fn get_all_parameters<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.get_all_parameters()?))
    }

    /// The commands.
    #[napi]
    pub fn get_commands<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.get_commands()?))
    }

    /// Sends a command, whose lines are a JSON array; gives its id.
    #[napi]
    pub fn add_command<'env>(
        &self,
        env: &'env Env,
        lines: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        let work = move |cloud: &statehold::MockCloud| {
            let lines: Vec<String> = Json::new(lines)?.parse()?;
            cloud.add_command(&lines)
        };
        self.ask(env, later, work, |id| id)
    }

    /// Puts some members over those of a command.
    #[napi]
    pub fn update_command<'env>(
        &self,
        env: &'env Env,
        id: String,
        partial: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| {
            Json::from_serialize(&cloud.update_command(&id, &Json::new(partial)?)?)
        })
    }

    /// Forgets the commands.
    #[napi]
    pub fn clear_commands<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        self.ask(env, later, statehold::MockCloud::clear_commands, count)
    }

    /// The backups.
    #[napi]
    pub fn get_backups<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.get_backups()?))
    }

    /// Adds a backup.
    #[napi]
    pub fn add_backup<'env>(
        &self,
        env: &'env Env,
        backup: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| Json::from_serialize(&cloud.add_backup(&Json::new(backup)?)?))
    }

    /// Removes a backup.
    #[napi]
    pub fn remove_backup<'env>(
        &self,
        env: &'env Env,
        name: String,
        later: bool,
    ) -> Result<Reply<'env, bool>> {
        self.ask(env, later, move |cloud| cloud.remove_backup(&name), |was| was)
    }

    /// Removes all backups.
    #[napi]
    pub fn clear_backups<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, f64>> {
        self.ask(env, later, statehold::MockCloud::clear_backups, count)
    }

    /// What a period costs.
    #[napi]
    pub fn get_costs<'env>(
        &self,
        env: &'env Env,
        period: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| Json::from_serialize(&cloud.get_costs(period.parse()?)?))
    }

    /// Puts some members over those.
    #[napi]
    pub fn set_costs<'env>(
        &self,
        env: &'env Env,
        period: String,
        partial: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| {
            Json::from_serialize(&cloud.set_costs(period.parse()?, &Json::new(partial)?)?)
        })
    }

    /// The stack.
    #[napi]
    pub fn get_stack_status<'env>(&self, env: &'env Env, later: bool) -> Result<Reply<'env, String>> {
        self.document(env, later, |cloud| Json::from_serialize(&cloud.get_stack_status()?))
    }

    /// Puts some members over its own.
    #[napi]
    pub fn set_stack_status<'env>(
        &self,
        env: &'env Env,
        partial: String,
        later: bool,
    ) -> Result<Reply<'env, String>> {
        self.document(env, later, move |cloud| {
            Json::from_serialize(&cloud.set_stack_status(&Json::new(partial)?)?)
        })
    }
}
