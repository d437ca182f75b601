/** The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once. */
export { Atomic } from './atomic.js';
export type { StateBackend } from './backend.js';
export { ManualClock } from './clock.js';
export * from './errors.js';
export type * from './event-types.js';
export { MemoryBackend } from './memory.js';
export { Namespace } from './namespace.js';
export { open, openSync, type OpenOptions } from './open.js';
export { Plugin } from './plugin.js';
export { PluginStates } from './plugin-states.js';
export type * from './plugin-types.js';
export { SnapshotNamespace } from './reading.js';
export { Snapshot } from './snapshot.js';
export { Store } from './store.js';
export { Transaction } from './transaction.js';
export type * from './types.js';
export type { Json } from './value.js';
export { Watch } from './watch.js';
