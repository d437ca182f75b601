//! Patches: what is put over what, and where each mistake is told.

use serde_json::json;

use super::*;
use crate::clock::to_ms;
use crate::mock::fixtures;

const NOW: i64 = 1_800_000_000_000;
const LATER: i64 = NOW + 5_000;

fn patched(partial: &Value) -> CloudState {
    let mut state = fixtures::state(None, NOW).unwrap();
    apply(&mut state, partial, LATER, "$").unwrap();
    state
}

#[test]
fn sections_are_merged_each_in_its_way() {
    let before = fixtures::state(None, NOW).unwrap();
    let state = patched(&json!({
        "instance": {"public_ip": "198.51.100.1", "availability_zone": null},
        "parameters": {"/minecraft/player-count": {"value": "3"}, "/new": {"value": "x", "type": "StringList"},
                       "/minecraft/gdrive-token": null},
        "commands": [{"commands": ["ls"]}],
        "backups": [{"name": "old", "size": 1, "date": "now-2h"}, {"name": "new", "size": 2}],
        "costs": {"last-month": {"total_cost": 1.5}},
        "stack": {"status": "DELETE_COMPLETE"},
        "settings": {"transition": "manual"},
    }));
    assert_eq!(state.instance.public_ip.as_deref(), Some("198.51.100.1"));
    assert_eq!((state.instance.availability_zone, to_ms(state.instance.last_updated)), (None, LATER));
    let parameters: Vec<_> = state
        .parameters
        .iter()
        .map(|(name, parameter)| (&**name, &*parameter.value, parameter.version))
        .collect();
    assert_eq!(
        parameters,
        [("/minecraft/email-allowlist", "[]", 1), ("/minecraft/player-count", "3", 2), ("/new", "x", 1)]
    );
    assert_eq!((state.commands.len(), state.commands[0].status.as_str()), (1, "Pending"));
    assert_eq!(state.backups.iter().map(|backup| &*backup.name).collect::<Vec<_>>(), ["new", "old"]);
    let costs = &state.costs[&CostPeriod::LastMonth];
    assert_eq!((costs.total_cost, &*costs.currency, to_ms(costs.fetched_at)), (1.5, "USD", LATER));
    assert_eq!(state.costs[&CostPeriod::CurrentMonth], before.costs[&CostPeriod::CurrentMonth]);
    assert_eq!((state.stack.status.as_str(), state.stack.exists), ("DELETE_COMPLETE", true));
    assert_eq!(state.settings.public_ip, before.settings.public_ip);
}

#[test]
fn a_whole_state_can_be_put_back() {
    let before = patched(&json!({"timers": [{"due": "now+1h", "instance": "running"}]}));
    let mut state = fixtures::state(None, NOW).unwrap();
    apply(&mut state, &before, LATER, "$").unwrap();
    assert_eq!(state, before);
}

#[test]
fn mistakes_are_told_where_they_are() {
    for (partial, path, hint) in [
        (json!([]), "$", "must be an object"),
        (json!({"instanse": {}}), "$.instanse", "did you mean `instance`?"),
        (json!({"instance": null}), "$.instance", "must be an object"),
        (json!({"instance": {"state": "on"}}), "$.instance.state", "there are running, stopped"),
        (json!({"instance": {"state": null}}), "$.instance.state", "expected a string"),
        (json!({"instance": {"has_volume": 1}}), "$.instance.has_volume", "expected a boolean"),
        (json!({"instance": {"ip": "x"}}), "$.instance.ip", "expected one of `instance_id`"),
        (
            json!({"instance": {"block_device_mappings": [{}]}}),
            "$.instance.block_device_mappings[0]",
            "device_name",
        ),
        (json!({"parameters": {"/a b": {}}}), "$.parameters[\"/a b\"]", "missing field `value`"),
        (json!({"parameters": {"p": "v"}}), "$.parameters.p", "must be an object"),
        (
            json!({"parameters": {"p": {"value": "v", "type": "Int"}}}),
            "$.parameters.p.type",
            "there are String",
        ),
        (json!({"commands": {}}), "$.commands", "must be an array"),
        (
            json!({"commands": [{"commands": [], "status": "Done"}]}),
            "$.commands[0].status",
            "there are Pending",
        ),
        (
            json!({"backups": [{"name": "a", "size": 1}, {"name": "b", "size": -1}]}),
            "$.backups[1].size",
            "u64",
        ),
        (
            json!({"backups": [{"name": "a", "size": 1, "date": "yesterday"}]}),
            "$.backups[0].date",
            "RFC 3339",
        ),
        (json!({"costs": {"this-month": {}}}), "$.costs[\"this-month\"]", "there are current-month"),
        (
            json!({"costs": {"last-month": {"period": {"start": "May"}}}}),
            "$.costs[\"last-month\"].period.start",
            "2026-01-31",
        ),
        (
            json!({"costs": {"last-month": {"breakdown": [{"cost": 1}]}}}),
            "$.costs[\"last-month\"].breakdown[0]",
            "service",
        ),
        (json!({"stack": {"exists": "yes"}}), "$.stack.exists", "expected a boolean"),
        (json!({"settings": {"transition": "slow"}}), "$.settings.transition", "\"immediate\", \"manual\""),
        (json!({"timers": [{"due": "now", "instance": "off"}]}), "$.timers[0].instance", "there are running"),
        (
            json!({"timers": [{"due": "now", "step": {"after": 0, "faults": {"startInstanze": {"times": 1}}}}]}),
            "$.timers[0].step.faults.startInstanze",
            "did you mean",
        ),
        (
            json!({"timers": [{"due": "now", "step": {"after": 0, "state": {"stack": {"status": 1}}}}]}),
            "$.timers[0].step.state.stack.status",
            "expected a string",
        ),
        (json!({"scenario": {"name": "running"}}), "$.scenario", "apply a scenario"),
    ] {
        let mut state = fixtures::state(None, NOW).unwrap();
        let error = apply(&mut state, &partial, LATER, "$").unwrap_err();
        let Error::InvalidValue { path: found, reason } = &error else { panic!("{partial}: {error}") };
        assert_eq!(found, path, "{partial}: {error}");
        assert!(reason.contains(hint), "{partial}: {error}");
    }
}

#[test]
fn fixtures_of_a_user_are_put_over_the_built_in_ones() {
    let own = crate::json::Json::from_serialize(&json!({
        "instance": {"instance_id": "i-1"},
        "parameters": {"/minecraft/player-count": {"value": "9"}, "/minecraft/gdrive-token": null},
        "backups": [],
        "costs": {"last-month": {"period": {"start": "2020-01-01", "end": "2020-02-01"}}},
    }));
    let state = fixtures::state(Some(&own.unwrap()), NOW).unwrap();
    assert_eq!((&*state.instance.instance_id, state.instance.has_volume), ("i-1", true));
    assert_eq!((state.parameters.len(), state.parameters["/minecraft/player-count"].version), (2, 1));
    assert_eq!(state.backups, []);
    assert_eq!(state.costs[&CostPeriod::LastMonth].period.start, "2020-01-01");
}
