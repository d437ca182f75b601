// Mistakes, by the names that all three languages know them by.
import { join } from 'node:path';

import { open } from '../../bindings-node/esm/index.mjs';
import { nested } from './spelling.mjs';

const ON_OPENING = {
  'not a store': (folder) => open(join(folder, 'notes.txt')),
  'newer format': (folder) => open(join(folder, 'newer.db')),
  folder: (folder) => open(folder),
  missing: (folder) => open(join(folder, 'missing.db'), { create: false }),
  'misspelt option': () => open(':memory:', { durabilty: 'full' }),
  'option out of range': () => open(':memory:', { durability: 'sometimes' }),
};

const IN_STORE = {
  'empty key': ({ ns }) => ns.set('', 1),
  'key with NUL': ({ ns }) => ns.get('a\0b'),
  'long key': ({ ns }) => ns.exists('k'.repeat(1025)),
  'long namespace': ({ store }) => store.namespace('n'.repeat(256)).set('k', 1),
  'unclosed range': ({ ns }) => ns.list('a[b'),
  'not a number': ({ ns }) => ns.set('k', { users: [1, { age: NaN }] }),
  'integer out of range': ({ ns }) => ns.set('k', [2n ** 64n]),
  'nested too deep': ({ ns }) => ns.set('k', nested(101)),
  'value too large': ({ ns }) => ns.set('k', 'v'.repeat(1000)),
  'no time to live': ({ ns }) => ns.set('k', 1, { ttlMs: 0 }),
  'ttl and keep_ttl': ({ ns }) => ns.set('k', 1, { ttlMs: 1000, keepTtl: true }),
  'increment of a text': ({ ns }) => ns.increment('text'),
  'increment out of range': ({ ns }) => ns.increment('largest'),
  'merge into bytes': ({ ns }) => ns.merge('bytes', { a: 1 }),
  'ttl of a missing key': ({ ns }) => ns.getTtl('missing'),
  'absent but there': ({ ns }) => ns.set('text', 1, { onlyIfAbsent: true }),
  'present but missing': ({ ns }) => ns.set('missing', 1, { onlyIfPresent: true }),
  'other revision': ({ ns }) => ns.set('bytes', 1, { ifRevision: 99 }),
  'check of an atomic commit': ({ store }) => store.atomic().check('a', 'text', null).set('a', 'k', 1).commit(),
  closed: async ({ store, ns }) => {
    await store.close();
    await ns.get('text');
  },
  'ended transaction': async ({ store }) => {
    const inside = await store.transaction(async (tx) => tx.namespace('a'));
    await inside.set('k', 1);
  },
};

/** Makes a mistake; the folder holds a file that is no store and one of a newer format. */
export async function make(name, folder) {
  if (name in ON_OPENING) {
    await ON_OPENING[name](folder);
    return;
  }
  const store = await open(':memory:', { maxValueBytes: 1000 });
  const ns = store.namespace('a');
  await ns.set('text', 't');
  await ns.set('bytes', Buffer.from('b'));
  await ns.set('largest', 2n ** 64n - 1n);
  await IN_STORE[name]({ store, ns });
}
