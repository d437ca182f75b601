// One run of one case.
//
// It is written once, as generators that yield what may have to be waited for: one driver awaits it, the other hands it
// straight back. Only between the steps of the whole may the second one wait too, for events that are on their way.
import assert from 'node:assert/strict';
import { basename, dirname, join } from 'node:path';
import * as statehold from 'statehold';
import { PAST_TRANSACTIONS, dumpCases, performOnCase } from './case.mjs';
import { brief, check, checkError, givesRevision } from './compare.mjs';
import { ENVIRONMENT_OPS, dumpEnvironments, isInside, performOnEnvironment } from './environment.mjs';
import { Listening } from './event.mjs';
import { draws, parallel, performOnFaults } from './fault.mjs';
import { Raised, START_MS, camel, decode, toMs } from './format.mjs';
import { MOCK_OPS, PAST_TRANSACTIONS as PAST_MOCK, dumpMocks, performOnMock, performOnMocks, performOnScenarios } from './mock.mjs';
import { NAMESPACE_OPS, items, performInNamespace } from './namespace.mjs';
import { options } from './options.mjs';
import { dumpPlugins, performOnPlugin, registerAgain } from './plugin.mjs';
import { WATCH_OPS, performOnWatch, watch, watchAgain } from './watch.mjs';

export async function driveAsync(steps) {
  let next = steps.next();
  while (!next.done) {
    let settled;
    try {
      settled = await next.value;
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(settled);
  }
  return next.value;
}

function driveSync(steps) {
  let next = steps.next();
  while (!next.done) {
    assert(!(next.value instanceof Promise), 'there is nothing to be waited for here');
    next = steps.next(next.value);
  }
  return next.value;
}

/** Whether the mode `transaction` runs a step inside one. */
function worksInTransaction(step) {
  if (step.env !== undefined || ENVIRONMENT_OPS.has(step.op)) return isInside(step);
  if (step.mock !== undefined) return !PAST_MOCK.has(step.op) && !step.on;
  if (step.faults !== undefined || step.scenarios !== undefined) return false;
  if (step.plugin !== undefined || ['plugin_names', 'cases'].includes(step.op)) return true;
  if (step.case !== undefined || ['case', 'create_case'].includes(step.op)) return !PAST_TRANSACTIONS.has(step.op);
  return NAMESPACE_OPS.has(step.op) && !step.on;
}

export class Executor {
  constructor(testCase, mode, path, isSync) {
    Object.assign(this, { testCase, mode, path, isSync, saved: {}, lastRevision: 0, calls: 0, registered: [], owed: [] });
    this.drive = isSync ? driveSync : driveAsync;
    this.clock = new statehold.ManualClock({ startMs: START_MS });
    this.listening = new Listening();
    this.watches = new Map();
    this.handles = new Map();
    this.records = new Map();
  }

  camel = camel;

  /** Calls a method, or its Sync twin; what it gives is to be yielded. */
  call(target, name, ...args) {
    const method = this.isSync ? `${name}Sync` : name;
    assert.equal(typeof target[method], 'function', `there is no ${target.constructor?.name ?? 'statehold'}.${method}`);
    const given = target[method](...args);
    assert(!(this.isSync && given instanceof Promise), `${method} gave a promise`);
    return given;
  }

  /** Drops the handles of cases and the records of environments, which are loaded anew at their next use. */
  forget() {
    this.handles.clear();
    this.records.clear();
  }

  /** A file of the case's own beside the store, or one of the store's. */
  file({ $path, $store_path: ending }) {
    return $path ? join(dirname(this.path), `${basename(this.path)}.${$path}`) : this.path + ending;
  }

  /** Runs the steps and gives everything that the store holds in the end. */
  *run() {
    yield* this.open();
    try {
      let group = [];
      for (const step of this.testCase.steps) {
        if (this.mode === 'transaction' && worksInTransaction(step)) {
          group.push(step);
          continue;
        }
        yield* this.transact(group);
        group = [];
        yield* this.step(this.store, step);
        if (this.mode === 'reopen') yield* this.reopen();
      }
      yield* this.transact(group);
      return this.store.isClosed ? null : yield* this.dump();
    } finally {
      yield this.call(this.store, 'close');
    }
  }

  *open() {
    const own = { clock: this.clock, background: false, durability: 'normal' };
    const all = { ...own, ...options(this.testCase.options, this.saved) };
    this.store = yield this.call(statehold, 'open', this.path, all);
  }

  *reopen() {
    this.forget();
    yield this.call(this.store, 'close');
    yield* this.open();
    yield* registerAgain(this);
    this.listening.again(this.store);
    yield* watchAgain(this);
  }

  *dump() {
    const content = [];
    for (const name of yield this.call(this.store, 'namespaces')) {
      const namespace = this.store.namespace(name);
      for (const [key, value] of yield* items(this, namespace, [])) {
        content.push([name, key, value, yield this.call(namespace, 'getTtl', key)]);
      }
    }
    return [content, yield* dumpPlugins(this), yield* dumpCases(this), yield* dumpEnvironments(this), yield* dumpMocks(this)];
  }

  *transact(group) {
    function* body(tx) {
      this.forget();
      for (const step of group) yield* this.step(tx, step);
    }
    if (group.length === 0) return;
    yield this.call(this.store, 'transaction', (tx) => this.drive(body.call(this, tx)));
    this.forget();
  }

  /** Performs a step and compares its result or its error with what is expected. */
  *step(target, step, run = 0) {
    this.calls = 0;
    let result;
    try {
      result = yield* this.perform(target, step);
    } catch (error) {
      const known = error instanceof statehold.StateholdError || error instanceof Raised;
      if (!known || !step.error || step.throw) throw error;
      checkError(this, step, error, error instanceof Raised);
      return;
    } finally {
      if ('calls' in step) assert.equal(this.calls, step.calls, `calls of the function in ${brief(step)}`);
    }
    assert(!step.error, `${brief(step)} gave ${brief(result)}`);
    if (step.save_as) this.saved[step.save_as] = result;
    if (givesRevision(step)) {
      const fits = target === this.store ? result > this.lastRevision : result === 0;
      assert(fits, `${brief(step)} gave the revision ${result}`);
      this.lastRevision = Math.max(this.lastRevision, result);
    }
    if (step.expect_each_run) check(this, step, result, decode(step.expect_each_run[run], this.saved));
    else if ('expect' in step) check(this, step, result, decode(step.expect, this.saved));
  }

  *perform(target, step) {
    if (step.plugin !== undefined) return yield* performOnPlugin(this, target, step);
    if (step.env !== undefined || ENVIRONMENT_OPS.has(step.op)) return yield* performOnEnvironment(this, target, step);
    if (step.case !== undefined || step.op === 'create_case') return yield* performOnCase(this, target, step);
    if (step.mock !== undefined) return yield* performOnMock(this, target, step);
    if (MOCK_OPS.has(step.op)) return yield* performOnMocks(this, step);
    if (step.scenarios !== undefined) return yield* performOnScenarios(this, step);
    if (step.faults !== undefined) return yield* performOnFaults(this, step);
    if (WATCH_OPS.has(step.op)) return yield* performOnWatch(this, step);
    const args = (step.args ?? []).map((arg) => (arg?.$fn ? arg : decode(arg, this.saved)));
    if (NAMESPACE_OPS.has(step.op)) return yield* performInNamespace(this, target, step, args);
    switch (step.op) {
      case 'advance': return this.clock.advanceMs(toMs(args[0]));
      case 'set_clock': return this.clock.setMs(START_MS + toMs(args[0]));
      case 'clock': return (this.clock.nowMs() - START_MS) / 1e3;
      case 'draws': return yield* draws(this, target, step);
      case 'parallel': return yield* parallel(this, step);
      case 'reopen': return yield* this.reopen();
      case 'is_closed': return this.store.isClosed;
      case 'watch': return yield* watch(this, step);
      case 'listen': return this.listening.listen(this.store, args, false);
      case 'listen_raising': return this.listening.listen(this.store, args, true);
      case 'unlisten': return this.listening.unlisten(this.store);
      case 'events': return yield* this.events(target, step);
      case 'plugin_names': return yield this.call(target.pluginStates(), 'names', ...args);
      case 'cases': return yield this.call(target, 'cases', options(step.with, this.saved));
      case 'outside':
        for (const part of this.firstRun ? step.steps : []) yield* this.step(this.store, part);
        return undefined;
      case 'transaction':
      case 'savepoint': return yield* this.transaction(target, step);
      case 'snapshot_revision': return this.saved[step.on].revision;
      case 'close_snapshot': return yield this.call(this.saved[step.on], 'close');
      case 'atomic': return yield* this.atomic(step);
      default: return yield this.call(this.store, camel(step.op), ...args);
    }
  }

  *events(target, step) {
    const expected = decode(step.expect ?? [], this.saved);
    if (this.isSync && target !== this.store) {
      // They are on their way, and come when this thread has time for them: after the transaction.
      this.owed.push(...expected);
      return expected;
    }
    const owed = this.owed.splice(0);
    const found = yield this.listening.events(owed.length + expected.length);
    check(this, step, found.splice(0, owed.length), owed);
    return found;
  }

  *atomic(step) {
    const atomic = this.store.atomic();
    for (const part of step.steps) {
      const rest = decode(part.args, this.saved);
      if (part.with) rest.push(options(part.with, this.saved));
      atomic[camel(part.op)](decode(part.plugin ?? part.ns ?? 'app', this.saved), ...rest);
    }
    return yield this.call(atomic, 'commit');
  }

  *transaction(target, step) {
    let runs = 0;
    let opened;
    function* body(tx) {
      [opened, runs] = [tx, runs + 1];
      const run = runs;
      this.forget();
      for (const part of step.steps) {
        this.firstRun = run === 1;
        yield* this.step(tx, part, run - 1);
      }
      if (step.abort) throw new Raised('the transaction ends by an error');
    }
    const given = step.with ? [options(step.with, this.saved)] : [];
    try {
      yield this.call(target, step.op, (tx) => this.drive(body.call(this, tx)), ...given);
    } catch (error) {
      if (!(error instanceof Raised) || !step.abort) throw error;
      return undefined;
    } finally {
      this.forget();
    }
    assert(!step.abort, `the error of ${brief(step)} was swallowed`);
    if ('runs' in step) assert.equal(runs, step.runs, `runs of ${brief(step)}`);
    return opened.receipt;
  }
}
