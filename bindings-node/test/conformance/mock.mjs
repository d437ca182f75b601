// The operations of mock clouds and their scenarios.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as statehold from 'statehold';
import { ABSENT, Raised, camel, decode, toMs } from './format.mjs';

/** What the mode `transaction` does past its transactions. */
export const PAST_TRANSACTIONS = new Set(['with_lock', 'with_lock_and_persist', 'persist_now']);

/** The operations that have no `mock`. */
export const MOCK_OPS = new Set(['mock_clouds', 'delete_mock_cloud', 'open_mock_cloud', 'write_file', 'read_file', 'files']);

/** What may give nothing. */
const MAYBE = new Set(['get_public_ip', 'get_parameter', 'current']);

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A document with its members spelt otherwise, but for the names of parameters. */
function respelt(document, spell, { isNames = false } = {}) {
  if (Array.isArray(document)) return document.map((item) => respelt(item, spell));
  if (document === null || typeof document !== 'object') return document;
  const members = Object.entries(document).map(([name, value]) => [
    isNames ? name : spell(name),
    respelt(value, spell, { isNames: !isNames && name === 'parameters' }),
  ]);
  const result = {};
  for (const [name, value] of members) Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
  return result;
}

/** The time that a transition takes, as JavaScript has it, and as the cases do. */
const transitionOf = (time) => (typeof time === 'number' ? { afterMs: toMs(time) } : time);
const seconds = (transition) => (typeof transition === 'object' ? transition.afterMs / 1e3 : transition);

/** What a resource is in the cases. */
function told(op, given) {
  if (given === undefined || given === null) return MAYBE.has(op) ? ABSENT : given;
  if (op === 'get_transition') return seconds(given);
  if (op === 'get_all_parameters') return respelt({ parameters: given }, snake).parameters;
  if (op === 'get_state') {
    const { settings, ...rest } = given;
    return respelt({ ...rest, settings: { ...settings, transition: seconds(settings.transition) } }, snake);
  }
  return respelt(given, snake);
}

const cloudOf = (executor, target, step) =>
  executor.locked ?? (step.on ? executor.saved[step.on] : target.mockCloud(decode(step.mock, executor.saved)));

export function* performOnMock(executor, target, step) {
  const cloud = cloudOf(executor, target, step);
  const args = (step.args ?? []).map((arg) => respelt(decode(arg, executor.saved), camel));
  switch (step.op) {
    case 'close_mock': return yield executor.call(cloud, 'close');
    case 'mock_closed': return cloud.isClosed;
    case 'with_lock':
    case 'with_lock_and_persist': return yield* withLock(executor, cloud, step);
    case 'set_transition': return yield executor.call(cloud, 'setTransition', transitionOf(args[0]));
    case 'set_parameter': return told(step.op, yield executor.call(cloud, 'setParameter', ...args, ...(step.with ? [step.with.type] : [])));
    default: return told(step.op, yield executor.call(cloud, camel(step.op), ...args));
  }
}

function* withLock(executor, cloud, step) {
  function* body(locked) {
    executor.locked = locked;
    try {
      for (const part of step.steps) yield* executor.step(executor.store, part);
    } finally {
      executor.locked = undefined;
    }
    if (step.abort) throw new Raised('the function ends by an error');
  }
  try {
    yield executor.call(cloud, camel(step.op), (locked) => executor.drive(body(locked)));
  } catch (error) {
    if (!(error instanceof Raised) || !step.abort) throw error;
    return undefined;
  }
  assert(!step.abort, 'the error of the function was swallowed');
  return undefined;
}

export function* performOnMocks(executor, step) {
  const { saved } = executor;
  switch (step.op) {
    case 'open_mock_cloud': {
      const { persist_to: file, debounce, fixtures, transition } = step.with ?? {};
      return yield executor.call(statehold, 'openMockCloud', {
        clock: executor.clock,
        ...(file && { persistTo: executor.file(file) }),
        ...(debounce !== undefined && { debounceMs: toMs(debounce) }),
        ...(fixtures && { fixtures: respelt(fixtures, camel) }),
        ...(transition !== undefined && { transition: transitionOf(transition) }),
      });
    }
    case 'write_file': return writeFileSync(executor.file(step.args[0]), decode(step.args[1], saved));
    case 'read_file': return JSON.parse(readFileSync(executor.file(step.args[0]), 'utf8'));
    case 'files': {
      const own = readdirSync(dirname(executor.path)).filter((name) => name.startsWith(basename(executor.path)));
      return own.filter((name) => name.includes(step.args[0])).length;
    }
    default: return yield executor.call(executor.store, camel(step.op), ...(step.args ?? []).map((arg) => decode(arg, saved)));
  }
}

export function* performOnScenarios(executor, step) {
  const { scenarios } = executor.store.mockCloud(step.scenarios);
  const args = (step.args ?? []).map((arg) => decode(arg, executor.saved));
  const given = yield executor.call(scenarios, step.op, ...args);
  // A scenario is a document, the same in every language.
  return step.op === 'list' ? given.map((info) => respelt(info, snake)) : given ?? ABSENT;
}

/** What the store holds, but for the ids of commands, which are others in each run. */
export function* dumpMocks(executor) {
  const content = [];
  for (const name of yield executor.call(executor.store, 'mockClouds')) {
    const state = yield executor.call(executor.store.mockCloud(name), 'getState');
    content.push([name, { ...state, commands: state.commands.map((command) => ({ ...command, commandId: '' })) }]);
  }
  return content;
}
