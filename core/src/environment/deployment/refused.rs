//! What does not compile: for each state, all that can be called on another one but not on it. The first lines of each
//! example compile; `core/tests/environment_types.rs` proves for every state and method whether it is there.

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Created>) {
/// it.provisioned(); // it must be provisioning first
/// # }
/// ```
struct Created;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Provisioning>) {
/// it.start_configuring(); // it must be provisioned first
/// # }
/// ```
struct Provisioning;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Provisioned>) {
/// it.configured(); // it must be configuring first
/// # }
/// ```
struct Provisioned;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Configuring>) {
/// it.start_configuring(); // it is already
/// # }
/// ```
struct Configuring;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Configured>) {
/// it.start_running(); // it must be released first
/// # }
/// ```
struct Configured;

/// ```compile_fail,E0599
/// # use statehold::{Environment, Failure, environment::state::*};
/// # fn from(it: Environment<Releasing>, failure: Failure) {
/// it.configure_failed(failure); // another command is under way
/// # }
/// ```
struct Releasing;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Released>) {
/// it.retry(); // nothing has failed
/// # }
/// ```
struct Released;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Running>) {
/// it.start_releasing(); // there is no way back
/// # }
/// ```
struct Running;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<Destroyed>) {
/// it.destroy(); // it is no more
/// # }
/// ```
struct Destroyed;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<ProvisionFailed>) {
/// it.provisioned(); // it must be retried first
/// # }
/// ```
struct ProvisionFailed;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<ConfigureFailed>) {
/// it.start_provisioning(); // a retry configures once more
/// # }
/// ```
struct ConfigureFailed;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<ReleaseFailed>) {
/// it.released(); // it must be retried first
/// # }
/// ```
struct ReleaseFailed;

/// ```compile_fail,E0599
/// # use statehold::{Environment, environment::state::*};
/// # fn from(it: Environment<RunFailed>) {
/// it.start_running(); // a retry leads back to released first
/// # }
/// ```
struct RunFailed;
