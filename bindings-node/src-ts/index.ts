/** The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once. */
export { Atomic } from './atomic.js';
export type { StateBackend } from './backend.js';
export { Case } from './case.js';
export type * from './case-types.js';
export { ManualClock } from './clock.js';
export { EnvironmentRecord } from './environment.js';
export { EnvironmentLock } from './environment-lock.js';
export type * from './environment-types.js';
export { Environments } from './environments.js';
export * from './errors.js';
export type * from './event-types.js';
export type * from './fault-types.js';
export { Faults } from './faults.js';
export { MemoryBackend } from './memory.js';
export { MockCloud } from './mock-cloud.js';
export {
  getMockCloud,
  getMockCloudSync,
  openMockCloud,
  openMockCloudSync,
  resetMockCloud,
  resetMockCloudSync,
} from './mock-open.js';
export type * from './mock-types.js';
export { Namespace } from './namespace.js';
export { open, openSync, type OpenOptions } from './open.js';
export { Lifecycle } from './lifecycle.js';
export type * from './operation-types.js';
export { CommandProgress, Orchestrator, type Work } from './orchestrator.js';
export { Plugin } from './plugin.js';
export { PluginStates } from './plugin-states.js';
export type * from './plugin-types.js';
export { SnapshotNamespace } from './reading.js';
export type * from './scenario-types.js';
export { Scenarios } from './scenarios.js';
export { Snapshot } from './snapshot.js';
export { Store } from './store.js';
export { Transaction } from './transaction.js';
export type * from './types.js';
export type { Json } from './value.js';
export { Watch } from './watch.js';
