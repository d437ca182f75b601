// Errors: each code of the core has its class, with what callers rely on. And the package in its three forms.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as esm from 'statehold';

const require = createRequire(import.meta.url);
const cjs = require('statehold');
const { lift, native } = require('../dist/native.js');

test('each code of the core has a class under its name, and no class is without one', () => {
  const codes = native.errorCodes();
  assert.ok(codes.length >= 15);
  for (const [code, name] of codes) {
    const error = new esm[name]('message');
    assert.ok(error instanceof esm.StateholdError && error instanceof Error);
    assert.deepEqual([error.code, error.name], [code, name]);
  }
  const classes = Object.values(esm).filter((kind) => kind?.prototype instanceof esm.StateholdError);
  assert.equal(classes.length, codes.length);
});

test('an envelope of the native half becomes an error with its fields', () => {
  const fields = { check: 'revision of "k"', expected: 3, found: null };
  const envelope = JSON.stringify({ statehold: 'ConflictError', code: 'CONFLICT', message: 'conflict', fields });
  const error = lift(new Error(envelope));
  assert.ok(error instanceof esm.ConflictError);
  assert.deepEqual({ ...error.fields }, fields);
  assert.deepEqual([error.expected, error.found, error.isRetryable], [3, null, true]);
  assert.match(error.stack, /^ConflictError: conflict\n/);
  assert.match(inspect(error), /expected: 3/);
});

test('a field never hides what an Error has', () => {
  const error = new esm.InvalidNameError('message', { what: 'key', name: 'a\0b', reason: 'NUL' });
  assert.equal(error.name, 'InvalidNameError');
  assert.equal(error.fields.name, 'a\0b');
});

test('other errors stay what they are', () => {
  for (const raised of [new TypeError('x'), new Error('{"statehold":'), new Error('{"a":1}'), 'text', undefined]) {
    assert.equal(lift(raised), raised);
  }
});

test('ESM and CJS are one package with the same classes', () => {
  assert.equal(esm.ConflictError, cjs.ConflictError);
  assert.deepEqual(
    Object.keys(esm).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort(),
    Object.keys(cjs).sort(),
  );
});

test('an error of the core has its code and fields on every way out', async () => {
  const store = esm.openSync(':memory:');
  const [a, ways] = [store.namespace('a'), {}];
  ways['a task on the pool'] = () => a.get('');
  ways['a thread of the addon'] = () => a.delete('');
  ways['at once'] = () => a.getSync('');
  ways['an iterator'] = () => a.itemsSync('[').next();
  ways['an asynchronous iterator'] = () => a.items('[').next();
  ways['a transaction'] = () => store.transaction((tx) => tx.delete('a', ''));
  ways['a transaction at once'] = () => store.transactionSync((tx) => tx.deleteSync('a', ''));
  for (const [name, way] of Object.entries(ways)) {
    await assert.rejects(async () => way(), (error) => {
      assert.ok(error instanceof esm.InvalidNameError, `${name}: ${inspect(error)}`);
      assert.deepEqual([error.code, error.isRetryable], ['INVALID_NAME', false]);
      assert.equal(error.what, name.includes('iterator') ? 'pattern' : 'key');
      assert.match(error.reason, name.includes('iterator') ? /\[/ : /empty/);
      return true;
    });
  }
});
