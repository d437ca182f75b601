// What the CommonJS half exports, named one by one: else Node would compile a parser, and parse that half twice, to find the names.
import { createRequire } from 'node:module';

export const {
  Atomic, BusyError, Case, ClosedError, CommandProgress, CommitUnknownError, ConflictError, CorruptError,
  EffectInDoubtError, EnvironmentLock, EnvironmentRecord, Environments, FaultError, Faults, FeedLaggedError,
  ForkedError, InvalidNameError, InvalidTransitionError, InvalidValueError, IoError, KeyNotFoundError, Lifecycle,
  LockedError, LocksLostError, ManualClock, MemoryBackend, MigrationError, MockCloud, Namespace, NotAStoreError,
  NotFoundError, Orchestrator, Plugin, PluginStates, Scenarios, SchemaTooNewError, SerializationError, Snapshot,
  SnapshotNamespace, StateTooNewError, StateholdError, StorageFullError, Store, Transaction, ValidationError, Watch,
  getMockCloud, getMockCloudSync, open, openMockCloud, openMockCloudSync, openSync, resetMockCloud,
  resetMockCloudSync,
} = createRequire(import.meta.url)('../dist/index.js');
