//! What a mock cloud begins with, and goes back to. Fixtures are a document: a partial state, with times relative to now.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::document::{merge, resolve, value};
use super::patch;
use super::resource::{Instance, InstanceState, Stack};
use super::state::{CloudSettings, CloudState, Transition};
use crate::clock::from_ms;
use crate::error::Result;
use crate::json::Json;

/// The built-in fixtures.
fn built_in() -> &'static Value {
    static BUILT_IN: OnceLock<Value> = OnceLock::new();
    BUILT_IN.get_or_init(|| {
        serde_json::from_str(include_str!("fixtures.json")).expect("the file is a part of the crate")
    })
}

/// The state of fixtures at a moment: the built-in ones, with those of a user over them section by section.
pub(super) fn state(own: Option<&Json>, now_ms: i64) -> Result<CloudState> {
    let mut fixtures = built_in().clone();
    resolve(&mut fixtures, now_ms);
    if let Some(own) = own {
        let own = value(own, now_ms)?;
        // What is no object is left for the patch to refuse.
        merge(&mut fixtures, own);
    }
    let mut state = nothing(now_ms);
    patch::apply_value(&mut state, fixtures, now_ms, "$")?;
    Ok(state)
}

/// The state that fixtures are put over; the built-in ones replace all of it.
fn nothing(now_ms: i64) -> CloudState {
    CloudState {
        instance: Instance {
            instance_id: String::new(),
            state: InstanceState::Stopped,
            public_ip: None,
            has_volume: false,
            availability_zone: None,
            block_device_mappings: None,
            last_updated: from_ms(now_ms),
        },
        parameters: BTreeMap::new(),
        commands: Vec::new(),
        backups: Vec::new(),
        costs: BTreeMap::new(),
        stack: Stack { exists: false, status: String::new(), stack_id: String::new() },
        settings: CloudSettings { public_ip: String::new(), transition: Transition::default() },
        timers: Vec::new(),
        scenario: None,
    }
}
