// A small server manager: it starts and stops a game server at a cloud provider, makes backups of it, runs commands on it
// and tells what it costs.
//
// The application (manager.mjs) knows the provider only by a few methods (provider.mjs). Here that is a mock cloud, kept in
// server-manager.json in the temporary folder, so that the next run goes on where this one has ended:
//
//     node main.mjs start
//     node main.mjs status
//
// Its tests (test/server-manager.test.mjs) move a manual clock: a start that takes a minute, throttled calls, lost answers,
// and not one sleep.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { openMockCloud } from 'statehold';

import { ServerManager } from './manager.mjs';
import { MockProvider } from './provider.mjs';

const USAGE = 'what to do: start, stop, status, backup, backups, costs, run COMMAND, scenario NAME, reset';

const cloud = await openMockCloud({ persistTo: join(tmpdir(), 'server-manager.json') });
const manager = new ServerManager(new MockProvider(cloud), { nowMs: Date.now, sleep });
const commands = {
  start: async () => `It runs at ${await manager.start()}`,
  stop: async () => (await manager.stop(), 'It is stopped'),
  status: () => manager.status(),
  backup: async () => `It is kept as ${await manager.backUp()}`,
  backups: async () => (await manager.backups()).join('\n'),
  costs: () => manager.costs(),
  run: (command) => manager.run(command),
  // What the provider's side of it is in, for trying the application out.
  scenario: async (name) => (await cloud.scenarios.apply(name), `The provider is in the scenario ${name}`),
  reset: async () => (await cloud.scenarios.reset(), 'The provider is as in the beginning'),
};

const [command, ...given] = process.argv.slice(2);
try {
  if (!Object.hasOwn(commands, command)) throw new Error(USAGE);
  console.log(await commands[command](...given));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
await cloud.close();
