// The examples.
//
// Goal: each runs as its first lines say. Method: it runs in another process; what it prints and what is in its store is
// compared.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { open } from 'statehold';

import { fresh } from './folder.mjs';

const examples = new URL('../examples/', import.meta.url);
// What the example prints here and in Python.
const approval = new URL('../../tests/data/case-approval.txt', import.meta.url);

function run(name, ...rest) {
  const script = fileURLToPath(new URL(name, examples));
  const done = spawnSync(process.execPath, [script, ...rest], { encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([done.status, done.stderr], [0, '']);
  return done.stdout;
}

test('every example is run here', () => {
  assert.deepEqual(readdirSync(examples), ['case-approval.mjs']);
});

test('case-approval', async () => {
  const path = fresh();
  assert.equal(run('case-approval.mjs', path), readFileSync(approval, 'utf8'));

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
