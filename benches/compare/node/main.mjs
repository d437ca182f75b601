// statehold beside better-sqlite3, lmdb-js and Keyv with @keyv/sqlite, from Node.
//
//     node benches/compare/node/main.mjs [--json FILE] [--only get,set] [--peers lmdb-js] [--rounds 5] [--quick]
//
// Each measurement runs in a process of its own, which has ended, with all that it started, before the next one begins. In
// each round every peer is measured once at every workload, in a shuffled order. The rate comes from calls that are not timed
// one by one, the quantiles from a pass that does. Prints a table; the JSON lines go to FILE. What is measured is in
// ../report.py, what each peer stores and how durable that is in peers.mjs.
import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { Chance, MILLION } from './inputs.mjs';
import { OWN, PEERS } from './peers.mjs';
import * as processes from './processes.mjs';
import { table } from './table.mjs';
import { Task, WORKLOADS, run } from './workloads.mjs';

const PACKAGES = ['statehold', 'better-sqlite3', 'lmdb', 'keyv', '@keyv/sqlite'];
// So often a store of a million keys is made, which takes its time.
const FEW_ROUNDS = 2;
// In this order, as the last one changes what the others look for.
const AT_A_MILLION = ['get cold', 'list 100', 'set normal'];
const FILLED = [OWN, 'better-sqlite3', 'lmdb-js'];
const WORKERS = { counter: [1, 2, 4], 'readers beside a writer': [3], 'durable sets': [32] };
const ALL = [...Object.keys(WORKLOADS).filter((name) => name !== 'fill'), ...Object.keys(processes.WORKLOADS)];

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    keys: { type: 'string', default: '10000' },
    // Of the large store; 0: none.
    'many-keys': { type: 'string', default: String(MILLION) },
    // For how long a rate is taken, about.
    seconds: { type: 'string', default: '0.25' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
    // Workloads that begin with one of these words.
    only: { type: 'string' },
    // statehold and these.
    peers: { type: 'string' },
    // Where the stores are made, on the disk that is meant.
    folder: { type: 'string', default: tmpdir() },
    quick: { type: 'boolean', default: false },
    child: { type: 'string' },
    worker: { type: 'string' },
  },
});

const wanted = (workload) => given.only === undefined || given.only.split(',').some((word) => workload.startsWith(word));
const chosen = Object.keys(PEERS).filter((peer) => !given.peers || peer === OWN || given.peers.split(',').includes(peer));

/** Measures here: what a child does. */
async function child(turn) {
  const task = new Task(turn);
  const several = processes.WORKLOADS[task.workload];
  console.log(JSON.stringify(await (several ? several(task) : run(task))));
}

/** Measures in a process of its own. */
async function inChild(turn) {
  const main = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--child', JSON.stringify(turn)]);
  const { folder, seconds, seed, ...line } = turn;
  const rounded = Object.entries(JSON.parse(stdout)).filter(([, figure]) => figure !== null);
  return { ...line, ...Object.fromEntries(rounded.map(([name, figure]) => [name, Math.round(figure * 1000) / 1000])) };
}

async function within(work) {
  const folder = mkdtempSync(join(given.folder, 'statehold-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, maxRetries: 5 });
  }
}

function machine() {
  const versions = { Node: process.versions.node };
  for (const name of PACKAGES) {
    // Not each of them lets its package.json be imported.
    const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
    versions[name] = JSON.parse(readFileSync(file, 'utf8')).version;
  }
  return { cores: availableParallelism(), kernel: `${type()} ${release()}`, versions };
}

function turns(keys) {
  return ALL.filter(wanted).flatMap((workload) =>
    chosen
      .filter((peer) => !PEERS[peer].without.includes(workload))
      .flatMap((peer) => (WORKERS[workload] ?? [1]).map((workers) => ({ workload, peer, keys, workers }))));
}

async function compare({ rounds, keys, manyKeys, seconds, seed, note }) {
  const chance = new Chance(seed);
  for (let round = 0; round < rounds; round += 1) {
    const rest = { seconds, seed: seed + round };
    for (const turn of chance.shuffled(turns(keys))) {
      await within(async (folder) => note({ ...(await inChild({ ...turn, folder, ...rest })), round }));
    }
    const large = AT_A_MILLION.filter(wanted);
    if (round >= FEW_ROUNDS || manyKeys === 0 || large.length === 0) continue;
    for (const peer of chance.shuffled(FILLED.filter((name) => chosen.includes(name)))) {
      // One store, which each measurement opens anew.
      await within(async (folder) => {
        for (const workload of ['fill', ...large]) {
          note({ ...(await inChild({ workload, peer, keys: manyKeys, workers: 1, folder, ...rest })), round });
        }
      });
    }
  }
}

async function main() {
  const numbers = given.quick ? [1, 2_000, 0, 0.02] : [given.rounds, given.keys, given['many-keys'], given.seconds].map(Number);
  const [rounds, keys, manyKeys, seconds] = numbers;
  const [seed, lines, here] = [Number(given.seed), [], machine()];
  if (given.json) writeFileSync(given.json, `${JSON.stringify({ language: 'node', machine: here })}\n`);
  const note = (line) => {
    lines.push(line);
    if (given.json) appendFileSync(given.json, `${JSON.stringify({ language: 'node', ...line })}\n`);
    if (process.stderr.isTTY) process.stderr.write(`\r${lines.length} measured`);
  };
  await compare({ rounds, keys, manyKeys, seconds, seed, note });
  console.log(`\nseed ${seed}, ${rounds} rounds, ${JSON.stringify(here)}\n\n${table(lines)}`);
}

if (given.child) await child(JSON.parse(given.child));
else if (given.worker) await processes.work(JSON.parse(given.worker));
else await main();
