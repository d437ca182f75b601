/** What the events of a store tell. */

/** `state.saved`: a plugin's state was saved or imported. */
export interface StateSavedEvent {
  readonly event: 'state.saved';
  readonly plugin: string;
  /** The version of the state. */
  readonly version: number;
  /** The bytes of its JSON. */
  readonly size: number;
}

/** `state.loaded`: a plugin's state was loaded. */
export interface StateLoadedEvent {
  readonly event: 'state.loaded';
  readonly plugin: string;
  /** The version of the state. */
  readonly version: number;
}

/** `state.backup.created`: a state became a backup, because another one took its place or it was cleared. */
export interface StateBackupCreatedEvent {
  readonly event: 'state.backup.created';
  readonly plugin: string;
  /** The version of the backup. */
  readonly version: number;
  /** The bytes of its JSON. */
  readonly size: number;
}

/** `state.migrated`: a plugin's state was brought to a newer version. */
export interface StateMigratedEvent {
  readonly event: 'state.migrated';
  readonly plugin: string;
  /** The version that it had. */
  readonly from: number;
  /** The version that it has now. */
  readonly to: number;
}

/** `state.cleared`: a plugin's state was removed. */
export interface StateClearedEvent {
  readonly event: 'state.cleared';
  readonly plugin: string;
  /** Whether its backups were removed too. */
  readonly backups: boolean;
}

/** `state.restored`: a backup became the state again. */
export interface StateRestoredEvent {
  readonly event: 'state.restored';
  readonly plugin: string;
  /** The version of the state that was restored. */
  readonly version: number;
  /** Which backup it was, as it was counted then. */
  readonly index: number;
}

/** `state.error`: an operation on a plugin's state failed. */
export interface StateErrorEvent {
  readonly event: 'state.error';
  readonly plugin: string;
  /** The operation: `save`, `load`, `migrate`, … */
  readonly operation: string;
  /** The code of the error. */
  readonly code: string;
  /** Its message. */
  readonly error: string;
}

/** `environment.transition`: an environment came into another state. */
export interface EnvironmentTransitionEvent {
  readonly event: 'environment.transition';
  readonly environment: string;
  /** The state that it was in. */
  readonly from: string;
  /** The state that it is in now. */
  readonly to: string;
  /** Whether it was set by hand: a recovery. */
  readonly recovery: boolean;
  /** The store's revision. */
  readonly revision: number;
  /** When, by the store's clock, in milliseconds since 1970. */
  readonly timeMs: number;
}

/** The events by name. */
export interface StoreEvents {
  'state.saved': StateSavedEvent;
  'state.loaded': StateLoadedEvent;
  'state.backup.created': StateBackupCreatedEvent;
  'state.migrated': StateMigratedEvent;
  'state.cleared': StateClearedEvent;
  'state.restored': StateRestoredEvent;
  'state.error': StateErrorEvent;
  'environment.transition': EnvironmentTransitionEvent;
}
