// A small site, deployed by real commands: a git repository, a configuration, a release, a server that answers.
//
// Two things go wrong on the way. The process that configures the site is killed in the middle of a file; the next one
// finds that by `interrupted()` and recovers as `docs/recovery.md` says. The first release fails, as its tag is not
// there. In the end the site is taken down, and its history is printed as a timeline.
//
// Run it with `node deployer.mjs`. It needs git, and leaves nothing behind.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open as openFile, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Orchestrator, open } from 'statehold';

const PAGE = '<h1>It runs</h1>\n';
const COMPOSE = 'services:\n  web:\n    image: site\n    volumes: [./:/srv]\n    restart: always\n';
const STORY = [
  ...['created', 'provisioning', 'provisioned', 'configuring', 'configure_failed', 'configuring', 'configured'],
  ...['releasing', 'release_failed', 'releasing', 'released', 'running', 'destroyed'],
];

async function git(cwd, ...args) {
  // Where a hook of git runs this, its variables would lead to another repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const settings = ['user.name=deployer', 'user.email=deployer@example.org', 'commit.gpgsign=false'];
  const options = settings.flatMap((setting) => ['-c', setting]);
  try {
    return (await promisify(execFile)('git', [...options, ...args], { cwd, env })).stdout.trim();
  } catch (cause) {
    const told = `git ${args.join(' ')} said: ${(cause.stderr || cause.message).trim()}`;
    // The orchestrator puts the kind into the failure.
    throw Object.assign(new Error(told, { cause }), { kind: 'command_execution' });
  }
}

async function commit(repository, message) {
  await git(repository, 'add', '.');
  await git(repository, 'commit', '--quiet', '--message', message);
}

async function provision(progress, { repository }) {
  await progress.step('create the folder');
  await mkdir(repository);
  await progress.step('create the repository');
  await git(repository, 'init', '--quiet');
  await progress.step('commit the page');
  await writeFile(join(repository, 'index.html'), PAGE);
  await commit(repository, 'The page');
}

async function configure(progress, { repository, compose }, inBetween = async () => {}) {
  await progress.step('write the configuration');
  // A new one: what an earlier attempt has left is not to be built upon.
  const file = await openFile(compose, 'wx');
  try {
    const half = COMPOSE.length / 2;
    await file.write(COMPOSE.slice(0, half));
    await inBetween();
    await file.write(COMPOSE.slice(half));
  } finally {
    await file.close();
  }
  await progress.step('commit the configuration');
  await commit(repository, 'The configuration');
}

async function release(progress, { repository, live }) {
  await progress.step('check out the tag');
  await git(repository, 'worktree', 'add', '--quiet', '--detach', '../live', 'v1');
  await progress.step('compare the configuration');
  assert.equal(await readFile(join(live, 'compose.yaml'), 'utf8'), COMPOSE);
  progress.setData({ version: await git(live, 'rev-parse', 'HEAD') });
}

async function start(progress, { live }, running) {
  await progress.step('start the server');
  const server = startProcess('serve', live);
  running.push(server);
  const address = await firstLine(server);
  await progress.step('ask for the page');
  assert.equal(await (await fetch(address)).text(), PAGE);
  progress.setData({ ...progress.record.data, address });
}

async function destroy(environments, { repository }, server) {
  const lock = await environments.lock('site', { purpose: 'destroy' });
  try {
    await lock.setStep('stop the server');
    const { address } = (await lock.load()).data;
    await stop(server);
    await assert.rejects(fetch(address), 'it must not answer any more');
    await lock.setStep('remove the release');
    await git(repository, 'worktree', 'remove', '../live');
    console.log(`site is ${(await lock.transition('destroyed')).state}`);
  } finally {
    await lock.release();
  }
}

/** The whole story. The processes in `running` are stopped after it, whatever has happened. */
async function deploy(environments, places, running) {
  const orchestrator = new Orchestrator(environments);
  await environments.create('site', {});
  const say = ({ state }) => console.log(`site is ${state}`);
  say(await orchestrator.provision('site', (progress) => provision(progress, places)));

  await recover(environments, places, await killWhileConfiguring(places));
  say(await orchestrator.configure('site', (progress) => configure(progress, places)));

  const released = orchestrator.release('site', (progress) => release(progress, places));
  await assert.rejects(released, { kind: 'command_execution' }, 'the release must fail while there is no tag');
  const { failure } = await environments.load('site');
  console.log(`failed at the step "${failure.step}": ${failure.summary}`);
  assert.deepEqual([failure.step, failure.kind], ['check out the tag', 'command_execution']);
  await git(places.repository, 'tag', 'v1');
  say(await orchestrator.release('site', (progress) => release(progress, places)));

  const site = await orchestrator.start('site', (progress) => start(progress, places, running));
  console.log(`site is ${site.state}: ${JSON.stringify(site.data)}`);
  await destroy(environments, places, running[0]);
  assert.deepEqual(await environments.interrupted(), []);
  await printTimeline(environments);
}

/** Has another process configure the site, and kills it in the middle. Returns the id that it had. */
async function killWhileConfiguring({ folder }) {
  const child = startProcess('configure', folder);
  try {
    assert.equal(await firstLine(child), 'halfway');
  } finally {
    await stop(child);
  }
  return child.pid;
}

/** What that process does: it says when half of the file is written, and never comes to the other half. */
async function configureHalfway(environments, places) {
  const pause = async () => {
    console.log('halfway');
    // Input ends only if the deployer itself has died.
    await once(process.stdin.resume(), 'end');
    throw new Error('nobody has killed it');
  };
  await new Orchestrator(environments).configure('site', (progress) => configure(progress, places, pause));
}

/** Finds what was interrupted and goes through the guide's steps for `configuring`. */
async function recover(environments, { compose }, killed) {
  // 1: see that it was interrupted, where, and who did it.
  const [{ record, holder }, ...others] = await environments.interrupted();
  assert.equal(others.length, 0);
  console.log(`interrupted: ${record.name} is ${record.state}, its last step: ${record.step}`);
  console.log(`  by process ${holder.pid} of ${holder.user} on ${holder.host}, which is gone`);
  console.log(`  ${record.recovery().symptom}`);
  assert.deepEqual([record.state, record.step], ['configuring', 'write the configuration']);
  assert.deepEqual([holder.pid, holder.isStale], [killed, true]);

  // 3, 4: see what was done, and that nothing of it still runs. Here the process was all that ran.
  const half = await readFile(compose, 'utf8');
  assert.ok(COMPOSE.startsWith(half) && half.length < COMPOSE.length);

  // 6, 7: remove what is in doubt, say that it failed, and run the command again from there.
  await rm(compose);
  const note = 'killed while it wrote compose.yaml, of which the half was removed';
  console.log(`recovered: site is ${(await environments.recover('site', 'configure_failed', note)).state}`);
}

/** Prints when everything happened, since the first, and how long the state that it ended had lasted. */
async function printTimeline(environments) {
  const history = await environments.history('site');
  for (const { timeMs, operation, from, to, spentMs, note, record } of history) {
    const at = String(timeMs - history[0].timeMs).padStart(6);
    const went = from ? `${from} -> ${to}` : to;
    const what = { step: record?.step, save: JSON.stringify(record?.data) }[operation] ?? went;
    const told = [what, spentMs === null ? null : `after ${spentMs} ms`, note].filter(Boolean);
    console.log(`${at} ms  ${operation.padEnd(10)}  ${told.join('; ')}`);
  }
  assert.deepEqual(history.map(({ to }) => to).filter(Boolean), STORY);
}

/** The server: it says its address, answers everything with the page, and ends when the deployer does. */
async function serve(folder) {
  const server = createServer(async (_request, response) => response.end(await readFile(join(folder, 'index.html'))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  console.log(`http://127.0.0.1:${server.address().port}/`);
  await once(process.stdin.resume(), 'end');
  process.exit();
}

/** This program itself, in another role. */
function startProcess(...args) {
  return spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function firstLine({ stdout }) {
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the process has ended without a word');
}

async function stop(child) {
  // One that has ended already tells so no more.
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function withStore(folder, work) {
  const store = await open(join(folder, 'deployer.db'));
  const repository = join(folder, 'repository');
  try {
    const compose = join(repository, 'compose.yaml');
    await work(store.environments(), { folder, repository, compose, live: join(folder, 'live') });
  } finally {
    await store.close();
  }
}

const [role, given] = process.argv.slice(2);
if (role === 'serve') {
  await serve(given);
} else if (role === 'configure') {
  await withStore(given, configureHalfway);
} else {
  const folder = await mkdtemp(join(tmpdir(), 'deployer-'));
  const running = [];
  try {
    await withStore(folder, (environments, places) => deploy(environments, places, running));
  } finally {
    for (const server of running) await stop(server);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
