// A `package-lock.json` as one plugin's state, over the three forms that npm has given it.
//
// The document of `lockfileVersion` 1 is saved and migrated twice, 1 to 2 to 3; each result must be the document that stands
// in `tests/data/lockfiles`. Then the middle one is restored, and told what that changes.
//
// Run it with `node bindings-node/examples/plugin-lockfile.mjs`.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { open } from 'statehold';

async function document(version) {
  return JSON.parse(await readFile(new URL(`../../tests/data/lockfiles/v${version}.json`, import.meta.url), 'utf8'));
}

/** Version 1 nests what is installed; version 2 also lists it by its place in `node_modules`. */
function listPackages({ dependencies = {}, ...old }) {
  const packages = { '': { name: old.name, version: old.version } };
  collect(dependencies, '', packages);
  return { ...old, lockfileVersion: 2, packages: sorted(packages), dependencies };
}

/** Adds dependencies and those nested in them, each under the folder that it lies in. */
function collect(dependencies, inside, packages) {
  for (const [name, { requires, dependencies: nested = {}, ...members }] of Object.entries(dependencies)) {
    const place = `${inside}node_modules/${name}`;
    packages[place] = requires === undefined ? members : { ...members, dependencies: requires };
    collect(nested, `${place}/`, packages);
  }
}

/** As npm writes them. */
function sorted(packages) {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Version 3 keeps the list alone. */
function dropDependencies({ dependencies, ...old }) {
  return { ...old, lockfileVersion: 3 };
}

const store = await open(':memory:');
const lockfile = store.plugin('npm/lockfile');
lockfile.register({ migrations: { 2: listPackages, 3: dropDependencies } });
await lockfile.save(await document(1), { version: 1 });

for (const target of [2, 3]) {
  const [from, to] = await lockfile.migrate(target);
  console.log(`migrated from version ${from} to ${to}`);
  const { version, data } = await lockfile.load({ version: target });
  assert.deepEqual([version, data], [target, await document(target)]);
}

for (const { index, version, size } of await lockfile.listBackups()) {
  console.log(`backup ${index}: version ${version}, ${size} bytes`);
}
const diff = await lockfile.diff(0);
console.log(`restoring backup 0 leads from version ${diff.fromVersion} to ${diff.toVersion}:`);
for (const { op, path } of diff.patch) console.log(`  ${op} ${path}`);
await lockfile.restore(0);
// Without the version that is asked for, a load would migrate it to version 3 again.
const restored = await lockfile.load({ version: 2 });
assert.deepEqual([restored.version, restored.data], [2, await document(2)]);
console.log(`the state has version ${restored.version} again`);
await store.close();
