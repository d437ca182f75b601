// Goal: the store and the backend in memory do what a StateBackend must. Method: the suite of the package, which is
// itself tested by backends that break one rule each.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MemoryBackend, open } from 'statehold';
import { runStateBackendSuite } from 'statehold/testing';

runStateBackendSuite((clock) => open(':memory:', { clock, background: false }), 'Store');
runStateBackendSuite((clock) => new MemoryBackend({ clock }), 'MemoryBackend');

const broken = {
  'set() that forgets the TTL': 'backend.set = (ns, key, value) => MemoryBackend.prototype.set.call(backend, ns, key, value)',
  'list() in the order of code units': 'backend.list = async (...args) => (await MemoryBackend.prototype.list.apply(backend, args)).sort()',
  'transaction() without isolation': 'backend.transaction = async (fn) => fn(backend)',
  'batchGet() in the order of the store': `backend.batchGet = async (...args) =>
    new Map([...(await MemoryBackend.prototype.batchGet.apply(backend, args))].sort())`,
};

for (const [what, change] of Object.entries(broken)) {
  test(`the suite fails a ${what}`, () => {
    const script = `
      import { MemoryBackend } from 'statehold';
      import { runStateBackendSuite } from 'statehold/testing';
      runStateBackendSuite((clock) => { const backend = new MemoryBackend({ clock }); ${change}; return backend; });`;
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd, env });
    assert.equal(status, 1, String(stdout));
    assert.match(String(stdout), /# pass [1-9]/);
  });
}
