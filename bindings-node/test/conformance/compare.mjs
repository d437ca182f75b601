// Compares what a step gave with what it is expected to give.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ABSENT, START_MS, camel, decode, same, toMs } from './format.mjs';

/** Which operations give records, of which the fields that are expected are compared, and no others. */
const RECORDS = new Set(['entry', 'transaction', 'atomic', 'verify_journal', 'verify', 'next', 'lifecycle', 'read_file']);
const RECORDS_OF = {
  plugin: new Set(['load', 'diff', 'dry_run_migrate', 'export']),
  case: new Set([
    'quantum', 'commit', 'close', 'restore', 'state', 'token', 'scope', 'at', 'snapshot', 'verify', 'effect', 'resolve_effect',
    'lookup_by_key',
  ]),
  env: new Set([
    'create', 'load', 'save', 'transition', 'method', 'set_step', 'recover', 'at', 'lock_info', 'recovery', 'run',
    'find', 'lock',
  ]),
  faults: new Set(['get_operation_failure']),
  scenarios: new Set(['get']),
};
/** Which ones give lists of them. */
const LISTS = new Set(['journal', 'events', 'changes', 'cases', 'environments', 'interrupted', 'lifecycles']);
const LISTS_OF = {
  plugin: new Set(['list_backups', 'violations']),
  case: new Set(['receipts', 'effects', 'lookup']),
  env: new Set(['history']),
  faults: new Set(['list', 'calls']),
  mock: new Set(['get_commands', 'get_backups']),
  scenarios: new Set(['list']),
};
/** The fields that are moments, and those that are spans of time. */
const TIMES = new Set([
  'created_at', 'updated_at', 'expires_at', 'last_modified', 'time', 'entered_at', 'started_at', 'last_commit', 'failed_at',
  'taken_at', 'since',
]);
const SPANS = new Set(['duration', 'latency', 'jitter', 'spent', 'ttl', 'waited']);
/** The fields that are records, lists of records, and records by their names. */
const INNER = new Set(['metadata', 'journal', 'failure', 'record', 'holder']);
const INNER_LISTS = new Set(['problems', 'violations']);
const INNER_MAPS = new Set(['tokens', 'scopes']);
/** The fields that only a commit gives. */
const AFTER_COMMIT = new Set(['revision', 'hash', 'previous']);

export const brief = (value) => inspect(value, { depth: 8, maxStringLength: 200, breakLength: Infinity }).slice(0, 600);

/** Whether what a step gives is the revision of its commit, which inside a transaction is none yet. */
export function givesRevision(step) {
  if (step.op === 'set') return true;
  return step.plugin !== undefined && ['save', 'restore', 'import', 'import_file'].includes(step.op);
}

const isRecord = (value) => Object.prototype.toString.call(value) === '[object Object]' && Object.getPrototypeOf(value) === Object.prototype;

/** A field of a record under the name that it has in JavaScript; of what is read from a text under its own. */
function field(record, name) {
  for (const known of [name, camel(name), `${camel(name)}Ms`]) if (Object.hasOwn(record, known)) return record[known];
  return record[camel(name)];
}

export function checkError(executor, step, error, isRaised) {
  const { raised, ...fields } = decode(step.error, executor.saved);
  assert.equal(isRaised, raised ?? false, `${brief(step)} threw ${brief(error)}`);
  for (const [name, value] of Object.entries(fields)) {
    checkField(executor, step, name, name === 'code' ? error.code : field(error.fields, name), value);
  }
}

export function check(executor, step, result, expected) {
  if (executor.mode === 'transaction' && (givesRevision(step) || ['batch_set', 'revision'].includes(step.op))) return;
  const facet = ['plugin', 'case', 'env', 'mock', 'scenarios', 'faults'].find((name) => step[name] !== undefined);
  if (isRecord(expected) && (RECORDS.has(step.op) || RECORDS_OF[facet]?.has(step.op) || facet === 'mock' && step.op !== 'get_all_parameters')) {
    checkRecord(executor, step, result, expected);
  } else if (Array.isArray(expected) && (LISTS.has(step.op) || LISTS_OF[facet]?.has(step.op))) {
    checkRecords(executor, step, result, expected);
  } else {
    const wanted = step.op === 'get_ttl' && typeof expected === 'number' ? toMs(expected) : expected;
    assert(same(result, wanted, { ordered: step.op !== 'batch_get' }), `${brief(step)} gave ${brief(result)}`);
  }
}

/** Violations in the order of their paths, since it does not matter which is told first. */
function ordered(records) {
  const path = (record) => String(record?.path ?? '');
  return records.some((record) => record?.path !== undefined)
    ? [...records].sort((left, right) => (path(left) < path(right) ? -1 : Number(path(left) > path(right))))
    : records;
}

function checkRecords(executor, step, found, expected) {
  assert.equal(found?.length, expected.length, `${brief(step)} gave ${brief(found)}`);
  const [records, wanted] = [ordered(found), ordered(expected)];
  wanted.forEach((fields, i) => checkRecord(executor, step, records[i], fields));
}

export function checkRecord(executor, step, found, expected) {
  assert(found !== ABSENT && found !== null, `${brief(step)} gave ${brief(found)}`);
  for (const [name, value] of Object.entries(expected)) checkField(executor, step, name, field(found, name), value);
}

function checkField(executor, step, name, found, expected) {
  if (AFTER_COMMIT.has(name) && executor.mode === 'transaction') return;
  const said = () => `${brief(step)}: ${name} is ${brief(found)}`;
  if (typeof expected === 'number' && TIMES.has(name)) {
    assert(same(found, START_MS + toMs(expected)), said());
  } else if (name === 'time' && typeof expected === 'string') {
    // An event's: a text elsewhere, and in JavaScript milliseconds as every other time.
    assert.equal(found, Date.parse(expected), said());
  } else if (typeof expected === 'number' && SPANS.has(name)) {
    assert(typeof found === 'number' && Math.round(found) === Math.round(toMs(expected)), said());
  } else if (isRecord(expected) && (INNER.has(name) || step.op === 'get_state')) {
    checkRecord(executor, step, found, expected);
  } else if (isRecord(expected) && INNER_MAPS.has(name)) {
    assert.deepEqual([...found.keys()], Object.keys(expected), said());
    for (const [id, fields] of Object.entries(expected)) checkRecord(executor, step, found.get(id), fields);
  } else if (Array.isArray(expected) && INNER_LISTS.has(name) && expected.every(isRecord)) {
    checkRecords(executor, step, found, expected);
  } else if (name === 'changes') {
    const lines = found.map((change) => [change.facet, change.name, change.key, change.operation].join('\n'));
    assert.deepEqual(lines.sort(), expected.map((change) => change.join('\n')).sort(), said());
  } else if (name === 'mutations') {
    assert(same(found.map((mutation) => [mutation.name, mutation.id]), expected), said());
  } else {
    assert(same(found, expected), said());
  }
}
