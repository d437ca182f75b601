// The Node part of the demo: the packages in bindings-node/node_modules and their files, put into the shared store.
//
// `demo.mjs load FILE` waits for a line on its standard input, so that all languages start together; `demo.mjs check
// FILE` looks at what all of them wrote. Both report one JSON object a line. demo.rs and demo.py do the same.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { open } from '../../bindings-node/esm/index.mjs';
import { digest } from '../workers/spelling.mjs';

const BATCH = 25;
const LANGUAGES = ['rust', 'python', 'node'];
const MODULES = fileURLToPath(new URL('../../bindings-node/node_modules', import.meta.url));

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** What there is to be stored: namespace, key, value. */
function* collect() {
  const files = readdirSync(MODULES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files) {
    const path = join(file.parentPath ?? file.path, file.name);
    const key = relative(MODULES, path).split(sep).join('/');
    if (basename(path) === 'package.json') {
      yield { namespace: 'node:packages', key: dirname(key), value: JSON.parse(readFileSync(path, 'utf8')) };
    } else {
      yield { namespace: 'node:files', key, value: { size: statSync(path).size } };
    }
  }
}

async function load(store) {
  const items = [...collect()].map((item) => ({ ...item, digest: digest(item.value) }));
  say({ ready: items.length });
  for await (const _ of createInterface({ input: process.stdin })) break;
  const heartbeat = store.namespace('heartbeat', { ttlMs: 60_000 });
  await heartbeat.set('starting:node', true, { ttlMs: 20 });
  let batches = 0;
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    await store.transaction((tx) => storeBatch(tx, batch));
    await store.namespace('counters').increment('batches');
    batches += 1;
    await heartbeat.set('node', { pid: process.pid, batch: batches });
    say({ done: at + batch.length });
  }
  await store.namespace('reports').set('node', { items: items.length, batches });
}

/** One commit over four namespaces: the values, where they are, and how many there are by now. */
async function storeBatch(tx, batch) {
  for (const namespace of new Set(batch.map((item) => item.namespace))) {
    const own = batch.filter((item) => item.namespace === namespace);
    await tx.namespace(namespace).batchSet(own.map(({ key, value }) => [key, value]));
  }
  const index = batch.map(({ namespace, key, digest }) => [`${namespace}/${key}`, { namespace, key, digest }]);
  await tx.namespace('index').batchSet(index);
  await tx.namespace('totals').increment('node', batch.length);
  await tx.namespace('totals').increment('all', batch.length);
}

/** Compares what every language wrote with what it said that it wrote. */
async function check(store) {
  const wrong = [];
  const expect = (what, found, expected) => {
    if (!isDeepStrictEqual(found, expected)) wrong.push(`${what}: ${found} instead of ${expected}`);
  };
  const snapshot = await store.snapshot();
  const [index, totals, reports] = ['index', 'totals', 'reports'].map((name) => snapshot.namespace(name));
  const heartbeat = store.namespace('heartbeat');
  let [checked, sum, batches] = [0, 0, 0];
  for (const language of LANGUAGES) {
    const total = await totals.get(language);
    const report = await reports.get(language, {});
    sum += total;
    batches += report.batches;
    expect(`report of ${language}`, report.items, total);
    expect(`index of ${language}`, (await index.list(`${language}:*`)).length, total);
    const names = await store.namespaces(`${language}:*`);
    const counts = await Promise.all(names.map((name) => snapshot.namespace(name).count()));
    expect(`keys of ${language}`, counts.reduce((one, other) => one + other, 0), total);
    for await (const [key, entry] of index.items(`${language}:*`)) {
      const value = await snapshot.namespace(entry.namespace).get(entry.key, null);
      expect(key, digest(value), entry.digest);
      checked += 1;
    }
    const ttlMs = await heartbeat.getTtl(language);
    expect(`heartbeat of ${language}`, ttlMs > 0 && ttlMs <= 60_000, true);
    expect(`starting:${language}`, await heartbeat.exists(`starting:${language}`), false);
  }
  expect('total', await totals.get('all'), sum);
  expect('counter', await snapshot.namespace('counters').get('batches'), batches);
  expect('problems of the journal', (await store.verifyJournal()).problems, []);
  await snapshot.close();
  say({ checked, wrong });
  if (wrong.length > 0) process.exitCode = 1;
}

const [part, file] = process.argv.slice(2);
const store = await open(file, { label: 'node' });
await (part === 'check' ? check : load)(store);
await store.close();
