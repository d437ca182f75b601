// Goal: what is particular to the care of stores in Node: progress on the event loop and in Sync, and callbacks that throw.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ConflictError, IoError, Store, open } from 'statehold';
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
  assert.deepEqual((await store.verify({ head })).problems, []);
  const [problem] = store.verifySync({ head: { ...head, hash: '00'.repeat(32) } }).problems;
  assert.deepEqual([problem.facet, problem.subject], ['head', 'revision 20']);
  assert.match(problem.advice, /backup/);
  await store.close();
});

test('an export is the store again, by way of both faces', async () => {
  const file = join(dirname(fresh()), 'all.jsonl');
  const store = await open(fresh());
  await store.set('a', 'k', [1, { b: null }]);
  await store.set('a', 'bytes', new Uint8Array([0, 255]));
  const seen = [];
  const report = await store.exportFile(pathToFileURL(file), { progress: (progress) => seen.push(progress) });
  assert.deepEqual([report.revision, report.hash], [2, (await store.verify()).hash]);
  assert.deepEqual(seen.at(-1), { records: report.records, total: report.records, bytes: report.bytes });
  assert.throws(() => store.exportFileSync(file), IoError);

  const other = await open(fresh());
  const inside = [];
  const back = other.importFileSync(file, { progress: (progress) => inside.push(progress) });
  assert.deepEqual(back, { revision: 2, exported: 2, records: report.records, merged: false });
  assert.equal(inside.at(-1).total, null);
  assert.deepEqual(await other.verify(), await store.verify());
  await assert.rejects(other.importFile(file), ConflictError);

  await store.delete('a', 'k');
  await store.exportFile(file, { since: 2, overwrite: true });
  assert.equal((await other.importFile(file)).revision, 3);
  await store.set('b', 'k', 1);
  store.exportFileSync(file, { namespace: 'b', overwrite: true });
  assert.deepEqual([other.importFileSync(file, { merge: true }).merged, await other.get('b', 'k')], [true, 1]);
  writeFileSync(file, '{"format": "mine"}\n');
  await assert.rejects(other.importFile(file), { code: 'INVALID_VALUE', path: 'line 1' });
  await assert.rejects(store.exportFile(file, { since: '2' }), { path: 'since' });
  await store.close();
  await other.close();
});

test('an upgrade keeps a backup', async () => {
  const [path, backup] = [fresh(), fresh()];
  copyFileSync(new URL('../../core/tests/data/format-1.db', import.meta.url), path);
  const report = await Store.upgrade(path, { backup: pathToFileURL(backup) });
  assert.deepEqual([report.path, report.fromFormat, report.backup], [path, 1, backup]);
  const store = await open(path);
  assert.equal((await store.info()).format, report.toFormat);
  await store.close();
  assert.equal(Store.upgradeSync(path).backup, null);
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
