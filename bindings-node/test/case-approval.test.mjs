// The example of an approval.
//
// Goal: it prints what the one in Python prints, and leaves in its store what it says. Method: it runs in another process.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { open } from 'statehold';

import { fresh } from './folder.mjs';

const example = fileURLToPath(new URL('../examples/case-approval.mjs', import.meta.url));
// What the example prints here and in Python.
const printed = new URL('../../tests/data/case-approval.txt', import.meta.url);

test('an order is approved, placed once and looked back at', async () => {
  const path = fresh();
  const done = spawnSync(process.execPath, [example, path], { encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([done.status, done.stderr], [0, '']);
  assert.equal(done.stdout, readFileSync(printed, 'utf8'));

  const store = await open(path);
  const order = await store.case('order-7');
  assert.deepEqual([order.status, order.metadata.stepCount, order.sequence], ['done', 2, 4]);
  assert.deepEqual(order.ctx, { item: 'microscope', cents: 480_000, approved_by: 'finance', confirmation: 'M-1066' });
  const scopes = [...order.scopes.values()].map(({ id, status }) => [id, status]);
  assert.deepEqual(scopes, [['quotes', 'cancelled'], ['reviews', 'cancelled'], ['root', 'active']]);
  const effects = (await order.effects()).map(({ key, status, attempts }) => [key, status, attempts]);
  assert.deepEqual(effects, [['place', 'ok', 1]]);
  assert.deepEqual((await store.verify()).problems, []);
  await store.close();
});
