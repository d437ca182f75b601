/** `getOrSet`: one caller makes the value of a missing key, and the others wait for it. */
import { abortable, pause, pauseSync } from './abort.js';
import { pack, unpack } from './content.js';
import { BusyError } from './errors.js';
import { now, type handles } from './native.js';
import type { Ask } from './reading.js';
import type { GetOrSetOptions, Storable } from './types.js';

/** How long a caller waits between two looks at whether another process is done. */
const LOOK_EVERY_MS = 2;

/** The key that is made, and the store or the transaction that it is made in. */
interface Place {
  readonly owner: object;
  readonly namespace: string;
  readonly key: string;
}

/** What this thread is making, so that it need not ask the file again and again whether it is done itself. */
const making = new WeakMap<object, Map<string, Promise<void>>>();

function madeHere({ owner, namespace, key }: Place): { makers: Map<string, Promise<void>>; id: string } {
  let makers = making.get(owner);
  if (!makers) making.set(owner, (makers = new Map()));
  return { makers, id: `${namespace}\0${key}` };
}

export async function getOrSet<T extends Storable>(
  place: Place,
  handle: handles.Namespace,
  ask: Ask,
  fn: () => Promise<T> | T,
  options: GetOrSetOptions = {},
): Promise<T> {
  const { ttlMs, signal } = options;
  const { makers, id } = madeHere(place);
  signal?.throwIfAborted();
  for (;;) {
    await abortable(signal, makers.get(id) ?? Promise.resolve());
    const asked = ask((later) => handle.getOrClaim(place.key, ttlMs, later));
    const claimed = await abortable(signal, asked, (late) => late && 'release' in late && late.release());
    if (!claimed) {
      await pause(LOOK_EVERY_MS, signal);
    } else if ('value' in claimed) {
      return unpack<T>(claimed.value);
    } else {
      let done = (): void => {};
      makers.set(id, new Promise((resolve) => (done = resolve)));
      try {
        const value = await fn();
        const content = pack(value);
        await ask((later) => claimed.set(content, ttlMs, later));
        return value;
      } finally {
        claimed.release();
        makers.delete(id);
        done();
      }
    }
  }
}

export function getOrSetSync<T extends Storable>(
  place: Place,
  handle: handles.Namespace,
  fn: () => T,
  ttlMs: number | null | undefined,
): T {
  const { makers, id } = madeHere(place);
  for (;;) {
    if (makers.has(id)) {
      // Waiting would keep the event loop from ever coming to its end.
      const reason = 'a getOrSet() of this thread is making the value, which getOrSetSync() can not wait for; await that one';
      throw new BusyError(`key ${JSON.stringify(place.key)} is busy: ${reason}`, { path: place.namespace, waitedMs: 0 });
    }
    const claimed = now((later) => handle.getOrClaim(place.key, ttlMs, later));
    if (!claimed) {
      pauseSync(LOOK_EVERY_MS);
    } else if ('value' in claimed) {
      return unpack<T>(claimed.value);
    } else {
      try {
        const value = fn();
        now((later) => claimed.set(pack(value), ttlMs, later));
        return value;
      } finally {
        claimed.release();
      }
    }
  }
}
