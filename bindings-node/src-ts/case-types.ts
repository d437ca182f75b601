/** The shapes of cases. */
import type { Storable } from './types.js';
import type { Json } from './value.js';

/** How a case stands. One that is not running is closed: it accepts no more mutations. */
export type CaseStatus = 'running' | 'cancelled' | 'done' | 'failed';

/** How a token stands. */
export type TokenStatus = 'active' | 'complete' | 'cancelled';

/** How a scope stands. */
export type ScopeStatus = 'active' | 'exited' | 'cancelled';

/** How an effect stands: `pending` has no result, because it is under way or its process died. */
export type EffectStatus = 'pending' | 'ok' | 'error' | 'cancelled';

/** A logical thread of execution in a case. */
export interface Token<T = Json> {
  /** Which token. */
  readonly id: string;
  /** The instruction or node that it stands at. */
  readonly ip: string;
  /** The scope that it is in. */
  readonly scope: string;
  /** What it carries. */
  readonly value: T;
  /** How it stands. */
  readonly status: TokenStatus;
}

/** How a token is added. */
export interface TokenOptions {
  /** The scope that it is in; `root` if it is left out. */
  readonly scope?: string | undefined;
  /** What it carries; null if it is left out. */
  readonly value?: Storable | undefined;
  /** How it stands; `active` if it is left out. */
  readonly status?: TokenStatus | undefined;
}

/** A part of a case that can be cancelled as a whole, with the scopes beneath it and their tokens. */
export interface CaseScope {
  /** Which scope. */
  readonly id: string;
  /** The scope around it; null for `root`. */
  readonly parent: string | null;
  /** How it stands. */
  readonly status: ScopeStatus;
  /** When it was entered, in milliseconds since 1970. */
  readonly enteredAtMs: number;
  /** The ids of the tokens in it, whatever their status, in the order of their arrival. */
  readonly tokens: readonly string[];
}

/** What is known of a case besides its context, tokens and scopes. */
export interface CaseMetadata {
  /** How often `incrementStepCount` was committed. */
  readonly stepCount: number;
  /** When the case was created, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** When the last commit was made. */
  readonly lastCommitMs: number;
  /** What `setMetadata` has set; null before. */
  readonly term: Json;
}

/** The state of a case at some receipt. */
export interface CaseState<C = { readonly [key: string]: Json }> {
  /** How the case stood. */
  readonly status: CaseStatus;
  /** The context. */
  readonly ctx: C;
  /** The tokens by their ids. */
  readonly tokens: ReadonlyMap<string, Token>;
  /** The scopes by their ids, `root` among them. */
  readonly scopes: ReadonlyMap<string, CaseScope>;
  /** What is known of it besides. */
  readonly metadata: CaseMetadata;
}

/** What a list shows of a case. */
export interface CaseSummary {
  /** Its id. */
  readonly id: string;
  /** How it stands. */
  readonly status: CaseStatus;
  /** Its step count. */
  readonly stepCount: number;
  /** How many of its tokens are active. */
  readonly tokens: number;
  /** The store's revision of its last commit. */
  readonly revision: number;
  /** When that was, in milliseconds since 1970. */
  readonly lastCommitMs: number;
}

/** Proof of a commit of a case. The hashes and digests are BLAKE3, as hexadecimal digits. */
export interface CaseReceipt {
  /** Its id, a UUID of version 7. */
  readonly id: string;
  /** The case. */
  readonly caseId: string;
  /** 1, 2, 3, … over the commits of the case. */
  readonly sequence: number;
  /** The store's revision; 0 inside the transaction that made it. */
  readonly revision: number;
  /** When, by the store's clock, in milliseconds since 1970. */
  readonly timeMs: number;
  /** Who: `host/process` or `host/process/label`. */
  readonly actor: string;
  /** What was done. */
  readonly mutations: readonly ReceiptMutation[];
  /** Of the mutations with all that they hold. */
  readonly digest: string;
  /** Of the state before. */
  readonly before: string;
  /** Of the state after. */
  readonly after: string;
  /** The hash of the receipt before. */
  readonly previous: string;
  /** Of this one, over everything in it; empty inside the transaction. */
  readonly hash: string;
}

/** A mutation, as a receipt tells it. */
export interface ReceiptMutation {
  /** `add_token`, …, `create`, `restore`. */
  readonly name: string;
  /** The token or scope that it is about; null if none. */
  readonly id: string | null;
}

/** What a look through the receipts of a case found. */
export interface CaseCheck {
  /** How many the store has. */
  readonly receipts: number;
  /** How many the archive has; 0 without one. */
  readonly archived: number;
  /** The number of the last one. */
  readonly sequence: number;
  /** What is wrong; empty when all fits. */
  readonly problems: readonly CaseProblem[];
}

/** Something about a case that does not fit. */
export interface CaseProblem {
  /** The case. */
  readonly caseId: string;
  /** The number of the receipt; null if it is none. */
  readonly sequence: number | null;
  /** Its id. */
  readonly receiptId: string | null;
  /** What is wrong. */
  readonly reason: string;
}

/** An effect, as the store has it. */
export interface EffectResult<T = Json> {
  /** Which effect. */
  readonly effectId: string;
  /** Under which key it happens once. */
  readonly key: string;
  /** How it stands. */
  readonly status: EffectStatus;
  /** What it gave; null unless it happened. */
  readonly value: T | null;
  /** Why it did not happen; null unless so. */
  readonly error: string | null;
  /** BLAKE3 of the spec's text, as hexadecimal digits. */
  readonly specDigest: string;
  /** Who ran it last: `host/process` or `host/process/label`. */
  readonly actor: string;
  /** When it was begun last, in milliseconds since 1970. */
  readonly startedAtMs: number;
  /** How long it took; null while there is no result, or if that was given by hand. */
  readonly durationMs: number | null;
  /** How often it was begun. */
  readonly attempts: number;
}

/** A mutation as an object: what {@link Case.buffer} takes, and what a case has pending. */
export type CaseMutation =
  | { readonly name: 'set_ctx'; readonly ctx: object }
  | ({ readonly name: 'add_token'; readonly id: string; readonly ip: string } & TokenOptions)
  | { readonly name: 'remove_token' | 'exit_scope' | 'cancel_scope'; readonly id: string }
  | { readonly name: 'enter_scope'; readonly id: string; readonly parent?: string | undefined }
  | { readonly name: 'increment_step_count' }
  | { readonly name: 'set_metadata'; readonly term: Storable }
  | { readonly name: 'set_status'; readonly status: CaseStatus };

/** What is buffered: a mutation, or one that a function makes. */
export type PendingMutation =
  | CaseMutation
  | { readonly name: 'update_ctx' }
  | { readonly name: 'update_token'; readonly id: string };

/** How a case is created. */
export interface CaseOptions {
  /** Its id; one is made if it is left out: a UUID of version 7. */
  readonly caseId?: string | undefined;
  /** What its receipts keep: the names of the mutations, or all that they hold, for {@link Case.at}; `names`. */
  readonly history?: 'names' | 'full' | undefined;
}

/** Which cases are listed. */
export interface CaseFilter {
  /** Only those that stand so. */
  readonly status?: CaseStatus | null | undefined;
  /** Only those whose id matches this glob pattern. */
  readonly pattern?: string | undefined;
  /** At most so many. */
  readonly limit?: number | null | undefined;
  /** Only those that come after this id. */
  readonly startAfter?: string | null | undefined;
}

/** Which receipts are moved into an archive; with both limits, those that are beyond both. */
export interface RotateOptions {
  /** How many stay; the last one always does. */
  readonly keep?: number | null | undefined;
  /** Only those before this time, in milliseconds since 1970. */
  readonly beforeMs?: number | null | undefined;
  /** The file that they are added to; `NAME-receipts.jsonl` beside the store if it is left out. */
  readonly archive?: string | URL | null | undefined;
}

/** How an effect is run. */
export interface EffectOptions {
  /** Under which key it happens once; the effect's id if it is left out. */
  readonly key?: string | null | undefined;
  /** What to do if it was begun and has no result: EffectInDoubtError, or run it again; `raise`. */
  readonly onDoubt?: 'raise' | 'retry' | undefined;
}
