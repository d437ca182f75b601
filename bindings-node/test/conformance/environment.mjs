// The operations of environments: of the store, of a transaction, and of the holder of a lock.
import assert from 'node:assert/strict';
import { InvalidTransitionError, Orchestrator } from 'statehold';
import { checkRecord } from './compare.mjs';
import { ABSENT, Raised, START_MS, camel, decode } from './format.mjs';
import { options } from './options.mjs';

/** What a transaction refuses, so that the mode `transaction` does it past them. */
const PAST_TRANSACTIONS = new Set(['lock', 'force_unlock', 'register_lifecycle', 'run']);

/** The operations that have no `env`. */
export const ENVIRONMENT_OPS = new Set([
  'environments', 'interrupted', 'register_lifecycle', 'lifecycle', 'lifecycles', 'transitions',
]);

export const isInside = (step) => !PAST_TRANSACTIONS.has(step.op) && step.on === undefined;

const COMMANDS = { provision: 'provision', configure: 'configure', release: 'release', run: 'start' };

/** Options with a failure among them. */
function transitioning(given, saved) {
  const { failure, ...rest } = given ?? {};
  return { ...options(rest, saved), ...(failure ? { failure: options(failure, saved) } : {}) };
}

export function* performOnEnvironment(executor, target, step) {
  const { saved, records } = executor;
  const { token, ...given } = transitioning(step.with, saved);
  const on = step.on ? saved[step.on] : undefined;
  let environments = on ? on.environments() : target.environments();
  if (token !== undefined) environments = environments.withToken(token);
  const name = step.env === undefined ? undefined : decode(step.env, saved);
  const key = `${name}\0${step.handle ?? ''}`;
  const args = (step.args ?? []).map((arg) => decode(arg, saved));
  const last = Object.keys(given).length > 0 ? [given] : [];
  const call = (method, ...more) => executor.call(environments, method, ...(name === undefined ? [] : [name]), ...more);
  const keep = (record) => {
    records.set(key, record);
    return record;
  };
  const kept = function* kept() {
    return records.get(key) ?? (yield call('load'));
  };
  switch (step.op) {
    case 'environments': return yield call('list', ...last);
    case 'transitions': return yield* table(executor, environments, args[0]);
    case 'register_lifecycle': {
      const { in_progress: inProgress, ...definition } = args[0];
      return yield call('registerLifecycle', { ...definition, ...(inProgress ? { inProgress } : {}) });
    }
    case 'create': return keep(yield call('create', args.length > 0 ? args[0] : {}, ...last));
    case 'transition':
    case 'set_step':
    case 'recover':
    case 'load': return keep(yield call(camel(step.op), ...args, ...last));
    case 'find': return (yield call('find')) ?? ABSENT;
    case 'save': {
      const record = yield* kept();
      const { data } = record;
      record.data = args[0];
      try {
        return keep(yield executor.call(environments, 'save', record));
      } finally {
        if (records.get(key) === record) record.data = data;
      }
    }
    case 'method': {
      const failure = step.args.length > 1 ? [options(step.args[1], saved)] : [];
      return keep(yield executor.call(yield* kept(), camel(args[0]), ...failure));
    }
    case 'kinds': {
      const { lifecycle, state } = yield* kept();
      const found = yield executor.call(environments, 'lifecycle', lifecycle);
      return [found.isSuccessState(state), found.isErrorState(state), found.isTerminalState(state)];
    }
    case 'recovery': return (yield* kept()).recovery() ?? ABSENT;
    case 'at': return (yield call('at', given)) ?? ABSENT;
    case 'release': return yield executor.call(on, 'release');
    case 'is_held': return yield executor.call(on, 'isHeld');
    case 'lock_info': return (yield call('lockInfo')) ?? ABSENT;
    case 'run': return yield* runCommand(executor, environments, name, step, given);
    default: return yield call(camel(step.op), ...args, ...last);
  }
}

function* runCommand(executor, environments, name, step, given) {
  const [command, actions] = step.args;
  function* body(progress) {
    executor.calls += 1;
    for (const action of actions) yield* act(executor, progress, action);
  }
  const work = (progress) => executor.drive(body(progress));
  const orchestrator = new Orchestrator(environments, given);
  try {
    if (typeof command === 'string') return yield executor.call(orchestrator, COMMANDS[command], name, work);
    const { in_progress: inProgress, success, error } = command;
    return yield executor.call(orchestrator, 'run', name, { inProgress, success, error }, work);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return yield executor.call(environments, 'load', name);
  }
}

/** One of the things that the function of a command does. */
function* act(executor, progress, action) {
  const [[name, what]] = Object.entries(action);
  switch (name) {
    case 'step': return yield executor.call(progress, 'step', what);
    case 'set_data': return progress.setData(decode(what, executor.saved));
    case 'record': return checkRecord(executor, { op: 'record', action }, progress.record, decode(what, executor.saved));
    case 'fencing': return assert.equal(progress.fencing, what);
    case 'perform': {
      const { calls } = executor;
      yield* executor.step(executor.store, what);
      executor.calls = calls;
      return undefined;
    }
    case 'lose_lock': {
      const environments = executor.store.environments();
      const { token } = yield executor.call(environments, 'lockInfo', progress.record.name);
      return yield executor.call(environments, 'forceUnlock', progress.record.name, token);
    }
    case 'fail': {
      const { summary, kind, trace_file: traceFile, details } = decode(what, executor.saved);
      throw Object.assign(new Raised(summary), { kind, traceFile, details });
    }
    case 'raise': throw new Raised('raised by the function');
    default: throw new Error(`a command's function can't ${name}`);
  }
}

/** Asks for every transition between states; gives those that were not refused. */
function* table(executor, environments, states) {
  const call = (method, ...args) => executor.call(environments, method, ...args);
  const lifecycle = yield call('lifecycle', 'deployment');
  const found = [];
  for (const from of states) {
    const [allowed, told] = [[], []];
    for (const to of states) {
      const name = `${from}-${to}`;
      yield call('create', name, {});
      yield call('recover', name, from, 'for the table');
      const before = [{ ...(yield call('load', name)) }, (yield call('history', name)).length];
      const failure = { step: 'step', kind: 'other', summary: 'for the table', startedAtMs: START_MS, failedAtMs: START_MS };
      try {
        const after = yield call('transition', name, to, lifecycle.isErrorState(to) ? { failure } : {});
        assert.deepEqual([after.state, after.data], [to, before[0].data]);
        allowed.push(to);
        found.push([from, to]);
      } catch (error) {
        if (!(error instanceof InvalidTransitionError)) throw error;
        assert.deepEqual([error.fields.name, error.from, error.to], [name, from, to]);
        assert.deepEqual([{ ...(yield call('load', name)) }, (yield call('history', name)).length], before);
        told.push([...error.allowed].sort());
      }
    }
    for (const each of told) assert.deepEqual(each, [...allowed].sort(), `what is allowed from ${from}`);
  }
  return found;
}

/** What the store holds of environments, and what their history says that is the same in every mode. */
export function* dumpEnvironments(executor) {
  const environments = executor.store.environments();
  const content = [];
  for (const record of yield executor.call(environments, 'list')) {
    const history = yield executor.call(environments, 'history', record.name);
    const rows = history.map(({ revision, record: after, failure, ...row }) => ({ ...row, failure: untraced(failure) }));
    const { revision, failure, ...fields } = record;
    content.push([{ ...fields, failure: untraced(failure) }, rows]);
  }
  return content;
}

/** A failure without its id, which is another one in each run. */
function untraced(failure) {
  if (failure === null) return null;
  const { traceId, ...rest } = failure;
  return rest;
}
