/** A mock cloud for oneself: several operations as one, with nobody else in between. */
import { later, now, type Call, type handles } from './native.js';
import type { Ask } from './reading.js';
import { refusePromise } from './steps.js';

/** What makes a cloud of its native half. */
type Make<C> = (handle: handles.MockCloud, ask: Ask) => C;

/** Runs a function on a cloud that nobody else changes meanwhile. Who waits for his turn occupies no thread. */
export async function exclusively<C, R>(
  cloud: handles.MockCloud,
  ask: Ask,
  persist: boolean,
  make: Make<C>,
  fn: (cloud: C) => Promise<R> | R,
): Promise<R> {
  // The place in line is taken here, so that the order is that of the calls.
  const exclusive = now(() => cloud.exclusive(persist));
  try {
    await ask((later) => exclusive.enter(later));
    await ask((later) => exclusive.wait(later));
    for (;;) {
      const inside = await ask((later) => exclusive.begin(later));
      const { inOrder, drain } = queue(ask);
      let value: R;
      try {
        value = await fn(make(inside, inOrder));
        await drain();
      } catch (raised) {
        await drain();
        if (await ask((later) => exclusive.rollback(later))) continue;
        throw raised;
      }
      if (await ask((later) => exclusive.commit(later))) return value;
    }
  } finally {
    exclusive.leave();
  }
}

/** The same for a function that is not asynchronous. */
export function exclusivelySync<C, R>(
  cloud: handles.MockCloud,
  persist: boolean,
  make: Make<C>,
  fn: (cloud: C) => R,
): R {
  const name = persist ? 'withLockAndPersist' : 'withLock';
  const exclusive = now(() => cloud.exclusive(persist));
  try {
    now((later) => exclusive.enter(later));
    now((later) => exclusive.wait(later));
    for (;;) {
      const inside = now((later) => exclusive.begin(later));
      let value: R;
      try {
        value = refusePromise(fn(make(inside, later)), name);
      } catch (raised) {
        if (now((later) => exclusive.rollback(later))) continue;
        throw raised;
      }
      if (now((later) => exclusive.commit(later))) return value;
    }
  } finally {
    exclusive.leave();
  }
}

/** Has calls made one after the other, awaited or not. */
function queue(ask: Ask): { inOrder: Ask; drain: () => Promise<unknown> } {
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(call: Call<T>): Promise<T> => {
    const answer = last.then(() => ask(call));
    last = answer.catch(() => {});
    return answer;
  };
  return { inOrder, drain: () => last };
}
