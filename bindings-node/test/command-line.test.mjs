// Goal: the package brings the command line, and it is the same one as Rust's. Method: it runs as a process: what it
// prints, its exit codes, ctrl-c. What each command does is tested in Rust.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { openSync } from 'statehold';

import { fresh } from './folder.mjs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const program = fileURLToPath(new URL(`../${manifest.bin.statehold}`, import.meta.url));
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('STATEHOLD_')));

const run = (args, input = '') =>
  spawnSync(process.execPath, [program, ...args], { env, input, encoding: 'utf8', timeout: 60_000 });

test('it is the command line', () => {
  const path = fresh();
  const set = run(['-s', path, 'set', 'ns', 'k', '-'], '{"ünï": 1}');
  assert.deepEqual([set.status, set.stdout, set.stderr], [0, 'set at revision 1\n', '']);
  const store = openSync(path);
  assert.deepEqual(store.namespace('ns').getSync('k'), { ünï: 1 });
  assert.deepEqual(JSON.parse(run(['-s', path, 'get', 'ns', 'k', '--json']).stdout).value, { ünï: 1 });
  store.closeSync();
  const none = run(['-s', path, 'get', 'ns', 'none']);
  assert.deepEqual([none.status, none.stdout], [1, '']);
  assert.match(none.stderr, /^error: key .*\n$/);
  assert.equal(run(['nonsense']).status, 2);
  assert.match(run(['get', '--help']).stdout, /Usage: statehold /);
});

test('its version is that of the package', () => {
  assert.equal(run(['--version']).stdout, `statehold ${manifest.version}\n`);
});

test('ctrl-c ends a watch', { skip: process.platform === 'win32' }, async () => {
  const path = fresh();
  const store = openSync(path);
  store.namespace('ns').setSync('k', 1);
  store.closeSync();
  const watch = spawn(process.execPath, [program, '-s', path, 'watch', '--after', '0'], { env });
  let complaint = '';
  watch.stderr.on('data', (data) => (complaint += data));
  const [line] = await once(watch.stdout.setEncoding('utf8'), 'data');
  assert.match(line, / namespace +set +ns +k\n$/);
  const ended = once(watch, 'close');
  watch.kill('SIGINT');
  assert.deepEqual([await ended, complaint], [[0, null], '']);
});
