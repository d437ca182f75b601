/** The shapes of faults. */

/** What makes the calls of an operation slow, or fail. At least one member has to do something. */
export interface FaultOptions {
  /** The next call fails. */
  readonly failNext?: boolean | undefined;
  /** All calls fail. */
  readonly alwaysFail?: boolean | undefined;
  /** The next so many calls fail; with a probability at most so many. */
  readonly times?: number | null | undefined;
  /** How probable it is that a call fails, from 0 to 1. */
  readonly probability?: number | null | undefined;
  /** What the draws begin with; 0. The same seed draws the same calls in every run. */
  readonly seed?: number | bigint | undefined;
  /** The code of the error; `InternalError`. */
  readonly errorCode?: string | undefined;
  /** Its message; `an injected failure`. */
  readonly errorMessage?: string | undefined;
  /** How long each call waits before anything else, by the store's clock. */
  readonly latencyMs?: number | null | undefined;
  /** By how much that varies, up or down, evenly distributed. */
  readonly jitterMs?: number | null | undefined;
  /** Calls fail after their work instead of before: the lost acknowledgement. */
  readonly afterCommit?: boolean | undefined;
}

/** What a fault does to the calls of an operation. */
export interface OperationFailure {
  /** Whether the next call fails. */
  readonly failNext: boolean;
  /** Whether all calls fail. */
  readonly alwaysFail: boolean;
  /** How many calls fail; null if there is no such limit. */
  readonly times: number | null;
  /** How probable it is that a call fails; null if that is not drawn. */
  readonly probability: number | null;
  /** What the draws begin with; a bigint if a number can't hold it. */
  readonly seed: number | bigint;
  /** The code of the error. */
  readonly errorCode: string;
  /** Its message. */
  readonly errorMessage: string;
  /** How long each call waits; null if as long as all calls do. */
  readonly latencyMs: number | null;
  /** By how much that varies; null if it does not. */
  readonly jitterMs: number | null;
  /** Whether it fails after its work instead of before. */
  readonly afterCommit: boolean;
}

/** A fault that is set on an operation, and what it has done so far. */
export interface FaultRule {
  /** The operation's full name (`namespace.set`), or the pattern (`plugin.*`). */
  readonly operation: string;
  /** The mock cloud that it is for; null if it is for the whole store. */
  readonly scope: string | null;
  /** What it does to a call. */
  readonly failure: OperationFailure;
  /** How many calls it has looked at since it was set. */
  readonly calls: number;
  /** How many of them it has made fail. */
  readonly hits: number;
  /** How many more it can make fail; null if there is no limit. At 0 it only delays. */
  readonly remaining: number | null;
}

/** A call of an operation, and what was injected into it. */
export interface FaultCall {
  /** The operation's full name: `namespace.set`. */
  readonly operation: string;
  /** The mock cloud that was called; null for other operations. */
  readonly scope: string | null;
  /** When it was called, in milliseconds since 1970, by the store's clock. */
  readonly timeMs: number;
  /** How long it was delayed. */
  readonly latencyMs: number;
  /** The code of the failure that was injected; null if none was. */
  readonly errorCode: string | null;
  /** Whether that failure came after the work instead of before. */
  readonly afterCommit: boolean;
  /** The process that called. */
  readonly process: number;
}
