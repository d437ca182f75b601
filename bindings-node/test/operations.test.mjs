// Goal: what is particular to the care of stores in Node: progress on the event loop and in Sync, and callbacks that throw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { IoError, Store, open } from 'statehold';
import { fresh } from './folder.mjs';

test('a backup is made and put back, and tells how far it has come', async () => {
  const [path, backup, copy] = [fresh(), fresh(), fresh()];
  const store = await open(path);
  for (let n = 0; n < 20; n += 1) await store.set('a', `k${n}`, 'x'.repeat(50_000));
  const seen = [];
  const report = await store.backup(pathToFileURL(backup), { progress: (progress) => seen.push(progress) });
  assert.deepEqual([report.path, report.revision], [backup, 20]);
  assert.ok(seen.length > 0);
  assert.deepEqual(seen.at(-1), { done: seen.at(-1).total, total: seen.at(-1).total });
  const inside = [];
  store.backupSync(backup, { overwrite: true, progress: ({ done }) => inside.push(done) });
  assert.ok(inside.length > 0, 'told before the call returns');
  await assert.rejects(store.backup(backup), IoError);

  await store.set('a', 'later', 1);
  assert.equal((await Store.restore(backup, copy)).restored, 20);
  const restored = Store.restoreSync(backup, path, { force: true });
  assert.deepEqual([restored.restored, await store.get('a', 'later')], [20, undefined]);
  const head = { revision: report.revision, hash: report.hash };
  assert.deepEqual((await store.checkIntegrity({ head })).problems, []);
  assert.ok(store.checkIntegritySync({ head: { ...head, hash: '00'.repeat(32) } }).problems.length > 0);
  await store.close();
});

test('progress that throws is a warning, and the backup is made', async () => {
  const store = await open(fresh());
  await store.set('a', 'k', 1);
  const warnings = [];
  const warned = (warning) => warnings.push(warning.message);
  process.on('warning', warned);
  const progress = () => { throw new Error('mine'); };
  assert.equal((await store.backup(fresh(), { progress })).revision, 1);
  assert.equal(store.backupSync(fresh(), { progress }).revision, 1);
  await new Promise(setImmediate);
  process.off('warning', warned);
  assert.deepEqual([...new Set(warnings)], ['mine']);
  await assert.rejects(store.backup(fresh(), { progress: 'text' }), { path: 'progress' });
  await store.close();
});

test('info, stats, doctor and vacuum', async () => {
  const path = fresh();
  const store = await open(path);
  await store.set('a', 'k', 1);
  const info = await store.info();
  assert.deepEqual([info.path, info.revision, info.journalRows, info.oldestRevision], [path, 1, 1, 1]);
  assert.deepEqual(info.facets.find(({ facet }) => facet === 'namespace').records, 1);
  assert.deepEqual([store.stats().commits, store.infoSync().revision], [1, 1]);
  for (const finding of await Store.doctor(path)) assert.ok(['note', 'warning', 'error'].includes(finding.level));
  assert.equal(typeof (await store.vacuum()), 'number');
  await assert.rejects(Store.doctor(fresh()), IoError);
  await store.close();
});
