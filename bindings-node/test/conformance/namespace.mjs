// The operations of a namespace.
import { ABSENT, decode, filled, manifest, mutate, toMs } from './format.mjs';
import { functionOf } from './function.mjs';
import { options } from './options.mjs';

export const NAMESPACE_OPS = new Set([
  ...manifest().types.find((type) => type.name === 'Namespace').methods.map((method) => method.name),
  'fill', 'mutate', 'value', 'saved',
]);
// It is no operation on keys, and the executor keeps watches itself.
NAMESPACE_OPS.delete('watch');

export function* items(executor, namespace, args) {
  const iterable = executor.call(namespace, 'items', ...args);
  const iterator = iterable[executor.isSync ? Symbol.iterator : Symbol.asyncIterator]();
  const found = [];
  for (;;) {
    const { done, value } = yield iterator.next();
    if (done) return found;
    found.push(value);
  }
}

export function* performInNamespace(executor, target, step, args) {
  const { saved } = executor;
  switch (step.op) {
    case 'value': return args[0];
    case 'saved': return saved[args[0]];
    case 'mutate': return mutate(saved[args[0]]);
    default:
  }
  const { default: fallback, ...given } = options(step.with, saved);
  const { name, ...defaults } = typeof step.ns === 'object' && 'name' in step.ns ? step.ns : { name: step.ns ?? 'app' };
  const place = [decode(name, saved), ...(Object.keys(defaults).length > 0 ? [options(defaults, saved)] : [])];
  const namespace = (step.on ? saved[step.on] : target).namespace(...place);
  const last = Object.keys(given).length > 0 ? [given] : [];
  const call = (method, ...all) => executor.call(namespace, method, ...all);
  switch (step.op) {
    case 'items': return yield* items(executor, namespace, [args[0], ...last]);
    case 'list': return yield call('list', args[0], ...last);
    case 'increment': return yield call('increment', args[0], args[1], ...last);
    case 'set_ttl': return yield call('setTtl', args[0], args[1] === null ? null : toMs(args[1]));
    case 'entry': return (yield call('entry', args[0])) ?? ABSENT;
    case 'fill': return yield call('batchSet', Object.fromEntries(filled(args[0], 0, args[1])), ...last);
    case 'get_or_set': return yield call('getOrSet', args[0], functionOf(executor, args[1]), ...last);
    case 'update': return yield call('update', args[0], functionOf(executor, args[1]), fallback);
    default: {
      const more = fallback === undefined ? [] : [fallback];
      return yield call(executor.camel(step.op), ...args, ...more, ...last);
    }
  }
}
