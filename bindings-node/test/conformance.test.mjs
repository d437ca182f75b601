// Goal: Node does what every language does. Method: the cases of tests/spec/cases, each in every mode, through the
// promises and again through the Sync twins. The format is described in tests/spec/README.md.
//
// The executor is written once, as generators that yield what may have to be waited for: one driver awaits it, the
// other hands it straight back.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';

import * as statehold from 'statehold';
import { ABSENT, Raised, START_MS, camel, cases, compute, decode, filled, manifest, mutate, same, toMs } from './spec-format.mjs';

// What JavaScript can't express, by name.
const LACKS = {
  float_type: 'a number that is whole is an integer',
  integer_name_order: 'objects move members whose names are integers to the front',
  non_string_name: 'objects turn the names of their members into strings',
};
const MODES = ['direct', 'reopen', 'transaction'];
const NAMESPACE_OPS = new Set([
  ...manifest().types.find((type) => type.name === 'Namespace').methods.map((method) => method.name),
  'fill', 'mutate', 'value', 'saved',
]);
const DURATIONS = new Set(['ttl', 'busy_timeout', 'lock_timeout', 'journal_max_age']);
const TIMES = new Set(['created_at', 'updated_at', 'expires_at', 'time']);
const BY_FIELDS = new Set(['entry', 'transaction', 'atomic', 'verify_journal']);
const REVISIONS = new Set(['set', 'batch_set', 'revision']);

async function driveAsync(steps) {
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
    assert(!(next.value instanceof Promise), 'a Sync method gave a promise');
    next = steps.next(next.value);
  }
  return next.value;
}

const brief = (value) => inspect(value, { depth: 8, maxStringLength: 200, breakLength: Infinity }).slice(0, 600);

function options(data, saved) {
  const entries = Object.entries(data ?? {}).map(([name, value]) => {
    const decoded = decode(value, saved);
    return DURATIONS.has(name) ? [`${camel(name)}Ms`, toMs(decoded)] : [camel(name), decoded];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

class Executor {
  constructor(testCase, mode, path, isSync) {
    Object.assign(this, { testCase, mode, path, isSync, saved: {}, lastRevision: 0 });
    this.drive = isSync ? driveSync : driveAsync;
    this.clock = new statehold.ManualClock({ startMs: START_MS });
  }

  /** Calls a method, or its Sync twin; what it gives is to be yielded. */
  call(target, name, ...args) {
    const method = this.isSync ? `${name}Sync` : name;
    assert.equal(typeof target[method], 'function', `there is no ${target.constructor?.name ?? 'statehold'}.${method}`);
    return target[method](...args);
  }

  /** Runs the steps and gives everything that the store holds in the end. */
  *run() {
    yield* this.open();
    try {
      let group = [];
      for (const step of this.testCase.steps) {
        if (this.mode === 'transaction' && NAMESPACE_OPS.has(step.op) && !step.on) {
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
    yield this.call(this.store, 'close');
    yield* this.open();
  }

  *dump() {
    const content = [];
    for (const name of yield this.call(this.store, 'namespaces')) {
      const namespace = this.store.namespace(name);
      for (const [key, value] of yield* this.items(namespace, [])) {
        content.push([name, key, value, yield this.call(namespace, 'getTtl', key)]);
      }
    }
    return content;
  }

  *items(namespace, args) {
    const iterable = this.call(namespace, 'items', ...args);
    const iterator = iterable[this.isSync ? Symbol.iterator : Symbol.asyncIterator]();
    const found = [];
    for (;;) {
      const { done, value } = yield iterator.next();
      if (done) return found;
      found.push(value);
    }
  }

  *transact(group) {
    const steps = (tx) => this.drive(function* body() { for (const step of group) yield* this.step(tx, step); }.call(this));
    if (group.length > 0) yield this.call(this.store, 'transaction', steps);
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
      this.checkError(error, step);
      return;
    } finally {
      if ('calls' in step) assert.equal(this.calls, step.calls, `calls of the function in ${brief(step)}`);
    }
    assert(!step.error, `${brief(step)} gave ${brief(result)}`);
    if (step.save_as) this.saved[step.save_as] = result;
    if (step.op === 'set') {
      const fits = target === this.store ? result > this.lastRevision : result === 0;
      assert(fits, `${brief(step)} gave the revision ${result}`);
      this.lastRevision = Math.max(this.lastRevision, result);
    }
    if (step.expect_each_run) this.check(step, result, decode(step.expect_each_run[run], this.saved));
    else if ('expect' in step) this.check(step, result, decode(step.expect, this.saved));
  }

  checkError(error, step) {
    const { raised, ...fields } = decode(step.error, this.saved);
    assert.equal(error instanceof Raised, raised ?? false, `${brief(step)} threw ${brief(error)}`);
    for (const [name, value] of Object.entries(fields)) {
      assert(same(error[camel(name)], value), `${brief(step)}: ${name} of ${brief(error)}`);
    }
  }

  check(step, result, expected) {
    if (this.mode === 'transaction' && REVISIONS.has(step.op)) return;
    if (BY_FIELDS.has(step.op) && expected !== ABSENT) {
      this.checkFields(step, result, expected);
    } else if (step.op === 'journal') {
      assert.equal(result.length, expected.length, `${brief(step)} gave ${brief(result)}`);
      expected.forEach((fields, i) => this.checkFields(step, result[i], fields));
    } else {
      const wanted = step.op === 'get_ttl' && expected !== null ? toMs(expected) : expected;
      assert(same(result, wanted, { ordered: step.op !== 'batch_get' }), `${brief(step)} gave ${brief(result)}`);
    }
  }

  checkFields(step, result, expected) {
    assert(result, `${brief(step)} gave ${brief(result)}`);
    for (const [name, value] of Object.entries(expected)) {
      if (name === 'revision' && this.mode === 'transaction') continue;
      let [found, wanted] = [result[camel(name)], value];
      if (TIMES.has(name)) {
        found = result[`${camel(name)}Ms`];
        wanted = value === null ? null : START_MS + toMs(value);
      } else if (name === 'changes') {
        found = found.map((change) => [change.facet, change.name, change.key, change.operation].join('\n')).sort();
        wanted = value.map((change) => change.join('\n')).sort();
      }
      assert(same(found, wanted), `${brief(step)}: ${name} is ${brief(found)}`);
    }
  }

  *perform(target, step) {
    const args = (step.args ?? []).map((arg) => (arg?.$fn ? arg : decode(arg, this.saved)));
    if (NAMESPACE_OPS.has(step.op)) return yield* this.performInNamespace(target, step, args);
    switch (step.op) {
      case 'advance': return this.clock.advanceMs(toMs(args[0]));
      case 'set_clock': return this.clock.setMs(START_MS + toMs(args[0]));
      case 'reopen': return yield* this.reopen();
      case 'is_closed': return this.store.isClosed;
      case 'outside':
        for (const part of this.firstRun ? step.steps : []) yield* this.step(this.store, part);
        return undefined;
      case 'transaction':
      case 'savepoint': return yield* this.transaction(target, step);
      case 'snapshot_revision': return this.saved[step.on].revision;
      case 'close_snapshot': return yield this.call(this.saved[step.on], 'close');
      case 'atomic': {
        const atomic = this.store.atomic();
        for (const part of step.steps) {
          const rest = decode(part.args, this.saved);
          if (part.with) rest.push(options(part.with, this.saved));
          atomic[part.op](decode(part.ns ?? 'app', this.saved), ...rest);
        }
        return yield this.call(atomic, 'commit');
      }
      default: return yield this.call(this.store, camel(step.op), ...args);
    }
  }

  *performInNamespace(target, step, args) {
    switch (step.op) {
      case 'value': return args[0];
      case 'saved': return this.saved[args[0]];
      case 'mutate': return mutate(this.saved[args[0]]);
      default:
    }
    const { default: fallback, ...given } = options(step.with, this.saved);
    const { name, ...defaults } = typeof step.ns === 'object' && 'name' in step.ns ? step.ns : { name: step.ns ?? 'app' };
    const place = [decode(name, this.saved), ...(Object.keys(defaults).length > 0 ? [options(defaults, this.saved)] : [])];
    const namespace = (step.on ? this.saved[step.on] : target).namespace(...place);
    const last = Object.keys(given).length > 0 ? [given] : [];
    switch (step.op) {
      case 'items': return yield* this.items(namespace, [args[0], ...last]);
      case 'list': return yield this.call(namespace, 'list', args[0], ...last);
      case 'increment': return yield this.call(namespace, 'increment', args[0], args[1], ...last);
      case 'set_ttl': return yield this.call(namespace, 'setTtl', args[0], args[1] === null ? null : toMs(args[1]));
      case 'entry': return (yield this.call(namespace, 'entry', args[0])) ?? ABSENT;
      case 'fill': return yield this.call(namespace, 'batchSet', Object.fromEntries(filled(args[0], 0, args[1])), ...last);
      case 'get_or_set': return yield this.call(namespace, 'getOrSet', args[0], this.function(args[1]), ...last);
      case 'update': return yield this.call(namespace, 'update', args[0], this.function(args[1]), fallback);
      default: {
        const more = fallback === undefined ? [] : [fallback];
        return yield this.call(namespace, camel(step.op), ...args, ...more, ...last);
      }
    }
  }

  function(spec) {
    function* body(found) {
      this.calls += 1;
      if (spec.$fn !== 'interfere') return compute(spec, found, decode(spec.value, this.saved));
      const { calls } = this;
      if (calls === 1) yield* this.step(this.store, spec.step);
      this.calls = calls;
      return compute(spec.then, found, decode(spec.then.value, this.saved));
    }
    return (found) => this.drive(body.call(this, found));
  }

  *transaction(target, step) {
    let runs = 0;
    let opened;
    function* body(tx) {
      [opened, runs] = [tx, runs + 1];
      const run = runs;
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
    }
    assert(!step.abort, `the error of ${brief(step)} was swallowed`);
    if ('runs' in step) assert.equal(runs, step.runs, `runs of ${brief(step)}`);
    return opened.receipt;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'statehold-conformance-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

for (const isSync of [false, true]) {
  describe(isSync ? 'Sync twins' : 'promises', () => {
    for (const [file, testCase] of cases()) {
      const lack = (testCase.needs ?? []).find((need) => need in LACKS);
      const modes = testCase.modes ?? MODES;
      for (const mode of modes) {
        test(`${file}: ${testCase.name} (${mode})`, { skip: lack && LACKS[lack] }, async () => {
          const run = async (each) => {
            files += 1;
            const executor = new Executor(testCase, each, join(folder, `${files}.db`), isSync);
            return executor.drive(executor.run());
          };
          const content = await run(mode);
          if (mode !== 'direct' && modes.includes('direct')) {
            assert(same(content, await run('direct')), 'it leaves something else than direct');
          }
        });
      }
    }
  });
}
