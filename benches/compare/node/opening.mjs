// Times loading the library, opening a store and one get, in a process that has loaded nothing else.
//
//     node opening.mjs PEER FOLDER
//
// Prints the milliseconds of all three, and of the last two.

const [peer, folder] = process.argv.slice(2);

const PEERS = {
  async statehold() {
    const { openSync } = await import('statehold');
    return () => openSync(`${folder}/store.db`, { durability: 'normal' }).namespace('bench').getSync('key:000007');
  },
  async 'better-sqlite3'() {
    const { default: Database } = await import('better-sqlite3');
    return () => {
      const database = new Database(`${folder}/store.db`);
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = normal');
      database.exec('CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID');
      return JSON.parse(database.prepare('SELECT value FROM entry WHERE key = ?').pluck().get('key:000007'));
    };
  },
  async 'lmdb-js'() {
    const { open } = await import('lmdb');
    return () => open({ path: `${folder}/lmdb`, noSync: true, overlappingSync: false }).get('key:000007');
  },
  async 'keyv + sqlite'() {
    const [{ Keyv }, { KeyvSqlite }] = await Promise.all([import('keyv'), import('@keyv/sqlite')]);
    return async () => {
      const store = new KeyvSqlite(`sqlite://${folder}/store.db`);
      await store.query('PRAGMA journal_mode = WAL');
      await store.query('PRAGMA synchronous = normal');
      return new Keyv({ store, throwOnErrors: true }).get('key:000007');
    };
  },
};

const start = performance.now();
const first = await PEERS[peer]();
const loaded = performance.now();
const found = await first();
const end = performance.now();
if (found.on !== true) throw new Error(`found ${JSON.stringify(found)}`);
console.log(end - start, end - loaded);
