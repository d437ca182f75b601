// Goal: the examples do what they say. Method: each runs as a program; what it promises, it asserts itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));

for (const name of readdirSync(folder).filter((name) => name.endsWith('.mjs'))) {
  test(`the example ${name} runs`, () => {
    const done = spawnSync(process.execPath, [name], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
    assert.equal(done.status, 0, done.stderr);
    assert.equal(done.stderr, '');
    assert.notEqual(done.stdout, '');
  });
}
