/** The part of a case that touches no file: what was loaded last, and what is buffered. */
import { now, type handles } from './native.js';
import { named, refuse, shown } from './options.js';
import type {
  CaseMetadata,
  CaseMutation,
  CaseScope,
  CaseState,
  CaseStatus,
  PendingMutation,
  Token,
  TokenOptions,
} from './case-types.js';
import type { Storable } from './types.js';
import { decode, encode, type Json } from './value.js';

/** A function of an update. */
export type Update = (found: any) => unknown;

/** What the classes of this package may see of a case and others may not. */
export let insideOf: (buffer: CaseBuffer<any>) => { handle: handles.Case; functions: ReadonlyMap<number, Update>; clean(): void };

/**
 * What a handle on a case has loaded or committed last, as copies, and the mutations that it has buffered. Buffering one
 * applies nothing and checks nothing but its shape: that is for the commit.
 */
export abstract class CaseBuffer<C extends object = { readonly [key: string]: Json }> {
  /** The case's id. */
  readonly id: string;
  readonly #handle: handles.Case;
  /** The functions that are buffered, by the numbers that the core knows them by. */
  readonly #functions = new Map<number, Update>();
  #number = 0;

  static {
    insideOf = (buffer) => ({
      handle: buffer.#handle,
      // A copy, since others may be buffered while a commit calls these.
      functions: new Map(buffer.#functions),
      clean: () => buffer.#clean(),
    });
  }

  /** @internal */
  constructor(handle: handles.Case) {
    this.#handle = handle;
    this.id = handle.id();
  }

  /** How the case stands. */
  get status(): CaseStatus {
    return this.#handle.status() as CaseStatus;
  }

  /** The context, a copy. */
  get ctx(): C {
    return decode(this.#handle.ctx()) as C;
  }

  /** The tokens by their ids, copies. */
  get tokens(): ReadonlyMap<string, Token> {
    return new Map(this.#handle.tokens().map((token) => [token.id, shownToken(token)]));
  }

  /** A token; null if there is none. */
  token<T = Json>(id: string): Token<T> | null {
    const found = this.#handle.token(named('token', id));
    return found ? shownToken<T>(found) : null;
  }

  /** The scopes by their ids, copies; `root` exists always. */
  get scopes(): ReadonlyMap<string, CaseScope> {
    return new Map(this.#handle.scopes().map((scope) => [scope.id, shownScope(scope)]));
  }

  /** A scope; null if there is none. */
  scope(id: string): CaseScope | null {
    const found = this.#handle.scope(named('scope', id));
    return found ? shownScope(found) : null;
  }

  /** What is known of the case besides. */
  get metadata(): CaseMetadata {
    return shownMetadata(this.#handle.metadata());
  }

  /** The store's revision of its last commit; 0 if this transaction has made it. */
  get revision(): number {
    return this.#handle.revision();
  }

  /** The number of its last receipt. */
  get sequence(): number {
    return this.#handle.sequence();
  }

  /** What is buffered, in order. */
  get pending(): PendingMutation[] {
    return this.#handle.pending().map((mutation) => decode(mutation) as unknown as PendingMutation);
  }

  /**
   * Whether a scope is cancelled, by itself or with one around it.
   *
   * @throws {NotFoundError} if there is no such scope.
   */
  isCancelled(scope: string): boolean {
    return now(() => this.#handle.isCancelled(named('scope', scope)));
  }

  /**
   * Buffers a mutation that is given as an object: `{ name: 'add_token', id: 't1', ip: 'review' }`.
   *
   * @throws {InvalidValueError} for a name that is none, and members that are missing, too many or of another type.
   */
  buffer(mutation: CaseMutation): void {
    const members = Object.entries(mutation ?? {}).filter(([, value]) => value !== undefined);
    now(() => this.#handle.buffer(encode(Object.fromEntries(members))));
  }

  #push(name: string, members: Readonly<Record<string, unknown>> = {}): void {
    let text = `{"name":"${name}"`;
    // Each by itself, so that the path of what can't be stored is that inside the argument.
    for (const [member, value] of Object.entries(members)) {
      if (value !== undefined) text += `,"${member}":${encode(value)}`;
    }
    now(() => this.#handle.buffer(`${text}}`));
  }

  /** Buffers: replace the context, which is an object. */
  putCtx(ctx: C): void {
    this.#push('set_ctx', { ctx });
  }

  /** As {@link putCtx}, by the name of the mutation. */
  setCtx(ctx: C): void {
    this.putCtx(ctx);
  }

  /**
   * Buffers: replace the context by a function of it. It is called while the commit is made, outside of all locks, and
   * again if the case has moved on by then, so it should do nothing else.
   */
  updateCtx(fn: (ctx: C) => Promise<object> | object): void {
    this.#handle.updateCtx(this.#keep(fn));
  }

  /** Buffers: add a token, which stands at the instruction or node `ip`, to an active scope. */
  addToken(id: string, ip: string, options?: TokenOptions): void {
    this.#push('add_token', { id, ip, ...options });
  }

  /** Buffers: remove a token. */
  removeToken(id: string): void {
    this.#push('remove_token', { id });
  }

  /** Buffers: replace a token by a function of it, which must keep its id. As {@link updateCtx}. */
  updateToken<T = Json>(id: string, fn: (token: Token<T>) => Promise<Token<unknown>> | Token<unknown>): void {
    this.#handle.updateToken(named('token', id), this.#keep(fn));
  }

  /** Buffers: add a scope under an active one. */
  enterScope(id: string, parent = 'root'): void {
    this.#push('enter_scope', { id, parent });
  }

  /** Buffers: leave a scope in which no token is active. */
  exitScope(id: string): void {
    this.#push('exit_scope', { id });
  }

  /** Buffers: cancel a scope, with all scopes and tokens beneath it. */
  cancelScope(id: string): void {
    this.#push('cancel_scope', { id });
  }

  /** Buffers: cancel the case, with all its scopes and tokens. */
  cancelCase(): void {
    this.setStatus('cancelled');
  }

  /** Buffers: add 1 to the step count. */
  incrementStepCount(): void {
    this.#push('increment_step_count');
  }

  /** Buffers: set the term of the metadata. */
  setMetadata(term: Storable): void {
    this.#push('set_metadata', { term });
  }

  /** Buffers: set the status; any but `running` closes the case. */
  setStatus(status: CaseStatus): void {
    this.#push('set_status', { status });
  }

  /** Discards what is buffered. */
  rollback(): void {
    this.#handle.rollback();
    this.#functions.clear();
  }

  #keep(fn: Update): number {
    if (typeof fn !== 'function') refuse('fn', `it must be a function, not ${shown(fn)}`);
    this.#functions.set((this.#number += 1), fn);
    return this.#number;
  }

  /** Forgets functions that are no longer buffered. */
  #clean(): void {
    if (this.#handle.pending().length === 0) this.#functions.clear();
  }
}

export function shownToken<T = Json>({ id, ip, scope, value, status }: handles.Token): Token<T> {
  return { id, ip, scope, value: decode(value) as T, status: status as Token['status'] };
}

function shownScope({ id, parent, status, enteredAtMs, tokens }: handles.CaseScope): CaseScope {
  return { id, parent: parent ?? null, status: status as CaseScope['status'], enteredAtMs, tokens };
}

function shownMetadata(metadata: handles.CaseMetadata): CaseMetadata {
  return { ...metadata, term: decode(metadata.term) };
}

export function shownState<C>(state: handles.CaseState): CaseState<C> {
  return {
    status: state.status as CaseStatus,
    ctx: decode(state.ctx) as C,
    tokens: new Map(state.tokens.map((token) => [token.id, shownToken(token)])),
    scopes: new Map(state.scopes.map((scope) => [scope.id, shownScope(scope)])),
    metadata: shownMetadata(state.metadata),
  };
}
