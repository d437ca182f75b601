// Goal: the package is the same however it is imported, and little is loaded for it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);

for (const name of ['statehold', 'statehold/keyv', 'statehold/testing', 'statehold/unstorage']) {
  test(`import and require of ${name} give the same`, async () => {
    const [imported, required] = [await import(name), require(name)];
    const names = (all) => Object.keys(all).filter((one) => one !== 'default' && one !== 'module.exports').sort();
    assert.deepEqual(names(imported), names(required));
    for (const one of names(required)) assert.equal(imported[one], required[one], one);
  });
}

test('to import it loads one bundle and the addon, and no other file of its own has to be looked for', () => {
  const body = `
    import { createRequire } from 'node:module';
    import 'statehold';
    console.log(JSON.stringify(Object.keys(createRequire(import.meta.url).cache)));`;
  const given = { cwd: new URL('.', import.meta.url), encoding: 'utf8' };
  const loaded = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', body], given));
  const names = loaded.map((file) => file.replace(/^.*[\\/]/, '').replace(/^statehold\..*\.node$/, 'the addon'));
  assert.deepEqual(names.sort(), ['index.js', 'rolldown-runtime.js', 'statehold.js', 'the addon']);
});
