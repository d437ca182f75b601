// The snippets of the README and of the documentation.
//
// Goal: each does what it says. Method: the JavaScript snippets of a file, in their order, are one program, which runs in a
// new folder in which the package is installed, and those that have an adapter. It keeps its line numbers, so that a stack
// points into the file.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = readdirSync(join(root, 'docs'), { recursive: true }).filter((name) => name.endsWith('.md'));
const files = ['README.md', join('bindings-node', 'README.md'), ...docs.map((name) => join('docs', name))];

const ours = join(root, 'bindings-node');
const others = ['cache-manager', 'keyv', 'unstorage'].map((name) => [name, join(ours, 'node_modules', name)]);
const packages = { statehold: ours, ...Object.fromEntries(others) };

/** The snippets of a file as one program, each on its own lines. */
function program(file) {
  const lines = readFileSync(join(root, file), 'utf8').split(/\r?\n/);
  let inside = false;
  return lines.map((line) => {
    if (inside ? line === '```' : line === '```js') {
      inside = !inside;
      return '';
    }
    return inside ? line : '';
  });
}

function run(file, times = 1) {
  const folder = mkdtempSync(join(tmpdir(), 'statehold-docs-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    for (const [name, place] of Object.entries(packages)) symlinkSync(place, join(folder, 'node_modules', name), 'junction');
    const script = `${basename(file, '.md')}.mjs`;
    writeFileSync(join(folder, script), program(file).join('\n'));
    const outputs = [];
    for (let left = times; left > 0; left -= 1) {
      const done = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8', timeout: 120_000 });
      assert.equal(done.status, 0, done.stderr);
      assert.equal(done.stderr, '');
      outputs.push(done.stdout);
    }
    return outputs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const file of files.filter((file) => program(file).some((line) => line !== ''))) {
  test(`the snippets of ${file} do what they say`, () => {
    run(file);
  });
}

test('the program of the README counts', () => {
  assert.deepEqual(run('README.md', 2), ["run 1: { theme: 'dark' }\n", "run 2: { theme: 'dark' }\n"]);
});
