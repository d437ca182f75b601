//! The operations of a mock cloud, resource by resource.

mod backup;
mod command;
mod cost;
mod instance;
mod parameter;
mod stack;
mod state;
