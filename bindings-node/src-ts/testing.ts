/** What tests of code around this package need: a suite that any implementation of StateBackend can be run through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StateBackend } from './backend.js';
import { ManualClock } from './clock.js';
import { InvalidNameError, InvalidValueError, KeyNotFoundError } from './errors.js';
import type { Storable } from './types.js';

const MINUTE = 60_000;

type Case = (backend: StateBackend, clock: ManualClock) => Promise<void>;

/**
 * Declares the tests that every StateBackend must pass, with `node:test`: call it at the top of a test file. Each test
 * takes a backend of its own from `factory`, on the clock that it steers. A backend with a `close` method is closed.
 *
 * ```js
 * import { MemoryBackend } from 'statehold';
 * import { runStateBackendSuite } from 'statehold/testing';
 *
 * runStateBackendSuite((clock) => new MemoryBackend({ clock }));
 * ```
 */
export function runStateBackendSuite(
  factory: (clock: ManualClock) => StateBackend | Promise<StateBackend>,
  name = 'StateBackend',
): void {
  describe(name, () => {
    for (const [title, body] of Object.entries(CASES)) {
      test(title, async () => {
        const clock = new ManualClock();
        const backend: StateBackend & { close?: () => unknown } = await factory(clock);
        try {
          await body(backend, clock);
        } finally {
          await backend.close?.();
        }
      });
    }
  });
}

const CASES: Readonly<Record<string, Case>> = {
  async 'values come back as they went in'(backend) {
    const values: Storable[] = [
      null,
      true,
      -0,
      2.5,
      -(2n ** 63n),
      2n ** 64n - 1n,
      '\u0000 ünïcode 😀',
      [],
      { b: 1, a: [2.5, {}] },
      JSON.parse('{"__proto__":{"polluted":true}}') as object,
      Buffer.alloc(0),
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    ];
    for (const value of values) {
      await backend.set('a', 'k', value);
      const found = await backend.get('a', 'k');
      assert.deepStrictEqual(found, value);
      if (typeof value === 'object' && value !== null) assert.deepEqual(Object.keys(found as object), Object.keys(value));
    }
    assert.equal(await backend.get('a', 'missing'), undefined);
    assert.equal(await backend.get('a', 'missing', 7), 7);
  },

  async 'what can not come back equal is refused, and nothing is written'(backend) {
    await backend.set('a', 'k', 'before');
    for (const value of [NaN, [undefined], { at: new Date(0) }, 2n ** 64n, { s: '\ud800' }] as Storable[]) {
      await assert.rejects(async () => backend.set('a', 'k', value), InvalidValueError);
    }
    assert.equal(await backend.get('a', 'k'), 'before');
  },

  async 'namespaces are isolated'(backend) {
    await backend.set('a', 'k', 1);
    await backend.set('b', 'k', 2);
    assert.equal(await backend.get('a', 'k'), 1);
    assert.equal(await backend.clearNamespace('a'), 1);
    assert.equal(await backend.clearNamespace('a'), 0);
    assert.equal(await backend.get('b', 'k'), 2);
    assert.deepEqual(await backend.list('a'), []);
  },

  async 'deleting says whether there was something'(backend) {
    await backend.set('a', 'k', 1);
    assert.equal(await backend.exists('a', 'k'), true);
    assert.equal(await backend.delete('a', 'k'), true);
    assert.equal(await backend.delete('a', 'k'), false);
    assert.equal(await backend.exists('a', 'k'), false);
  },

  async 'lists are sorted by bytes and match globs'(backend) {
    // In UTF-16 code units, which JavaScript compares by, 😀 comes before \ufffd.
    for (const key of ['db:2', '😀', 'db:10', 'x', '\ufffd', 'db:*', 'Z']) await backend.set('a', key, 1);
    assert.deepEqual(await backend.list('a'), ['Z', 'db:*', 'db:10', 'db:2', 'x', '\ufffd', '😀']);
    assert.deepEqual(await backend.list('a', 'db:[0-9]*'), ['db:10', 'db:2']);
    assert.deepEqual(await backend.list('a', 'db:?'), ['db:*', 'db:2']);
    assert.deepEqual(await backend.list('a', 'db:\\*'), ['db:*']);
    assert.deepEqual(await backend.list('a', 'nothing*'), []);
  },

  async 'expired keys are gone at the millisecond'(backend, clock) {
    await backend.set('a', 'k', 1, { ttlMs: MINUTE });
    await backend.set('a', 'stays', 1);
    clock.advanceMs(MINUTE - 1);
    assert.equal(await backend.exists('a', 'k'), true);
    clock.advanceMs(1);
    assert.equal(await backend.get('a', 'k'), undefined);
    assert.equal(await backend.exists('a', 'k'), false);
    assert.deepEqual(await backend.list('a'), ['stays']);
    assert.deepEqual([...(await backend.batchGet('a', ['k', 'stays'])).keys()], ['stays']);
    assert.equal(await backend.delete('a', 'k'), false);
    assert.equal(await backend.clearNamespace('a'), 1);
  },

  async 'a TTL can be asked for and changed'(backend, clock) {
    await backend.set('a', 'k', 1, { ttlMs: MINUTE });
    clock.advanceMs(1_000);
    assert.equal(await backend.getTtl('a', 'k'), MINUTE - 1_000);
    assert.equal(await backend.setTtl('a', 'k', 5 * MINUTE), true);
    assert.equal(await backend.getTtl('a', 'k'), 5 * MINUTE);
    assert.equal(await backend.setTtl('a', 'k', null), true);
    assert.equal(await backend.getTtl('a', 'k'), null);
    assert.equal(await backend.get('a', 'k'), 1);
    await backend.set('a', 'k', 2, { ttlMs: MINUTE });
    await backend.set('a', 'k', 3);
    assert.equal(await backend.getTtl('a', 'k'), null, 'setting without a TTL clears it');
    assert.equal(await backend.setTtl('a', 'missing', MINUTE), false);
    await assert.rejects(async () => backend.getTtl('a', 'missing'), KeyNotFoundError);
    for (const ttlMs of [0, -1, NaN, Infinity]) {
      await assert.rejects(async () => backend.set('a', 'k', 4, { ttlMs }), InvalidValueError);
      await assert.rejects(async () => backend.setTtl('a', 'k', ttlMs), InvalidValueError);
    }
    assert.equal(await backend.get('a', 'k'), 3);
  },

  async 'batches are all or nothing'(backend) {
    await backend.batchSet('a', { x: 1, y: Buffer.from('b') }, { ttlMs: MINUTE });
    await backend.batchSet('a', new Map([['z', [3]]]));
    const found = await backend.batchGet('a', ['z', 'missing', 'y', 'x']);
    assert.deepStrictEqual([...found], [['z', [3]], ['y', Buffer.from('b')], ['x', 1]]);
    assert.equal(await backend.getTtl('a', 'x'), MINUTE);
    await assert.rejects(async () => backend.batchSet('a', { x: 2, w: NaN }), InvalidValueError);
    await assert.rejects(async () => backend.batchSet('a', { x: 2, '': 1 }), InvalidNameError);
    assert.equal(await backend.get('a', 'x'), 1);
    assert.equal((await backend.batchGet('a', [])).size, 0);
  },

  async 'transactions see what they wrote, and others do not'(backend) {
    await backend.set('a', 'old', 1);
    const result = await backend.transaction(async (tx) => {
      assert.equal(await tx.set('a', 'new', 2), 0, 'there is no revision before the commit');
      await tx.delete('a', 'old');
      assert.deepEqual(await tx.list('a'), ['new']);
      assert.equal(await tx.get('a', 'old'), undefined);
      assert.equal(await backend.exists('a', 'new'), false);
      assert.equal(await tx.transaction((inner) => inner.get('a', 'new')), 2, 'a nested one joins');
      return 'done';
    });
    assert.equal(result, 'done');
    assert.deepEqual(await backend.list('a'), ['new']);
  },

  async 'failed transactions leave nothing'(backend) {
    const error = new Error('mine');
    const failing = backend.transaction(async (tx) => {
      await tx.set('a', 'k', 1);
      throw error;
    });
    await assert.rejects(failing, (raised) => raised === error);
    assert.equal(await backend.exists('a', 'k'), false);
  },

  async 'transactions that meet lose no update'(backend) {
    await backend.set('a', 'n', 0);
    const add = async (tx: StateBackend): Promise<unknown> => tx.set('a', 'n', (await tx.get('a', 'n', 0)) + 1);
    await Promise.all(Array.from({ length: 8 }, () => backend.transaction(add)));
    assert.equal(await backend.get('a', 'n'), 8);
  },

  async 'names are checked'(backend) {
    for (const key of ['', 'a\0b', 'k'.repeat(1025), 'a\ud800']) {
      await assert.rejects(async () => backend.get('a', key), InvalidNameError);
      await assert.rejects(async () => backend.set('a', key, 1), InvalidNameError);
    }
    for (const name of ['', 'a\0b', 'n'.repeat(256)]) {
      await assert.rejects(async () => backend.set(name, 'k', 1), InvalidNameError);
    }
    await backend.set('n'.repeat(255), 'k'.repeat(1024), 1);
    assert.equal(await backend.exists('n'.repeat(255), 'k'.repeat(1024)), true);
  },

  async "returned values are the caller's own"(backend) {
    const given = { list: [1] };
    const bytes = Buffer.from('abc');
    await backend.batchSet('a', { json: given, bytes });
    given.list.push(2);
    bytes.fill(0);
    const [json, copy] = [await backend.get<typeof given>('a', 'json'), await backend.get<Buffer>('a', 'bytes')];
    json?.list.push(3);
    copy?.fill(1);
    assert.deepStrictEqual(await backend.get('a', 'json'), { list: [1] });
    assert.deepStrictEqual(await backend.get('a', 'bytes'), Buffer.from('abc'));
  },
};
