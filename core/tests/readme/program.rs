use std::{collections::BTreeMap, time::Duration};

use statehold::{Result, SetOptions, Store};

fn main() -> Result<()> {
    let store = Store::open("state.db")?;
    let sessions = store.namespace("sessions");
    let hour = SetOptions::new().ttl(Duration::from_secs(3600));
    sessions.set_with("ada", &BTreeMap::from([("theme", "dark")]), &hour)?;
    let runs = store.namespace("counters").increment("runs", 1)?;
    println!("run {runs}: {:?}", sessions.get_value("ada")?);
    Ok(())
}
