// statehold beside the usual backends of Keyv and unstorage, each through Keyv and unstorage themselves.
//
//     node benches/compare/integrations.mjs [--rounds 7] [--keys 500] [--seed N] [--quick]
//
// Each measurement runs in a process of its own. In each round every peer is measured once, in a shuffled order. Values are
// objects whose JSON has 100 bytes, another one at each overwrite. "At once" means that 32 calls are under way at any time, as
// in a server; else each is awaited before the next one. Prints one JSON line a measurement, then a table for each library: the
// medians, and in brackets how many times as fast statehold is, at the durability that the peer has. What each has: @keyv/sqlite
// syncs every write, and so does statehold at `full`; the driver for files syncs none, nor does statehold at `normal`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const AT_ONCE = 32;
// How often reads go over the keys; a write waits for the disk, and is long enough by itself.
const READ_TIMES = 20;

/** A store under test through one of the libraries. */
function throughKeyv(keyv) {
  return {
    get: async (key) => (await keyv.get(key)) ?? null,
    set: (key, value) => keyv.set(key, value),
    all: (keys) => keyv.getMany(keys),
    end: () => keyv.disconnect(),
  };
}

function throughUnstorage(storage) {
  return {
    get: (key) => storage.getItem(key),
    set: (key, value) => storage.setItem(key, value),
    all: (keys) => storage.getItems(keys),
    end: () => storage.dispose(),
  };
}

async function keyvOf(path, durability) {
  const [{ Keyv }, { KeyvStatehold }] = await Promise.all([import('keyv'), import('statehold/keyv')]);
  return throughKeyv(new Keyv({ store: new KeyvStatehold(`${path}.db`, { durability }), throwOnErrors: true }));
}

async function storageOf(path, durability) {
  const [{ createStorage }, { stateholdDriver }] = await Promise.all([import('unstorage'), import('statehold/unstorage')]);
  return throughUnstorage(createStorage({ driver: stateholdDriver({ path: `${path}.db`, durability }) }));
}

const LIBRARIES = {
  Keyv: {
    'statehold, full': (path) => keyvOf(path, 'full'),
    'statehold, normal': (path) => keyvOf(path, 'normal'),
    async '@keyv/sqlite'(path) {
      const [{ Keyv }, { KeyvSqlite }] = await Promise.all([import('keyv'), import('@keyv/sqlite')]);
      return throughKeyv(new Keyv({ store: new KeyvSqlite(`sqlite://${path}.db`), throwOnErrors: true }));
    },
  },
  unstorage: {
    'statehold, full': (path) => storageOf(path, 'full'),
    'statehold, normal': (path) => storageOf(path, 'normal'),
    async 'driver fs'(path) {
      const [{ createStorage }, { default: fs }] = await Promise.all([import('unstorage'), import('unstorage/drivers/fs')]);
      return throughUnstorage(createStorage({ driver: fs({ base: path }) }));
    },
  },
};

/** Each peer with the one of ours that promises what it does. */
const OURS = { '@keyv/sqlite': 'statehold, full', 'driver fs': 'statehold, normal' };

const MEASURES = ['get', 'get, at once', 'missing', 'get 100 at a time', 'set', 'set, at once'];

/** In an order that the seed decides. */
function shuffled(items, seed) {
  const place = (item) => createHash('sha256').update(`${seed} ${item}`).digest('hex');
  return items.map((item) => [place(item), item]).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

/** An object whose JSON text has 100 bytes. */
function value(number, version) {
  const made = { id: 100_000 + number, name: `user ${100_000 + number}`, on: true, version: 100_000 + version, pad: '' };
  made.pad = 'x'.repeat(100 - JSON.stringify(made).length);
  return made;
}

/** Has a function called for each item, of which so many are under way at a time. */
async function each(items, width, call) {
  let at = 0;
  const worker = async () => {
    while (at < items.length) await call(items[at++]);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Operations a second, over every key in random order. */
async function measure(peer, what, keys, seed) {
  const numbers = Array.from({ length: keys }, (_, number) => number);
  const name = (number) => `${what === 'missing' ? 'none' : 'key'}:${number}`;
  await each(numbers, AT_ONCE, (number) => peer.set(`key:${number}`, value(number, 0)));
  const order = shuffled(numbers, seed);
  const width = what.endsWith('at once') ? AT_ONCE : 1;
  const reads = Array.from({ length: READ_TIMES }, () => order).flat().map(name);
  const pages = Array.from({ length: Math.ceil(reads.length / 100) }, (_, page) => reads.slice(page * 100, page * 100 + 100));
  const values = new Map(order.map((number) => [number, value(number, 1)]));
  const expected = what === 'missing' ? null : value(order[0], what.startsWith('set') ? 1 : 0);

  const start = performance.now();
  if (what.startsWith('set')) await each(order, width, (number) => peer.set(name(number), values.get(number)));
  else if (what === 'get 100 at a time') await each(pages, 1, (page) => peer.all(page));
  else await each(reads, width, (key) => peer.get(key));
  const seconds = (performance.now() - start) / 1000;

  assert.deepEqual(await peer.get(name(order[0])), expected);
  await peer.end();
  return (what.startsWith('set') ? keys : reads.length) / seconds;
}

/** Measures here: what a child does. */
async function child([library, peer, what], keys, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'statehold-bench-'));
  try {
    console.log(await measure(await LIBRARIES[library][peer](join(folder, 'bench')), what, keys, seed));
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

/** Measures in a process of its own, which has ended before the next one begins. */
async function inChild(turn, keys, seed) {
  const given = [fileURLToPath(import.meta.url), '--keys', keys, '--seed', seed, '--child', ...turn];
  const { stdout } = await promisify(execFile)(process.execPath, given.map(String));
  return Number(stdout);
}

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
};

/** Medians; the ratio is the median of those of the rounds. */
function table(library, found) {
  const peers = Object.keys(LIBRARIES[library]);
  const rates = (what, peer) => found.get([library, peer, what].join());
  const cell = (what, peer) => {
    const shown = Math.round(median(rates(what, peer))).toLocaleString('en');
    if (!OURS[peer]) return shown;
    const ratios = rates(what, OURS[peer]).map((ours, round) => ours / rates(what, peer)[round]);
    return `${shown} (${median(ratios).toFixed(2)}x)`;
  };
  const lines = MEASURES.map((what) => `| ${[what, ...peers.map((peer) => cell(what, peer))].join(' | ')} |`);
  return [`| ${library}, operations a second | ${peers.join(' | ')} |`, '|---|' + '---|'.repeat(peers.length), ...lines].join('\n');
}

async function compare(rounds, keys, seed) {
  const turns = Object.entries(LIBRARIES).flatMap(([library, peers]) =>
    Object.keys(peers).flatMap((peer) => MEASURES.map((what) => [library, peer, what])));
  const found = new Map(turns.map((turn) => [turn.join(), []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of shuffled(turns, seed + round)) {
      const perSecond = await inChild(turn, keys, seed + round);
      found.get(turn.join()).push(perSecond);
      console.log(JSON.stringify({ round, library: turn[0], peer: turn[1], what: turn[2], perSecond: Math.round(perSecond) }));
    }
  }
  for (const library of Object.keys(LIBRARIES)) console.log(`\n${table(library, found)}`);
}

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    keys: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    quick: { type: 'boolean', default: false },
    child: { type: 'boolean', default: false },
  },
});
const [rounds, keys] = given.quick ? [2, 100] : [Number(given.rounds), Number(given.keys)];
if (given.child) {
  await child(positionals, keys, Number(given.seed));
} else {
  console.log(`seed ${given.seed}, ${rounds} rounds, ${keys} keys, Node ${process.version}`);
  await compare(rounds, keys, Number(given.seed));
}
