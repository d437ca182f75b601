// The change feed.
import { ABSENT, decode } from './format.mjs';
import { options } from './options.mjs';

/** Begins a watch and keeps it by its name. */
export function* watch(executor, step) {
  const { saved, store } = executor;
  let begun;
  let given;
  if (step.ns !== undefined) {
    const [name, pattern = '*'] = [decode(step.ns, saved), ...(step.args ?? []).map((arg) => decode(arg, saved))];
    given = { facet: 'namespace', namespace: name, pattern };
    begun = yield executor.call(store.namespace(name), 'watch', pattern);
  } else {
    given = options(step.with, saved);
    begun = yield executor.call(store, 'watch', ...(step.with ? [given] : []));
  }
  executor.watches.set(step.save_as ?? '', { given, watch: begun });
}

/** Goes on, on the store as it is open now, where the watches of the case have come to. */
export function* watchAgain(executor) {
  for (const kept of executor.watches.values()) {
    if (kept.watch.isClosed) continue;
    kept.watch = yield executor.call(executor.store, 'watch', { ...kept.given, after: kept.watch.revision });
  }
}

export const WATCH_OPS = new Set(['changes', 'next', 'watch_revision', 'watch_closed', 'close_watch']);

export function* performOnWatch(executor, step) {
  const { watch: on } = executor.watches.get(step.on);
  const { timeoutMs } = options(step.with, executor.saved);
  switch (step.op) {
    case 'changes': {
      const found = [];
      for (;;) {
        const next = yield executor.call(on, 'tryNext');
        if (next === null) return found;
        found.push(next);
      }
    }
    case 'next': {
      const next = timeoutMs === undefined ? executor.call(on, 'tryNext') : executor.call(on, 'nextWithin', timeoutMs);
      return (yield next) ?? ABSENT;
    }
    case 'watch_revision': return on.revision;
    case 'watch_closed': return on.isClosed;
    default: return on.close();
  }
}
