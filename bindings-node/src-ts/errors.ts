/**
 * What can go wrong. A class is chosen by what the caller has to do next; messages are not API.
 *
 * Every class has a stable `code` (the same in Rust, Python and Node), `isRetryable` (whether the same call may
 * succeed if it is simply made again), and the fields that its message speaks of as properties.
 */

/** The fields of an error by name. */
export type ErrorFields = Readonly<Record<string, unknown>>;

/** The root of every error of this package. */
export class StateholdError extends Error {
  /** Stable, and the same in every language: `"CONFLICT"`, `"INVALID_VALUE"`, … */
  readonly code: string = 'STATEHOLD';
  /** Whether the same call may succeed if it is simply made again. */
  readonly isRetryable: boolean = false;
  /** The fields of the error by name; each is a property too, where `Error` has no property of that name. */
  declare readonly fields: ErrorFields;

  constructor(message: string, fields: ErrorFields = {}) {
    super(message);
    // Not enumerable, so that what inspects the error shows each field once.
    Object.defineProperty(this, 'fields', { value: fields });
    for (const [name, value] of Object.entries(fields)) {
      if (!(name in this)) Object.defineProperty(this, name, { value, enumerable: true });
    }
  }
}

/** What can't be a name in a store, or a pattern of names. It is `fields.name` as it was given. */
export class InvalidNameError extends StateholdError {
  override readonly code = 'INVALID_NAME';
  /** What was being named: `key`, `namespace`, `pattern`, `plugin`, `case`, `environment`, … */
  declare readonly what: string;
  /** Which rule it breaks. */
  declare readonly reason: string;
}

/** A value, a TTL or an option that can't be stored or used. Nothing was written. */
export class InvalidValueError extends StateholdError {
  override readonly code = 'INVALID_VALUE';
  /** Where in the value (`$.users[3].age`), or the parameter's name. */
  declare readonly path: string;
  /** What is wrong there and what would be right. */
  declare readonly reason: string;
}

/** A stored value can't be turned into the type that was asked for. The value is untouched. */
export class SerializationError extends StateholdError {
  override readonly code = 'SERIALIZATION';
  /** Which value. */
  declare readonly what: string;
  /** Why it doesn't fit. */
  declare readonly reason: string;
}

/** A key that the call needs isn't there (plain `get` gives the default instead). */
export class KeyNotFoundError extends StateholdError {
  override readonly code = 'KEY_NOT_FOUND';
  declare readonly namespace: string;
  declare readonly key: string;
}

/** Something that the call needs isn't there. Its name or number is `fields.name`. */
export class NotFoundError extends StateholdError {
  override readonly code = 'NOT_FOUND';
  /** What was looked for. */
  declare readonly what: string;
}

/** One or more rules are broken; all of them are told. Nothing was written. */
export class ValidationError extends StateholdError {
  override readonly code = 'VALIDATION';
  /** What was looked at. */
  declare readonly subject: string;
  /** Each broken rule: where, and what is wrong there. */
  declare readonly violations: ReadonlyArray<{ readonly path: string; readonly message: string }>;
}

/** A plugin's state could not be brought to a newer version. It is as it was; what a function threw is the `cause`. */
export class MigrationError extends StateholdError {
  override readonly code = 'MIGRATION';
  declare readonly plugin: string;
  /** The version that the state has. */
  declare readonly fromVersion: number;
  /** The version that was asked for. */
  declare readonly toVersion: number;
  /** The version that the step in question leads to. */
  declare readonly step: number;
  declare readonly reason: string;
}

/** A plugin's state has a newer version than the caller knows. It was neither handed out nor overwritten. */
export class StateTooNewError extends StateholdError {
  override readonly code = 'STATE_TOO_NEW';
  declare readonly plugin: string;
  /** The version of the state. */
  declare readonly found: number;
  /** The newest version that the caller knows. */
  declare readonly supported: number;
}

/** An effect was begun and has no result. Look whether it happened, and settle it by `resolveEffect`. */
export class EffectInDoubtError extends StateholdError {
  override readonly code = 'EFFECT_IN_DOUBT';
  declare readonly caseId: string;
  /** The key under which it happens once. */
  declare readonly key: string;
  declare readonly effectId: string;
  /** Who began it. */
  declare readonly actor: string;
  /** When, in milliseconds since 1970. */
  declare readonly startedMs: number;
}

/** A check of a commit did not hold; nothing was applied. Read again and decide anew. */
export class ConflictError extends StateholdError {
  override readonly code = 'CONFLICT';
  override readonly isRetryable = true;
  /** The check that failed, in words. */
  declare readonly check: string;
  /** The revision that the check expected, where it named one (0: that the key is absent). */
  declare readonly expected: number | null;
  /** The revision that was found (0: absent). */
  declare readonly found: number | null;
}

/** The file's write lock was held by others for longer than the time allowed. Nothing was written. */
export class BusyError extends StateholdError {
  override readonly code = 'BUSY';
  override readonly isRetryable = true;
  declare readonly path: string;
  declare readonly waitedMs: number;
}

/** An environment is locked by somebody else. Its name is `fields.name`. */
export class LockedError extends StateholdError {
  override readonly code = 'LOCKED';
  override readonly isRetryable = true;
  /** The process that holds the lock. */
  declare readonly pid: number;
  /** The host that it runs on. */
  declare readonly host: string;
  /** Since when, in milliseconds since 1970. */
  declare readonly sinceMs: number;
  /** What for, if it was told. */
  declare readonly purpose: string | null;
}

/** There is no way from this state to that one in the lifecycle. The environment's name is `fields.name`. */
export class InvalidTransitionError extends StateholdError {
  override readonly code = 'INVALID_TRANSITION';
  /** The state that it is in. */
  declare readonly from: string;
  /** The state that was asked for. */
  declare readonly to: string;
  /** The states that it can go to from there. */
  declare readonly allowed: readonly string[];
}

/** The commit may or may not be durable: reopen, and look whether the journal has `revision`. */
export class CommitUnknownError extends StateholdError {
  override readonly code = 'COMMIT_UNKNOWN';
  declare readonly revision: number;
  declare readonly reason: string;
}

/** Something in this process opened and closed the file, which dropped the locks on it. Open it again. */
export class LocksLostError extends StateholdError {
  override readonly code = 'LOCKS_LOST';
  declare readonly path: string;
}

/** The process forked after the store was opened. Open the store again in the child. */
export class ForkedError extends StateholdError {
  override readonly code = 'FORKED';
  /** The process that opened the store. */
  declare readonly openedBy: number;
}

/** The handle was closed, or the transaction has ended. */
export class ClosedError extends StateholdError {
  override readonly code = 'CLOSED';
  declare readonly what: string;
}

/** The journal no longer reaches back to where the watch is. Read the present state anew and watch from there on. */
export class FeedLaggedError extends StateholdError {
  override readonly code = 'FEED_LAGGED';
  /** The revision up to which changes had been given out. */
  declare readonly after: number;
  /** The oldest revision after which they can be given out. */
  declare readonly oldest: number;
}

/** A fault that was set to be injected struck this call: what a test wanted. Retryable unless `committed`. */
export class FaultError extends StateholdError {
  override readonly code = 'FAULT';
  override readonly isRetryable: boolean = this.fields['committed'] !== true;
  /** The operation that failed: `namespace.set`. */
  declare readonly operation: string;
  /** The code that was set. */
  declare readonly errorCode: string;
  /** The message that was set. */
  declare readonly errorMessage: string;
  /** Whether the call had done its work before it failed, so that only the acknowledgement is lost. */
  declare readonly committed: boolean;
}

/** The file is damaged. Restore a backup, and keep the damaged file for analysis. */
export class CorruptError extends StateholdError {
  override readonly code = 'CORRUPT';
  declare readonly path: string;
  declare readonly reason: string;
}

/** The file isn't a statehold store. It was not changed. */
export class NotAStoreError extends StateholdError {
  override readonly code = 'NOT_A_STORE';
  declare readonly path: string;
  declare readonly reason: string;
}

/** The file was written by a newer statehold. It was not changed. */
export class SchemaTooNewError extends StateholdError {
  override readonly code = 'SCHEMA_TOO_NEW';
  declare readonly path: string;
  declare readonly found: number;
  declare readonly supported: number;
}

/** The disk, a quota or SQLite's own limit is full. Nothing was written, reads go on. */
export class StorageFullError extends StateholdError {
  override readonly code = 'STORAGE_FULL';
  declare readonly path: string;
  declare readonly reason: string;
}

/** The operating system refused. */
export class IoError extends StateholdError {
  override readonly code = 'IO';
  declare readonly action: string;
  declare readonly path: string;
  declare readonly reason: string;
}

const classes = {
  StateholdError,
  InvalidNameError,
  InvalidValueError,
  SerializationError,
  KeyNotFoundError,
  NotFoundError,
  ValidationError,
  MigrationError,
  StateTooNewError,
  EffectInDoubtError,
  ConflictError,
  BusyError,
  LockedError,
  InvalidTransitionError,
  CommitUnknownError,
  LocksLostError,
  ForkedError,
  ClosedError,
  FeedLaggedError,
  FaultError,
  CorruptError,
  NotAStoreError,
  SchemaTooNewError,
  StorageFullError,
  IoError,
};

for (const [name, kind] of Object.entries(classes)) {
  // On the prototype, where the first line of a stack trace looks for it.
  Object.defineProperty(kind.prototype, 'name', { value: name, configurable: true, writable: true });
}
