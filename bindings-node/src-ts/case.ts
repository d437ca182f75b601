/** Cases: the state of runs of a workflow. */
import { CaseBuffer, insideOf, shownState } from './case-buffer.js';
import { commit, effect, shownEffect, shownReceipt } from './case-steps.js';
import type {
  CaseCheck,
  CaseReceipt,
  CaseState,
  CaseStatus,
  EffectOptions,
  EffectResult,
  EffectStatus,
  RotateOptions,
} from './case-types.js';
import { shownCheck } from './cases.js';
import { later, now, type handles } from './native.js';
import { EFFECT, RECEIPTS, ROTATING, checked, filePath, named, numeric, refuse, shown } from './options.js';
import type { Ask } from './reading.js';
import { atOnce, byPromises, type Steps } from './steps.js';
import type { Storable } from './types.js';
import { encode, type Json } from './value.js';

/**
 * The state of one run of a workflow: a context, tokens, scopes and metadata. It reads as it was committed when this handle
 * loaded or committed it last. Mutations are buffered, and committed together or not at all; each commit leaves a receipt.
 *
 *     const order = await store.createCase({ item: 7 });
 *     order.addToken('t1', 'review');
 *     order.incrementStepCount();
 *     const receipt = await order.commit();
 */
export class Case<C extends object = { readonly [key: string]: Json }> extends CaseBuffer<C> {
  readonly #handle: handles.Case;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.Case, ask: Ask = later) {
    super(handle);
    this.#handle = handle;
    this.#ask = ask;
  }

  /**
   * Commits what is buffered, all or nothing, and returns the receipt; null if nothing is. When another handle has
   * committed the case meanwhile, it is judged anew up to `retry` times. A failure keeps the buffer, and what a function
   * throws comes out as it is.
   *
   * @throws {ValidationError} with every mutation that doesn't fit, by its place in the buffer.
   * @throws {ConflictError} when the case has moved on: {@link reload} and decide anew.
   */
  async commit(options?: { readonly retry?: number | undefined }): Promise<CaseReceipt | null> {
    return byPromises(this.#commit(options), this.#ask);
  }

  /** The twin of {@link commit}. */
  commitSync(options?: { readonly retry?: number | undefined }): CaseReceipt | null {
    return atOnce(this.#commit(options), 'commit');
  }

  *#commit(options: { readonly retry?: number | undefined } | undefined): Steps<CaseReceipt | null> {
    const retry = checked(options, { retry: 'number' })?.retry ?? 0;
    return yield* this.#finish(() => this.#handle.beginCommit(retry));
  }

  *#finish(begin: () => handles.Committing): Steps<CaseReceipt | null> {
    const { functions, clean } = insideOf(this);
    const receipt = yield* commit(now(begin), functions);
    clean();
    return receipt;
  }

  /** Sets the status, after what is buffered, and commits. A closed case accepts no more mutations. */
  async close(outcome: Exclude<CaseStatus, 'running'> = 'done'): Promise<CaseReceipt> {
    return (await byPromises(this.#finish(() => this.#handle.beginClose(outcome)), this.#ask)) as CaseReceipt;
  }

  /** The twin of {@link close}. */
  closeSync(outcome: Exclude<CaseStatus, 'running'> = 'done'): CaseReceipt {
    return atOnce(this.#finish(() => this.#handle.beginClose(outcome)), 'close') as CaseReceipt;
  }

  /** Loads what was committed last, by whomever. The buffer stays. */
  async reload(): Promise<void> {
    await this.#ask((later) => this.#handle.reload(later));
  }

  /** The twin of {@link reload}. */
  reloadSync(): void {
    now((later) => this.#handle.reload(later));
  }

  /** The state as a text, which {@link restore} takes, of this or any other case. */
  snapshot(): string {
    return this.#handle.snapshot();
  }

  /**
   * Replaces the state by that of a snapshot, in one commit. Nothing may be buffered.
   *
   * @throws {InvalidValueError} for what is no snapshot, with the path in it.
   */
  async restore(snapshot: string): Promise<CaseReceipt> {
    return shownReceipt(await this.#ask((later) => this.#handle.restore(snapshotText(snapshot), later)));
  }

  /** The twin of {@link restore}. */
  restoreSync(snapshot: string): CaseReceipt {
    return shownReceipt(now((later) => this.#handle.restore(snapshotText(snapshot), later)));
  }

  /** The receipts after a number, in order. */
  async receipts(options?: ReceiptOptions): Promise<CaseReceipt[]> {
    const { after = 0, limit } = checked(options, RECEIPTS) ?? {};
    return (await this.#ask((later) => this.#handle.receipts(after ?? 0, limit, later))).map(shownReceipt);
  }

  /** The twin of {@link receipts}. */
  receiptsSync(options?: ReceiptOptions): CaseReceipt[] {
    const { after = 0, limit } = checked(options, RECEIPTS) ?? {};
    return now((later) => this.#handle.receipts(after ?? 0, limit, later)).map(shownReceipt);
  }

  /** Recomputes the chain of the receipts and the digest of the state, with an archive across it. */
  async verify(options?: ArchiveOptions): Promise<CaseCheck> {
    const archive = archiveOf(options);
    return shownCheck(await this.#ask((later) => this.#handle.verify(archive, later)));
  }

  /** The twin of {@link verify}. */
  verifySync(options?: ArchiveOptions): CaseCheck {
    return shownCheck(now((later) => this.#handle.verify(archiveOf(options), later)));
  }

  /** Moves old receipts into an archive and returns how many. The chain still verifies across it. */
  async rotateReceipts(options?: RotateOptions): Promise<number> {
    const rotating = rotatingOf(options);
    return this.#ask((later) => this.#handle.rotateReceipts(rotating, later));
  }

  /** The twin of {@link rotateReceipts}. */
  rotateReceiptsSync(options?: RotateOptions): number {
    return now((later) => this.#handle.rotateReceipts(rotatingOf(options), later));
  }

  /**
   * The state right after a receipt, of a case whose history is `full`.
   *
   * @throws {NotFoundError} without that history, and for receipts that do not exist or are in an archive.
   */
  async at(sequence: number): Promise<CaseState<C>> {
    return shownState(await this.#ask((later) => this.#handle.at(numeric('sequence', sequence), later)));
  }

  /** The twin of {@link at}. */
  atSync(sequence: number): CaseState<C> {
    return shownState(now((later) => this.#handle.at(numeric('sequence', sequence), later)));
  }

  /** Deletes the case with its receipts and effects. */
  async delete(): Promise<void> {
    await this.#ask((later) => this.#handle.delete(later));
  }

  /** The twin of {@link delete}. */
  deleteSync(): void {
    now((later) => this.#handle.delete(later));
  }

  /**
   * Runs a side effect that should happen once under its key. The intent is committed before `fn` is called, and what came
   * of it after; a later call with the key gives that and does not call `fn`. That `fn` fails is no error but a result.
   *
   * @throws {EffectInDoubtError} if it was begun and has no result, unless `onDoubt` is `retry`.
   * @throws {ConflictError} if the key was used with another spec.
   */
  async effect<T = Json>(
    effectId: string,
    spec: Storable,
    fn: () => unknown,
    options?: EffectOptions,
  ): Promise<EffectResult<T>> {
    return byPromises(this.#effect<T>(effectId, spec, fn, options), this.#ask);
  }

  /** The twin of {@link effect}. */
  effectSync<T = Json>(effectId: string, spec: Storable, fn: () => unknown, options?: EffectOptions): EffectResult<T> {
    return atOnce(this.#effect<T>(effectId, spec, fn, options), 'effect');
  }

  #effect<T>(effectId: string, spec: Storable, fn: () => unknown, options: EffectOptions | undefined) {
    if (typeof fn !== 'function') refuse('fn', `it must be a function, not ${shown(fn)}`);
    const effecting = checked(options, EFFECT) as handles.Effecting | undefined;
    return effect<T>(this.#handle, named('effect', effectId), encode(spec), fn, effecting);
  }

  /**
   * Settles by hand an effect that is in doubt: `ok` with its value, `error` or `cancelled` with the reason.
   *
   * @throws {NotFoundError} if nothing was begun under the key.
   */
  async resolveEffect(key: string, status: Exclude<EffectStatus, 'pending'>, value: Storable = null): Promise<EffectResult> {
    const text = settled(status, value);
    return shownEffect(await this.#ask((later) => this.#handle.resolveEffect(named('key', key), status, text, later)));
  }

  /** The twin of {@link resolveEffect}. */
  resolveEffectSync(key: string, status: Exclude<EffectStatus, 'pending'>, value: Storable = null): EffectResult {
    const text = settled(status, value);
    return shownEffect(now((later) => this.#handle.resolveEffect(named('key', key), status, text, later)));
  }

  /** All effects, in the order in which they were first begun. */
  async effects(): Promise<EffectResult[]> {
    return (await this.#ask((later) => this.#handle.effects(null, later))).map((each) => shownEffect(each));
  }

  /** The twin of {@link effects}. */
  effectsSync(): EffectResult[] {
    return now((later) => this.#handle.effects(null, later)).map((each) => shownEffect(each));
  }

  /** The effects of an id. */
  async lookup(effectId: string): Promise<EffectResult[]> {
    const found = await this.#ask((later) => this.#handle.effects(named('effect', effectId), later));
    return found.map((each) => shownEffect(each));
  }

  /** The twin of {@link lookup}. */
  lookupSync(effectId: string): EffectResult[] {
    return now((later) => this.#handle.effects(named('effect', effectId), later)).map((each) => shownEffect(each));
  }

  /** The effect of a key; null if there is none. */
  async lookupByKey(key: string): Promise<EffectResult | null> {
    const found = await this.#ask((later) => this.#handle.lookupByKey(named('key', key), later));
    return found ? shownEffect(found) : null;
  }

  /** The twin of {@link lookupByKey}. */
  lookupByKeySync(key: string): EffectResult | null {
    const found = now((later) => this.#handle.lookupByKey(named('key', key), later));
    return found ? shownEffect(found) : null;
  }
}

interface ReceiptOptions {
  /** Only those after this number; 0 if it is left out. */
  readonly after?: number | undefined;
  /** At most so many. */
  readonly limit?: number | null | undefined;
}

interface ArchiveOptions {
  /** The file that receipts were moved into. */
  readonly archive?: string | URL | null | undefined;
}

function archiveOf(options: ArchiveOptions | undefined): string | undefined {
  const archive = checked(options, { archive: 'path' })?.archive;
  return archive ? filePath(archive) : undefined;
}

function rotatingOf(options: RotateOptions | undefined): handles.Rotating {
  const { archive, ...rest } = checked(options, ROTATING) ?? {};
  return { ...rest, ...(archive ? { archive: filePath(archive) } : {}) } as handles.Rotating;
}

function snapshotText(snapshot: string): string {
  return typeof snapshot === 'string' ? snapshot : refuse('$', `a snapshot is a text, not ${shown(snapshot)}`);
}

/** A value as JSON text, or a reason as it is. */
function settled(status: string, value: Storable): string {
  if (status === 'ok') return encode(value);
  return typeof value === 'string' ? value : refuse('value', `the reason must be a string, not ${shown(value)}`);
}
