//! Goal: of the thirteen states, each has exactly the transitions of the picture, at compile time and in the lifecycle's
//! data alike. Method: every transition is called on every state. A trait gives all states methods of the same names; Rust
//! prefers the type's own, so the type that comes back tells at compile time whether there is one, and of which state it
//! is. What really does not compile is shown by the examples in `core/src/environment/deployment/refused.rs`.
#![allow(clippy::unwrap_used, reason = "a test")]

use statehold::environment::state::{
    ConfigureFailed, Configured, Configuring, Created, Destroyed, ProvisionFailed, Provisioned, Provisioning,
    ReleaseFailed, Released, Releasing, RunFailed, Running, State,
};
use statehold::{
    AnyEnvironment, Environment, EnvironmentRecord, Environments, Failure, FailureKind, Json, Lifecycle,
};

const STATES: [&str; 13] = [
    "created",
    "provisioning",
    "provisioned",
    "configuring",
    "configured",
    "releasing",
    "released",
    "running",
    "destroyed",
    "provision_failed",
    "configure_failed",
    "release_failed",
    "run_failed",
];

/// The picture of the specification, written down once more: from, method, to.
const PICTURE: &[(&str, &str, &str)] = &[
    ("created", "start_provisioning", "provisioning"),
    ("provisioning", "provisioned", "provisioned"),
    ("provisioning", "provision_failed", "provision_failed"),
    ("provisioned", "start_configuring", "configuring"),
    ("configuring", "configured", "configured"),
    ("configuring", "configure_failed", "configure_failed"),
    ("configured", "start_releasing", "releasing"),
    ("releasing", "released", "released"),
    ("releasing", "release_failed", "release_failed"),
    ("released", "start_running", "running"),
    ("running", "run_failed", "run_failed"),
    ("provision_failed", "retry", "provisioning"),
    ("configure_failed", "retry", "configuring"),
    ("release_failed", "retry", "releasing"),
    ("run_failed", "retry", "released"),
];

/// The picture with `destroy`, which all but one have.
fn picture() -> Vec<(&'static str, &'static str, &'static str)> {
    let living = STATES.into_iter().filter(|state| *state != "destroyed");
    PICTURE.iter().copied().chain(living.map(|state| (state, "destroy", "destroyed"))).collect()
}

/// What a call gives: the state that it leads to, if there is such a method.
trait Answer {
    fn leads_to(&self) -> Option<&'static str>;
}

impl<S: State> Answer for Environment<S> {
    fn leads_to(&self) -> Option<&'static str> {
        assert_eq!(self.record().state, S::NAME);
        Some(S::NAME)
    }
}

/// What the methods of the trait give.
struct NoSuchMethod;

impl Answer for NoSuchMethod {
    fn leads_to(&self) -> Option<&'static str> {
        None
    }
}

macro_rules! fallback {
    ($($method:ident($($failure:ident)?);)*) => {
        trait Fallback: Sized {
            $(fn $method(self $(, $failure: Failure)?) -> NoSuchMethod {
                $(drop($failure);)?
                NoSuchMethod
            })*
        }
        impl<S: State> Fallback for Environment<S> {}

        /// Calls every method on an environment in this state.
        macro_rules! answers {
            ($make:expr) => {
                [$((stringify!($method), Box::new($make.$method($(failing(stringify!($failure)))?)) as Box<dyn Answer>)),*]
            };
        }
    };
}

fallback! {
    start_provisioning();
    provisioned();
    provision_failed(failure);
    start_configuring();
    configured();
    configure_failed(failure);
    start_releasing();
    released();
    release_failed(failure);
    start_running();
    run_failed(failure);
    retry();
}

fn failing(step: &str) -> Failure {
    Failure::new(step, FailureKind::Other, "it did not work")
}

/// An environment in any state, brought there by recoveries.
fn record_in(environments: &Environments, state: &str) -> EnvironmentRecord {
    let name = format!("in-{state}");
    if !environments.exists(&name).unwrap() {
        environments.create(&name, Json::new(r#"{"kept":true}"#).unwrap()).unwrap();
    }
    environments.recover(&name, state, "for a test").unwrap()
}

fn made<S: State>(environments: &Environments) -> Environment<S> {
    record_in(environments, S::NAME).try_into().unwrap()
}

macro_rules! each_state {
    ($run:ident) => {
        $run!(
            Created try_into_created, Provisioning try_into_provisioning, Provisioned try_into_provisioned,
            Configuring try_into_configuring, Configured try_into_configured, Releasing try_into_releasing,
            Released try_into_released, Running try_into_running, Destroyed try_into_destroyed,
            ProvisionFailed try_into_provision_failed, ConfigureFailed try_into_configure_failed,
            ReleaseFailed try_into_release_failed, RunFailed try_into_run_failed
        )
    };
}

#[test]
#[allow(clippy::too_many_lines)] // one expansion a state
fn every_method_is_on_exactly_the_states_of_the_picture() {
    let environments = Environments::in_memory();
    let mut found = Vec::new();
    macro_rules! look {
        ($($state:ident $try_into:ident),*) => {$(
            for (method, answer) in answers!(made::<$state>(&environments)) {
                found.extend(answer.leads_to().map(|to| ($state::NAME, method, to)));
            }
        )*};
    }
    each_state!(look);
    found.sort_unstable();
    let mut wanted = PICTURE.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn destroy_is_on_all_but_the_destroyed() {
    /// As the fallback, for the one method that is on a group of states.
    struct Probe<S>(std::marker::PhantomData<S>);
    trait Not {
        fn can_be_destroyed(&self) -> bool {
            false
        }
    }
    impl<S> Not for Probe<S> {}
    impl<S: statehold::environment::state::Destroyable> Probe<S> {
        #[allow(clippy::unused_self)] // it stands in for the trait's
        fn can_be_destroyed(&self) -> bool {
            true
        }
    }
    macro_rules! look {
        ($($state:ident $try_into:ident),*) => {$(
            let found = Probe::<$state>(std::marker::PhantomData).can_be_destroyed();
            assert_eq!(found, $state::NAME != "destroyed", "{}", $state::NAME);
        )*};
    }
    each_state!(look);
    let environments = Environments::in_memory();
    assert_eq!(made::<RunFailed>(&environments).destroy().state_name(), "destroyed");
}

#[test]
fn the_lifecycle_in_data_is_the_picture() {
    let lifecycle = Lifecycle::deployment();
    assert_eq!(lifecycle.states, STATES);
    let mut found: Vec<(&str, &str)> =
        lifecycle.transitions.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let mut wanted: Vec<_> = picture().into_iter().map(|(from, _, to)| (from, to)).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    let of = |is: fn(&Lifecycle, &str) -> bool| -> Vec<&str> {
        STATES.into_iter().filter(|state| is(lifecycle, state)).collect()
    };
    assert_eq!(of(Lifecycle::is_success_state), STATES[..9]);
    assert_eq!(of(Lifecycle::is_error_state), STATES[9..]);
    let terminal =
        ["running", "destroyed", "provision_failed", "configure_failed", "release_failed", "run_failed"];
    assert_eq!(of(Lifecycle::is_terminal_state), terminal);
    assert_eq!(of(Lifecycle::is_in_progress), ["provisioning", "configuring", "releasing"]);
}

#[test]
fn at_run_time_every_transition_of_the_picture_works_and_every_other_is_refused() {
    for environments in [Environments::in_memory(), statehold::open(":memory:").unwrap().environments()] {
        for from in STATES {
            for to in STATES {
                let before = record_in(&environments, from);
                let mut options = statehold::TransitionOptions::new();
                if to.ends_with("_failed") {
                    options = options.failure(failing("a step"));
                }
                let result = environments.transition_with(&before.name, to, &options);
                let allowed: Vec<&str> =
                    picture().into_iter().filter(|(state, ..)| *state == from).map(|(_, _, to)| to).collect();
                if allowed.contains(&to) {
                    let after = result.unwrap();
                    assert_eq!((after.state.as_str(), after.data), (to, before.data), "{from} to {to}");
                    continue;
                }
                let Err(statehold::Error::InvalidTransition {
                    name,
                    from: left,
                    to: asked,
                    allowed: told,
                    ..
                }) = result
                else {
                    panic!("{from} to {to} gave {result:?}")
                };
                assert_eq!((name, left.as_str(), asked.as_str()), (before.name.clone(), from, to));
                let mut allowed = allowed;
                let mut told = told.to_vec();
                allowed.sort_unstable();
                told.sort_unstable();
                assert_eq!(told, allowed, "what is allowed from {from}");
                assert_eq!(environments.load(&before.name).unwrap(), before, "nothing was written");
            }
        }
    }
}

/// What the conversions to each other state say.
fn others(any: &AnyEnvironment) -> Vec<String> {
    let mut refused = Vec::new();
    macro_rules! try_each {
        ($($state:ident $try_into:ident),*) => {$(
            if let Err(error) = any.clone().$try_into() {
                assert_eq!(error.code(), "INVALID_TRANSITION");
                assert!(error.to_string().contains(&format!("{} was expected", $state::NAME)), "{error}");
                refused.push(error.to_string());
            }
        )*};
    }
    each_state!(try_each);
    refused
}

#[test]
fn an_erased_environment_is_what_it_was() {
    let environments = Environments::in_memory();
    macro_rules! look {
        ($($state:ident $try_into:ident),*) => {{
            $({
                let typed = made::<$state>(&environments);
                let any = typed.clone().into_any();
                assert_eq!((any.name(), any.state_name()), (typed.name(), $state::NAME));
                assert_eq!(any.to_string(), format!("in-{} ({})", $state::NAME, $state::NAME));
                assert_eq!(any.is_error_state(), $state::NAME.ends_with("_failed"));
                assert_eq!(any.is_success_state(), !any.is_error_state());
                assert_eq!(any.is_terminal_state(), Lifecycle::deployment().is_terminal_state($state::NAME));
                assert_eq!(any.failure().is_some(), any.is_error_state());
                let text = serde_json::to_string(&any).unwrap();
                assert_eq!(serde_json::from_str::<AnyEnvironment>(&text).unwrap(), any);
                assert_eq!(any.clone().$try_into().unwrap(), typed);
                // Each other conversion names the state that it is in and the one that was expected.
                let refused: Vec<String> = others(&any);
                assert_eq!(refused.len(), 12);
                for message in refused {
                    assert!(message.contains(&format!("it is {}, and ", $state::NAME)), "{message}");
                }
            })*
        }};
    }
    each_state!(look);
}

#[test]
fn a_value_keeps_all_but_its_state() {
    let created = Environment::<Created>::new("web", Json::new(r#"{"size":2}"#).unwrap());
    let failed = created.clone().start_provisioning().provision_failed(failing("apply"));
    assert_eq!((failed.name(), failed.data()), ("web", created.data()));
    assert_eq!(failed.created_at(), created.created_at());
    assert_eq!(failed.last_success(), Some("created"), "kept beside the failure");
    assert_eq!(failed.failure().unwrap().step, "apply");
    let again = failed.retry();
    assert!(again.failure().is_none());
    assert_eq!(again.provisioned().last_success(), Some("provisioned"));
}
