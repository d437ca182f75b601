/** Commits and effects of a case: functions of the caller, between the calls of the native half. */
import { shownToken, type Update } from './case-buffer.js';
import type { CaseReceipt, EffectResult } from './case-types.js';
import { now, type handles } from './native.js';
import { reasonOf, refuse, shown } from './options.js';
import { ask, isRefusal, run, type Steps } from './steps.js';
import { decode, encode, type Json } from './value.js';

/** Calls the functions of the updates and commits, until the case has not moved on meanwhile. */
export function* commit(
  committing: handles.Committing,
  functions: ReadonlyMap<number, Update>,
): Steps<CaseReceipt | null> {
  try {
    for (;;) {
      for (let call = now(() => committing.next()); call; call = now(() => committing.next())) {
        const { function: number, ctx, token } = call;
        const fn = functions.get(number) as Update;
        const given = yield* run(() => fn(token ? shownToken(token) : decode(ctx as string)));
        if (token) now(() => committing.done(null, packToken(given)));
        else now(() => committing.done(encode(given)));
      }
      const { again, receipt } = yield* ask((later) => committing.finish(later));
      if (!again) return receipt ? shownReceipt(receipt) : null;
    }
  } finally {
    committing.end();
  }
}

function packToken(given: unknown): handles.Token {
  const { id, ip, scope, value, status } = (given ?? {}) as Partial<handles.Token>;
  for (const [name, text] of Object.entries({ id, ip, scope, status })) {
    if (typeof text !== 'string') refuse(`$.${name}`, `the function of an update gives a whole token, and this is ${shown(text)}`);
  }
  return { id, ip, scope, value: encode(value, '$.value'), status } as handles.Token;
}

export function shownReceipt(receipt: handles.CaseReceipt): CaseReceipt {
  return { ...receipt, mutations: receipt.mutations.map(({ name, id }) => ({ name, id: id ?? null })) };
}

/** Commits the intent, calls the function, and commits what came of it. */
export function* effect<T>(
  handle: handles.Case,
  effectId: string,
  spec: string,
  fn: () => unknown,
  options: handles.Effecting | undefined,
): Steps<EffectResult<T>> {
  const begun = yield* ask((later) => handle.beginEffect(effectId, spec, options, later));
  if (!('finish' in begun)) return shownEffect<T>(begun);
  let value: unknown;
  try {
    value = yield* run(fn);
  } catch (raised) {
    // It may have begun something all the same, so this one stays in doubt.
    if (isRefusal(raised)) throw raised;
    return shownEffect<T>(yield* ask((later) => begun.finish('error', reasonOf(raised), later)));
  }
  const text = encode(value ?? null);
  return shownEffect<T>(yield* ask((later) => begun.finish('ok', text, later)));
}

export function shownEffect<T = Json>(result: handles.EffectResult): EffectResult<T> {
  return {
    ...result,
    status: result.status as EffectResult['status'],
    value: result.value === undefined || result.value === null ? null : (decode(result.value) as T),
    error: result.error ?? null,
    durationMs: result.durationMs ?? null,
  };
}
