//! The provider's rules on plain states: no store, no clock.

use serde_json::json;

use super::*;
use crate::mock::fixtures;
use crate::mock::patch::SECTIONS;

const NOW: i64 = 1_800_000_000_000;

fn cloud() -> CloudState {
    fixtures::state(None, NOW).unwrap()
}

#[test]
fn the_fixtures_are_as_described() {
    let state = cloud();
    assert_eq!(state.instance.instance_id, "i-mock1234567890abcdef");
    assert_eq!((state.instance.state, state.instance.has_volume), (InstanceState::Stopped, true));
    assert_eq!(state.instance.block_device_mappings, Some(vec![BlockDeviceMapping::root()]));
    let days: Vec<i64> = state.backups.iter().map(|backup| (NOW - to_ms(backup.date)) / 86_400_000).collect();
    assert_eq!(days, [1, 2, 3]);
    for costs in state.costs.values() {
        let sum: f64 = costs.breakdown.iter().map(|part| part.cost).sum();
        assert!((sum - costs.total_cost).abs() < 1e-9, "{costs:?}");
    }
    assert_eq!(state.costs.len(), 3);
    assert!(state.parameters.values().all(|parameter| parameter.version == 1));
    let sections = serde_json::to_value(&state).unwrap();
    assert_eq!(sections.as_object().unwrap().keys().collect::<Vec<_>>(), SECTIONS);
}

#[test]
fn starting_goes_through_pending() {
    let mut state = cloud();
    start(&mut state, NOW).unwrap();
    assert_eq!((state.instance.state, state.timers.len()), (InstanceState::Pending, 1));
    start(&mut state, NOW).unwrap();
    assert_eq!(state.timers.len(), 1, "it is being started already");
    settle(&mut state, NOW + 2_499, true).unwrap();
    assert_eq!((state.instance.state, &state.instance.public_ip), (InstanceState::Pending, &None));
    settle(&mut state, NOW + 100_000, true).unwrap();
    assert_eq!(state.instance.state, InstanceState::Running);
    assert_eq!(state.instance.public_ip.as_deref(), Some("203.0.113.42"));
    assert_eq!(to_ms(state.instance.last_updated), NOW + 2_500, "when it did, not when somebody looked");
    stop(&mut state, NOW + 100_000).unwrap();
    assert_eq!((state.instance.state, &state.instance.public_ip), (InstanceState::Stopping, &None));
    settle(&mut state, NOW + 102_500, true).unwrap();
    assert_eq!((state.instance.state, state.timers.len()), (InstanceState::Stopped, 0));
}

#[test]
fn every_state_starts_stops_or_says_why_not() {
    use InstanceState::{Hibernating, Pending, Running, Stopped, Stopping, Terminated, Unknown};
    for (from, started, stopped) in [
        (Running, Some(Running), Some(Stopping)),
        (Stopped, Some(Pending), Some(Stopped)),
        (Pending, Some(Pending), None),
        (Stopping, None, Some(Stopping)),
        (Hibernating, None, None),
        (Terminated, None, None),
        (Unknown, None, None),
    ] {
        for (operation, expected) in [(start as fn(&mut _, _) -> _, started), (stop, stopped)] {
            let mut state = cloud();
            enter(&mut state, from, NOW);
            let before = state.clone();
            match (operation(&mut state, NOW), expected) {
                (Ok(()), Some(expected)) => assert_eq!(state.instance.state, expected),
                (Err(Error::InvalidTransition { from: named, .. }), None) => {
                    assert_eq!((&*named, &state), (from.as_str(), &before));
                }
                (result, _) => panic!("from {from}: {result:?}"),
            }
        }
    }
}

#[test]
fn transitions_are_immediate_or_wait_to_be_completed() {
    let mut state = cloud();
    state.settings.transition = Transition::Immediate;
    start(&mut state, NOW).unwrap();
    assert_eq!((state.instance.state, state.timers.len()), (InstanceState::Running, 0));
    state.settings.transition = Transition::Manual;
    assert!(!complete(&mut state, NOW), "there is none");
    stop(&mut state, NOW).unwrap();
    settle(&mut state, i64::MAX, true).unwrap();
    assert_eq!(state.instance.state, InstanceState::Stopping);
    assert!(complete(&mut state, NOW));
    assert_eq!(state.instance.state, InstanceState::Stopped);
}

#[test]
fn a_state_that_is_set_cancels_what_was_to_come() {
    for patched in [false, true] {
        let mut state = cloud();
        start(&mut state, NOW).unwrap();
        if patched {
            patch::apply(&mut state, &json!({"instance": {"state": "terminated"}}), NOW, "$").unwrap();
        } else {
            enter(&mut state, InstanceState::Terminated, NOW);
        }
        settle(&mut state, NOW + 100_000, true).unwrap();
        assert_eq!(state.instance.state, InstanceState::Terminated);
    }
}

#[test]
fn what_is_due_happens_in_order_and_at_its_time() {
    let mut state = cloud();
    let timers = json!({"timers": [
        {"due": "now+3s", "step": {"after": 3, "state": {"parameters": {"/p": {"value": "late"}}}}},
        {"due": "now+1s", "instance": "hibernating"},
        {"due": "now+2s", "step": {"after": 2, "faults": {"mock.get_state": {"fail_next": true}}, "latency": 0.5,
                                   "state": {"parameters": {"/p": {"value": "early"}}}}},
    ]});
    patch::apply(&mut state, &timers, NOW, "$").unwrap();
    assert!(!owes_faults(&state, NOW + 1_999) && owes_faults(&state, NOW + 2_000));
    let mut without = state.clone();
    let plans = settle(&mut state, NOW + 9_000, true).unwrap();
    assert_eq!(state.parameters["/p"].value, "late");
    assert_eq!(
        (state.parameters["/p"].version, to_ms(state.parameters["/p"].last_modified)),
        (2, NOW + 3_000)
    );
    assert_eq!((state.instance.state, state.timers.len()), (InstanceState::Hibernating, 0));
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0].latency, Some(std::time::Duration::from_millis(500)));

    assert_eq!(settle(&mut without, NOW + 9_000, false).unwrap(), []);
    assert_eq!(without.parameters["/p"].value, "late");
    assert_eq!(without.timers.len(), 1, "faults stay to be set by who has them on");
    let plans = settle(&mut without, NOW + 9_000, true).unwrap();
    assert_eq!((plans.len(), without.timers.len()), (1, 0));
    assert_eq!(without, state);
}

#[test]
fn volumes_come_and_go() {
    let mut instance = cloud().instance;
    set_volume(&mut instance, false, NOW);
    assert_eq!((instance.has_volume, instance.block_device_mappings.as_deref()), (false, Some(&[][..])));
    set_volume(&mut instance, true, NOW);
    set_volume(&mut instance, true, NOW);
    assert_eq!(instance.block_device_mappings, Some(vec![BlockDeviceMapping::root()]));
}
