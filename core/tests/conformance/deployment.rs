//! The deployment lifecycle by its types, and as a table.

use std::time::UNIX_EPOCH;

use statehold::{
    AnyEnvironment, EnvironmentRecord, Environments, Error, Failure, FailureKind, Json, Lifecycle,
    TransitionOptions,
};

use crate::execute::Outcome;
use crate::format::Data;

/// The transition that a method of the typed values makes, saved; where the types refuse it, asked for by name.
pub(crate) fn by_method(
    environments: &Environments,
    kept: EnvironmentRecord,
    method: &str,
    failure: Option<Failure>,
) -> Outcome<EnvironmentRecord> {
    use AnyEnvironment as Any;
    let name = kept.name.clone();
    let failed = || failure.clone().unwrap();
    let moved = match (Any::try_from(kept)?, method) {
        (Any::Created(it), "start_provisioning") => it.start_provisioning().into_any(),
        (Any::Provisioning(it), "provisioned") => it.provisioned().into_any(),
        (Any::Provisioning(it), "provision_failed") => it.provision_failed(failed()).into_any(),
        (Any::Provisioned(it), "start_configuring") => it.start_configuring().into_any(),
        (Any::Configuring(it), "configured") => it.configured().into_any(),
        (Any::Configuring(it), "configure_failed") => it.configure_failed(failed()).into_any(),
        (Any::Configured(it), "start_releasing") => it.start_releasing().into_any(),
        (Any::Releasing(it), "released") => it.released().into_any(),
        (Any::Releasing(it), "release_failed") => it.release_failed(failed()).into_any(),
        (Any::Released(it), "start_running") => it.start_running().into_any(),
        (Any::Running(it), "run_failed") => it.run_failed(failed()).into_any(),
        (Any::ProvisionFailed(it), "retry") => it.retry().into_any(),
        (Any::ConfigureFailed(it), "retry") => it.retry().into_any(),
        (Any::ReleaseFailed(it), "retry") => it.retry().into_any(),
        (Any::RunFailed(it), "retry") => it.retry().into_any(),
        (Any::Created(it), "destroy") => it.destroy().into_any(),
        (Any::Provisioning(it), "destroy") => it.destroy().into_any(),
        (Any::Provisioned(it), "destroy") => it.destroy().into_any(),
        (Any::Configuring(it), "destroy") => it.destroy().into_any(),
        (Any::Configured(it), "destroy") => it.destroy().into_any(),
        (Any::Releasing(it), "destroy") => it.destroy().into_any(),
        (Any::Released(it), "destroy") => it.destroy().into_any(),
        (Any::Running(it), "destroy") => it.destroy().into_any(),
        (Any::ProvisionFailed(it), "destroy") => it.destroy().into_any(),
        (Any::ConfigureFailed(it), "destroy") => it.destroy().into_any(),
        (Any::ReleaseFailed(it), "destroy") => it.destroy().into_any(),
        (Any::RunFailed(it), "destroy") => it.destroy().into_any(),
        (_, method) => {
            let to = match method.strip_prefix("start_").unwrap_or(method) {
                "destroy" => "destroyed",
                other => other,
            };
            let mut options = TransitionOptions::new();
            options.failure = failure;
            return Ok(environments.transition_with(&name, to, &options)?);
        }
    };
    Ok(environments.save(&moved)?.into_record())
}

/// Whether a record is in a success, an error, a terminal state: by its lifecycle, and by the types if they know it.
pub(crate) fn kinds(lifecycle: &Lifecycle, kept: EnvironmentRecord) -> Data {
    let state = kept.state.clone();
    let of_lifecycle = [
        lifecycle.is_success_state(&state),
        lifecycle.is_error_state(&state),
        lifecycle.is_terminal_state(&state),
    ];
    if let Ok(any) = AnyEnvironment::try_from(kept) {
        assert_eq!([any.is_success_state(), any.is_error_state(), any.is_terminal_state()], of_lifecycle);
    }
    Data::List(of_lifecycle.map(Data::Bool).to_vec())
}

/// Asks for every transition between states; gives those that were not refused.
pub(crate) fn table(environments: &Environments, states: &Data) -> Outcome {
    let lifecycle = environments.lifecycle("deployment")?;
    let mut found = Vec::new();
    for from in states.list().iter().map(Data::text) {
        let (mut allowed, mut told) = (Vec::new(), Vec::new());
        for to in states.list().iter().map(Data::text) {
            let name = format!("{from}-{to}");
            environments.create(&name, Json::new("{}")?)?;
            environments.recover(&name, &from, "for the table")?;
            let (before, history) = (environments.load(&name)?, environments.history(&name)?);
            let mut options = TransitionOptions::new();
            options.failure = lifecycle.is_error_state(&to).then(|| {
                Failure::new("step", FailureKind::Other, "for the table").between(UNIX_EPOCH, UNIX_EPOCH)
            });
            match environments.transition_with(&name, &to, &options) {
                Ok(after) => {
                    assert_eq!((&after.state, &after.data), (&to, &before.data));
                    allowed.push(to.clone());
                    found.push(Data::List(vec![Data::Text(from.clone()), Data::Text(to)]));
                }
                Err(Error::InvalidTransition { name: named, from: was, to: asked, allowed, .. }) => {
                    assert_eq!((named, was, asked), (name.clone(), from.clone(), to));
                    assert_eq!((environments.load(&name)?, environments.history(&name)?), (before, history));
                    told.push(allowed.to_vec());
                }
                Err(other) => return Err(other.into()),
            }
        }
        allowed.sort();
        for mut each in told {
            each.sort();
            assert_eq!(each, allowed, "what is allowed from {from}");
        }
    }
    Ok(Data::List(found))
}
