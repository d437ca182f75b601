/** `update`: a value is changed by a function of it, which is run again when another writer got in between. */
import { pack, unpack } from './content.js';
import type { handles } from './native.js';
import { ask, run, type Steps } from './steps.js';
import type { Storable } from './types.js';

export function* updating<T, R extends Storable>(
  namespace: handles.Namespace,
  key: string,
  fn: (value: T) => Promise<R> | R,
  defaultValue: T | undefined,
): Steps<R> {
  const update = yield* ask((later) => namespace.beginUpdate(key, later));
  try {
    for (;;) {
      const found = yield* ask((later) => update.next(later));
      const old = found === null || found === undefined ? defaultValue : unpack<T>(found);
      const value = yield* run(() => fn(old as T));
      const content = pack(value);
      if (yield* ask((later) => update.done(content, later))) return value;
    }
  } finally {
    update.end();
  }
}
