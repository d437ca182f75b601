//! A small server manager: it starts and stops a game server at a cloud provider, makes backups of it, runs commands on it
//! and tells what it costs.
//!
//! The application ([`manager`]) knows the provider only by a trait ([`provider`]). Here that is a mock cloud, kept in
//! `server-manager.json` in the temporary folder, so that the next run goes on where this one has ended:
//!
//! ```sh
//! cargo run --example server_manager -- start
//! cargo run --example server_manager -- status
//! ```
//!
//! Its tests move a manual clock: a start that takes a minute, throttled calls, lost answers, and not one sleep.

mod manager;
mod provider;
#[cfg(test)]
mod tests;

use std::error::Error;

use statehold::{MockCloudOptions, SystemClock, open_mock_cloud};

use manager::ServerManager;

const USAGE: &str =
    "what to do: start, stop, status, backup, backups, costs, run COMMAND, scenario NAME, reset";

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join("server-manager.json");
    let cloud = open_mock_cloud(MockCloudOptions::new().persist_to(path))?;
    let manager = ServerManager::new(cloud.clone(), SystemClock);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["start"] => println!("It runs at {}", manager.start()?),
        ["stop"] => {
            manager.stop()?;
            println!("It is stopped");
        }
        ["status"] => println!("{}", manager.status()?),
        ["backup"] => println!("It is kept as {}", manager.back_up()?),
        ["backups"] => manager.backups()?.iter().for_each(|backup| println!("{backup}")),
        ["costs"] => print!("{}", manager.costs()?),
        ["run", command] => println!("{}", manager.run(command)?),
        // What the provider's side of it is in, for trying the application out.
        ["scenario", name] => cloud.scenarios().apply(name)?,
        ["reset"] => cloud.scenarios().reset()?,
        _ => return Err(USAGE.into()),
    }
    Ok(cloud.close()?)
}
