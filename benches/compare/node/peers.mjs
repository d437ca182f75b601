// The stores, each opened and used as its own documentation does. All take an object and give one.
//
// | peer | how it keeps an object | normal | full |
// |---|---|---|---|
// | statehold | JSON text in SQLite, and a journal row for each commit | its `normal` | its `full` |
// | better-sqlite3 | JSON text, a table `WITHOUT ROWID`, WAL, prepared statements | `synchronous=NORMAL` | `synchronous=FULL` |
// | lmdb-js | MessagePack, its default | `noSync` | synced before a promise is fulfilled: without `overlappingSync` |
// | keyv + sqlite | JSON text through @keyv/sqlite, which is set to WAL | `synchronous=NORMAL` | `synchronous=FULL` |
//
// `normal` survives a crash of the process; after one of the machine the last commits may be missing, and with `noSync`
// LMDB does not promise that the rest is whole. Without `overlappingSync` lmdb-js commits durably, and 32 at a time faster than
// by awaiting `flushed`. Where a store has calls that wait and calls that promise, one call at a time is made by the ones that
// wait, and 32 at a time by those that promise. better-sqlite3 has only the former, Keyv only the latter.
import { join } from 'node:path';

// Longer than any measurement: whoever waits for a lock is to wait, not to fail.
const PATIENCE_MS = 60_000;

async function openStatehold(folder, { durability, cold }) {
  const { openSync } = await import('statehold');
  const options = { durability, busyTimeoutMs: PATIENCE_MS, ...(cold ? { cacheBytes: 0 } : {}) };
  const store = openSync(join(folder, 'store.db'), options);
  const namespace = store.namespace('bench');
  return {
    get: (key) => namespace.getSync(key),
    set: (key, value) => namespace.setSync(key, value),
    setLater: (key, value) => namespace.set(key, value),
    batchGet: (keys) => namespace.batchGetSync(keys),
    batchSet: (entries) => namespace.batchSetSync(entries),
    list: (prefix) => namespace.listSync(`${prefix}*`),
    increment: (key) => namespace.incrementSync(key),
    close: () => store.close(),
  };
}

/** The first text after all that begin with a prefix, whose last character has a successor. */
const after = (prefix) => prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

async function openSqlite(folder, { durability }) {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(join(folder, 'store.db'), { timeout: PATIENCE_MS });
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${durability}`);
  database.exec('CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID');
  const read = database.prepare('SELECT value FROM entry WHERE key = ?').pluck();
  const write = database.prepare('INSERT INTO entry VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const range = database.prepare('SELECT key FROM entry WHERE key >= ? AND key < ? ORDER BY key').pluck();
  const add = database.prepare('INSERT INTO entry VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1');
  const get = (key) => {
    const text = read.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const set = (key, value) => write.run(key, JSON.stringify(value));
  return {
    get,
    set,
    batchGet: database.transaction((keys) => new Map(keys.map((key) => [key, get(key)]))),
    batchSet: database.transaction((entries) => {
      for (const [key, value] of entries) set(key, value);
    }).immediate,
    list: (prefix) => range.all(prefix, after(prefix)),
    increment: (key) => add.run(key),
    close: () => database.close(),
  };
}

async function openLmdb(folder, { durability }) {
  const { open } = await import('lmdb');
  const database = open({ path: join(folder, 'lmdb'), noSync: durability === 'normal', overlappingSync: false });
  return {
    get: (key) => database.get(key),
    set: (key, value) => database.putSync(key, value),
    setLater: (key, value) => database.put(key, value),
    batchGet: (keys) => new Map(keys.map((key) => [key, database.get(key)])),
    batchSet: (entries) =>
      database.transactionSync(() => {
        for (const [key, value] of entries) database.putSync(key, value);
      }),
    list: (prefix) => database.getKeys({ start: prefix, end: after(prefix) }).asArray,
    increment: (key) => database.transactionSync(() => database.putSync(key, (database.get(key) ?? 0) + 1)),
    close: () => database.close(),
  };
}

async function openKeyv(folder, { durability }) {
  const [{ Keyv }, { KeyvSqlite }] = await Promise.all([import('keyv'), import('@keyv/sqlite')]);
  const store = new KeyvSqlite(`sqlite://${join(folder, 'store.db')}`);
  await store.query('PRAGMA journal_mode = WAL');
  await store.query(`PRAGMA synchronous = ${durability}`);
  const keyv = new Keyv({ store, throwOnErrors: true });
  const set = (key, value) => keyv.set(key, value);
  return {
    promises: true,
    get: (key) => keyv.get(key),
    set,
    setLater: set,
    batchGet: async (keys) => {
      const values = await keyv.getMany(keys);
      return new Map(keys.map((key, at) => [key, values[at]]));
    },
    // It has no call for many, only many calls; filling it with each of them synced would take long.
    fill: async (entries) => {
      await store.query('BEGIN');
      await Promise.all(entries.map(([key, value]) => set(key, value)));
      await store.query('COMMIT');
    },
    close: () => keyv.disconnect(),
  };
}

export const OWN = 'statehold';

/** How each is opened, and the workloads that it has no means for. */
export const PEERS = {
  [OWN]: { open: openStatehold, without: [] },
  'better-sqlite3': { open: openSqlite, without: [] },
  'lmdb-js': { open: openLmdb, without: [] },
  'keyv + sqlite': { open: openKeyv, without: ['batch set', 'list 100', 'counter'] },
};
