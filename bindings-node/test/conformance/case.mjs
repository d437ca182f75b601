// The operations of a case: of the store, and of a transaction.
import { ABSENT, camel, decode, json } from './format.mjs';
import { functionOf } from './function.mjs';
import { options } from './options.mjs';

/** What a transaction refuses, so that the mode `transaction` does it past them. */
export const PAST_TRANSACTIONS = new Set(['at', 'verify', 'rotate_receipts', 'effect', 'crash_effect', 'resolve_effect']);

const isOpening = (step) => step.op === 'create_case' || step.op === 'case';

/** The handle of a case: the one that the executor keeps, or one that is made, or loaded. */
function* handleOf(executor, target, step) {
  const { saved, handles } = executor;
  const named = (id) => `${id}\0${step.handle ?? ''}\0${target !== executor.store}`;
  const id = step.case === undefined ? undefined : decode(step.case, saved);
  if (!isOpening(step) && handles.has(named(id))) return handles.get(named(id));
  let handle;
  if (step.op === 'create_case') {
    const given = { ...options(step.with, saved), ...(id === undefined ? {} : { caseId: id }) };
    handle = yield executor.call(target, 'createCase', ...(step.args?.length > 0 ? [decode(step.args[0], saved)] : [{}]), given);
  } else {
    handle = yield executor.call(target, 'case', id);
  }
  handles.set(named(handle.id), handle);
  return handle;
}

/** Buffers a mutation: by its own method, or in the mode `reopen` as an object. */
function buffer(executor, handle, mutation) {
  const { function: fn, ...rest } = mutation;
  const { name, id, ...members } = decode(rest, executor.saved);
  if ('status' in members && name === 'add_token') return handle.buffer({ name, id, ...members });
  if (fn && name === 'update_ctx') return handle.updateCtx(functionOf(executor, fn));
  if (fn) return handle.updateToken(id, functionOf(executor, fn));
  if (executor.mode === 'reopen') return handle.buffer(decode(rest, executor.saved));
  switch (name) {
    case 'set_ctx': return handle.setCtx(members.ctx);
    case 'add_token': {
      const { ip, ...more } = members;
      return handle.addToken(id, ip, ...(Object.keys(more).length > 0 ? [more] : []));
    }
    case 'enter_scope': return handle.enterScope(id, ...('parent' in members ? [members.parent] : []));
    case 'set_metadata': return handle.setMetadata(members.term);
    case 'set_status': return handle.setStatus(members.status);
    case 'increment_step_count': return handle.incrementStepCount();
    default: return handle[camel(name)](id);
  }
}

function stateOf(handle) {
  const { status, ctx, tokens, scopes, metadata, sequence, revision } = handle;
  return { status, ctx, tokens, scopes, metadata, sequence, revision };
}

/** Begins an effect and leaves it without a result: by a function that never gives one. */
async function crash(executor, handle, args, last) {
  if (executor.isSync) {
    try {
      handle.effectSync(...args, async () => {}, ...last);
    } catch (error) {
      if (error.path !== 'fn') throw error;
    }
    return;
  }
  await new Promise((begun, failed) => {
    const fn = () => {
      begun();
      return new Promise(() => {});
    };
    handle.effect(...args, fn, ...last).catch(failed);
  });
}

export function* performOnCase(executor, target, step) {
  const handle = yield* handleOf(executor, target, step);
  const call = (method, ...all) => executor.call(handle, method, ...all);
  const args = step.args ?? [];
  const arg = (at) => decode(args[at], executor.saved);
  const { archive, ...with_ } = step.with ?? {};
  const given = { ...options(with_, executor.saved), ...(archive ? { archive: executor.file(archive) } : {}) };
  const last = step.with ? [given] : [];
  switch (step.op) {
    case 'create_case': return handle.id;
    case 'case': return ABSENT;
    case 'buffer': return args[0].function ? buffer(executor, handle, args[0]) : handle.buffer(arg(0));
    case 'quantum':
      try {
        for (const mutation of args) buffer(executor, handle, mutation);
        return (yield call('commit', ...last)) ?? ABSENT;
      } catch (error) {
        handle.rollback();
        throw error;
      }
    case 'put_ctx': return handle.putCtx(arg(0));
    case 'cancel_case': return handle.cancelCase();
    case 'rollback': return handle.rollback();
    case 'pending': return handle.pending;
    case 'state': return stateOf(handle);
    case 'token': return handle.token(arg(0)) ?? ABSENT;
    case 'scope': return handle.scope(arg(0)) ?? ABSENT;
    case 'is_cancelled': return handle.isCancelled(arg(0));
    case 'snapshot': return json.decode(handle.snapshot());
    case 'restore': return yield call('restore', typeof arg(0) === 'string' ? arg(0) : json.encode(arg(0)));
    case 'commit': return (yield call('commit', ...last)) ?? ABSENT;
    case 'effect': return yield call('effect', arg(0), arg(1), functionOf(executor, args[2]), ...last);
    case 'crash_effect': return yield crash(executor, handle, [arg(0), arg(1)], last);
    case 'lookup_by_key': return (yield call('lookupByKey', arg(0))) ?? ABSENT;
    default: return yield call(camel(step.op), ...args.map((_, at) => arg(at)), ...last);
  }
}

/** What the store holds of cases: the state of each, and what its receipts say that is the same in every mode. */
export function* dumpCases(executor) {
  const content = [];
  for (const { id } of yield executor.call(executor.store, 'cases')) {
    const handle = yield executor.call(executor.store, 'case', id);
    const receipts = yield executor.call(handle, 'receipts');
    const told = receipts.map(({ sequence, mutations, digest, before, after }) => [sequence, mutations, [digest, before, after]]);
    content.push([json.decode(handle.snapshot()), told]);
  }
  return content;
}
