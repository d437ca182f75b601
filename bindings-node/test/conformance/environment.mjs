// The operations of environments: of the store, and of a transaction.
import { Orchestrator } from 'statehold';
import { ABSENT, camel, decode } from './format.mjs';
import { functionOf } from './function.mjs';
import { options } from './options.mjs';

/** What there is outside of transactions alone. */
const OUTSIDE = new Set(['lock', 'release', 'force_unlock', 'run', 'lock_info', 'is_held']);

export const isInside = (step) => !OUTSIDE.has(step.op) && step.on === undefined;

/** The operations of all environments, which have no name. */
export const ENVIRONMENT_OPS = new Set(['environments', 'interrupted', 'register_lifecycle', 'lifecycle', 'lifecycles']);

/** Keeps a record as the one that the executor has of its name. */
function kept(executor, record) {
  if (record && typeof record.name === 'string') executor.records.set(record.name, record);
  return record ?? ABSENT;
}

/** A failure as it is told, in JavaScript's names. */
function told(given, saved) {
  const { failure, ...rest } = given ?? {};
  return { ...options(rest, saved), ...(failure ? { failure: options(failure, saved) } : {}) };
}

export function* performOnEnvironment(executor, target, step) {
  const { saved, records } = executor;
  const all = target.environments();
  const on = step.on ? saved[step.on] : undefined;
  const environments = on?.environments ? on.environments() : all;
  const name = step.env === undefined ? undefined : decode(step.env, saved);
  const args = (step.args ?? []).map((arg) => (arg?.$fn ? arg : decode(arg, saved)));
  const given = told(step.with, saved);
  const last = step.with ? [given] : [];
  const call = (method, ...more) => executor.call(environments, method, ...(name === undefined ? [] : [name]), ...more);
  switch (step.op) {
    case 'environments': return yield call('list', ...last);
    case 'create':
    case 'transition':
    case 'set_step':
    case 'load':
    case 'find': return kept(executor, yield call(camel(step.op), ...args, ...last));
    case 'recover': return kept(executor, yield call('recover', args[0], given.note));
    case 'save': {
      const record = records.get(name) ?? (yield call('load'));
      record.data = args[0];
      return kept(executor, yield executor.call(environments, 'save', record));
    }
    case 'method': {
      const record = records.get(name) ?? (yield call('load'));
      const failure = given.failure ? [given.failure] : [];
      return kept(executor, yield executor.call(record, camel(args[0]), ...failure));
    }
    case 'recovery': return ((records.get(name) ?? (yield call('load'))).recovery()) ?? ABSENT;
    case 'at': return (yield call('at', given)) ?? ABSENT;
    case 'lock': return yield call('lock', ...last);
    case 'release': return yield executor.call(on, 'release');
    case 'is_held': return yield executor.call(on, 'isHeld');
    case 'lock_info': return (yield call('lockInfo')) ?? ABSENT;
    case 'run': return yield* runCommand(executor, environments, name, step);
    default: return yield call(camel(step.op), ...args, ...last);
  }
}

function* runCommand(executor, environments, name, step) {
  const { in_progress: inProgress, success, error, fn, steps = [] } = step.with;
  const work = functionOf(executor, fn);
  function* body(progress) {
    for (const each of steps) yield executor.call(progress, 'step', each);
    return yield work(progress.record.data);
  }
  const command = { inProgress, success, error };
  const orchestrator = new Orchestrator(environments);
  return kept(executor, yield executor.call(orchestrator, 'run', name, command, (progress) => executor.drive(body(progress))));
}

/** What the store holds of environments. */
export function* dumpEnvironments(executor) {
  const found = yield executor.call(executor.store.environments(), 'list');
  return found.map(({ name, lifecycle, state, data, lastSuccess, step }) => [name, lifecycle, state, data, lastSuccess, step]);
}
