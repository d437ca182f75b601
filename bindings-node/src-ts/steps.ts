/**
 * Work that calls the native half and the caller's functions in turns. It is written once, as a generator, and carried
 * out in two ways: by promises, where those functions may be asynchronous, or at once.
 */
import { isPromise } from 'node:util/types';
import { now, type Call } from './native.js';
import { refuse } from './options.js';
import type { Ask } from './reading.js';

type Step = { readonly call: Call<unknown> } | { readonly fn: () => unknown };

/** Work in steps. */
export type Steps<R> = Generator<Step, R, unknown>;

/** A call of the native half. */
export function* ask<T>(call: Call<T>): Steps<T> {
  return (yield { call }) as T;
}

/** A call of the caller's function. What it throws is thrown here as it is. */
export function* run<T>(fn: () => Promise<T> | T): Steps<T> {
  return (yield { fn }) as T;
}

/** Carries it out by promises. */
export async function byPromises<R>(steps: Steps<R>, ask: Ask): Promise<R> {
  let next = steps.next();
  while (!next.done) {
    let given: unknown;
    try {
      given = 'call' in next.value ? await ask(next.value.call) : await next.value.fn();
    } catch (raised) {
      next = steps.throw(raised);
      continue;
    }
    next = steps.next(given);
  }
  return next.value;
}

/** Carries it out at once; `name` is the method whose twin can wait for asynchronous functions. */
export function atOnce<R>(steps: Steps<R>, name: string): R {
  let next = steps.next();
  while (!next.done) {
    let given: unknown;
    try {
      given = 'call' in next.value ? now(next.value.call) : refusePromise(next.value.fn(), name);
    } catch (raised) {
      next = steps.throw(raised);
      continue;
    }
    next = steps.next(given);
  }
  return next.value;
}

const refusals = new WeakSet<object>();

/** A function that gives a promise is not done when it returns. */
export function refusePromise<R>(result: R, name: string): R {
  if (!isPromise(result)) return result;
  // What becomes of it no longer matters; it must not end the process as unhandled.
  result.catch(() => {});
  try {
    return refuse('fn', `the function of ${name}Sync() must not be asynchronous; use ${name}()`);
  } catch (refusal) {
    refusals.add(refusal as object);
    throw refusal;
  }
}

/** Whether something was thrown because a function gave a promise. */
export function isRefusal(raised: unknown): boolean {
  return typeof raised === 'object' && raised !== null && refusals.has(raised);
}
