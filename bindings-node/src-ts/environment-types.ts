/** The shapes of environments. */
import type { EnvironmentRecord } from './environment.js';
import type { Storable } from './types.js';
import type { Json } from './value.js';

/** The states of the built-in lifecycle, `deployment`. */
export type DeploymentState =
  | 'created'
  | 'provisioning'
  | 'provisioned'
  | 'configuring'
  | 'configured'
  | 'releasing'
  | 'released'
  | 'running'
  | 'destroyed'
  | 'provision_failed'
  | 'configure_failed'
  | 'release_failed'
  | 'run_failed';

/** A state: of the built-in lifecycle, or of one's own. */
export type EnvironmentState = DeploymentState | (string & {});

/** What kind of thing went wrong. */
export type FailureKind =
  | 'template_rendering'
  | 'infrastructure_operation'
  | 'network_connectivity'
  | 'command_execution'
  | 'timeout'
  | 'file_system'
  | 'configuration'
  | 'state_persistence'
  | 'other';

/** Why a command failed, as the record keeps it. */
export interface Failure {
  /** The step that failed. */
  readonly step: string;
  /** What kind of thing went wrong. */
  readonly kind: FailureKind;
  /** What happened, in a sentence. */
  readonly summary: string;
  /** When the command was started, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** When it failed. */
  readonly failedAtMs: number;
  /** How long it ran. */
  readonly durationMs: number;
  /** Finds it in logs. */
  readonly traceId: string;
  /** The file with the whole story; null if there is none. */
  readonly traceFile: string | null;
  /** Anything else worth keeping; null if nothing. */
  readonly details: Json;
}

/** A failure as it is told: now, with a trace id made for it, and begun when its state was entered, unless it says so. */
export interface FailureOptions {
  readonly step: string;
  readonly kind: FailureKind;
  readonly summary: string;
  readonly startedAtMs?: number | null | undefined;
  readonly failedAtMs?: number | null | undefined;
  readonly traceId?: string | null | undefined;
  readonly traceFile?: string | null | undefined;
  readonly details?: Storable | undefined;
}

/** How a transition is made. */
export interface TransitionOptions {
  /** Why, for a transition to an error state, which needs one; others refuse one. */
  readonly failure?: FailureOptions | null | undefined;
  /** What the history is to say of it. */
  readonly note?: string | null | undefined;
  /** The step of the command that begins with it. */
  readonly step?: string | null | undefined;
  /** Only if the environment is still at this revision; otherwise ConflictError. */
  readonly ifRevision?: number | null | undefined;
}

/** Which environments are listed. */
export interface EnvironmentFilter {
  /** Only those in this state. */
  readonly state?: EnvironmentState | null | undefined;
  /** Only those of this lifecycle. */
  readonly lifecycle?: string | null | undefined;
}

/** Something that happened to an environment. */
export interface HistoryEntry<D = Json> {
  /** 1, 2, 3, … over what happened to environments of this name. */
  readonly sequence: number;
  /** The store's revision. */
  readonly revision: number;
  /** When, by the store's clock, in milliseconds since 1970. */
  readonly timeMs: number;
  /** What. */
  readonly operation: 'create' | 'save' | 'transition' | 'step' | 'recover' | 'delete' | 'take_over' | 'force_unlock';
  /** The state before; null if there was none. */
  readonly from: EnvironmentState | null;
  /** The state after; null if it stayed. */
  readonly to: EnvironmentState | null;
  /** The id of the process that did it. */
  readonly process: number;
  /** The name of its machine. */
  readonly host: string;
  /** The name of the user that it ran for. */
  readonly user: string;
  /** What was noted; null if nothing. */
  readonly note: string | null;
  /** Why it failed, of a transition to an error state. */
  readonly failure: Failure | null;
  /** How long it was in the state before. */
  readonly spentMs: number | null;
  /** The record as it was afterwards; null if it was deleted. */
  readonly record: EnvironmentRecord<D> | null;
}

/** How a lock is taken. */
export interface LockOptions {
  /** How long to wait for it; 10 s if it is left out. */
  readonly timeoutMs?: number | undefined;
  /** Its lease: after so long without a sign of life it is free, also if its holder can't be looked at. None if it is left out. */
  readonly ttlMs?: number | null | undefined;
  /** What it is for, for those who find it taken. */
  readonly purpose?: string | null | undefined;
  /** Whether to share it with whoever has it through the same store. */
  readonly reentrant?: boolean | undefined;
}

/** Who has the lock of an environment, or had it last. */
export interface LockInfo {
  /** The environment. */
  readonly name: string;
  /** Whether somebody has it. What follows is otherwise about the one who had it last. */
  readonly isHeld: boolean;
  /** Whether its holder is known to be gone, or its lease is over: the next who wants it gets it. */
  readonly isStale: boolean;
  /** Names this grant; what `forceUnlock` needs. Null if nobody has the lock. */
  readonly token: string | null;
  /** The number of the grant, which only rises. */
  readonly fencing: number;
  /** What the lock is for; null if the holder did not say. */
  readonly purpose: string | null;
  /** The id of the holder's process. */
  readonly pid: number;
  /** The name of its machine. */
  readonly host: string;
  /** The name of the user that it runs for. */
  readonly user: string;
  /** When it got the lock, in milliseconds since 1970. */
  readonly takenAtMs: number;
  /** Its lease; null if there is none. */
  readonly ttlMs: number | null;
  /** When that is over. */
  readonly expiresAtMs: number | null;
}

/** An environment whose command was under way and is no longer. */
export interface InterruptedEnvironment<D = Json> {
  /** Its record, in the state of the command, with the last step known. */
  readonly record: EnvironmentRecord<D>;
  /** Who had its lock last; null if nobody ever had. */
  readonly holder: LockInfo | null;
}

/** What to do about a state that a command has left behind. */
export interface RecoveryGuide {
  /** The state. */
  readonly state: DeploymentState;
  /** What is seen. */
  readonly symptom: string;
  /** What the error says. */
  readonly errorText: string;
  /** What to do, step by step. */
  readonly steps: readonly string[];
}

/** Which states there are, and which transitions between them, as they are registered. */
export interface LifecycleDefinition {
  readonly name: string;
  /** The states. */
  readonly states: readonly string[];
  /** The one in which an environment is created. */
  readonly initial: string;
  /** Those after which nothing follows by itself. */
  readonly terminal?: readonly string[] | undefined;
  /** Those that a failure leads to. */
  readonly errors?: readonly string[] | undefined;
  /** Those in which a command is under way. */
  readonly inProgress?: readonly string[] | undefined;
  /** The pairs of states that a transition leads from and to. */
  readonly transitions: ReadonlyArray<readonly [from: string, to: string]>;
}

/** The states of a command. */
export interface EnvironmentCommand {
  /** While it is under way. */
  readonly inProgress: EnvironmentState;
  /** When it has succeeded; the same as before if that is all there is. */
  readonly success: EnvironmentState;
  /** When it has failed. */
  readonly error: EnvironmentState;
}
