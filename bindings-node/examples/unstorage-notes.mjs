// A small application on unstorage: notes over HTTP, with attachments, and drafts that are dropped after a day.
//
// Two instances of it serve the same file. What is put into one is in the other, which is told of it by its watch; and after
// both were stopped, a third one still has it.
//
// Run it with `node bindings-node/examples/unstorage-notes.mjs`; it needs `npm install unstorage`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import { createStorage, prefixStorage } from 'unstorage';
import stateholdDriver from 'statehold/unstorage';

const DAY = 24 * 60 * 60;

/** The application: `PUT`, `GET` and `DELETE /KEY` for one note, `GET /` for the keys of all. */
async function start(path) {
  const storage = createStorage({ driver: stateholdDriver({ path }) });
  const notes = prefixStorage(storage, 'notes');
  const told = [];
  await storage.watch((event, key) => told.push(`${event} ${key}`));

  const methods = {
    async GET(key) {
      return key ? notes.getItemRaw(key) : JSON.stringify(await notes.getKeys());
    },
    async PUT(key, body) {
      await notes.setItemRaw(key, body, key.startsWith('drafts/') ? { ttl: DAY } : {});
      return '';
    },
    async DELETE(key) {
      await notes.removeItem(key);
      return '';
    },
  };
  const server = createServer(async (request, response) => {
    const body = await methods[request.method](request.url.slice(1), await buffer(request));
    response.writeHead(body === null ? 404 : 200).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;

  return {
    notes,
    told,
    ask: (method, key, body) => fetch(url + key, { method, body }),
    async stop() {
      server.closeAllConnections();
      server.close();
      await storage.dispose();
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'statehold-example-'));
const path = join(folder, 'notes.db');
const image = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const first = await start(path);
const second = await start(path);
await first.ask('PUT', 'todo', 'buy milk');
await first.ask('PUT', 'todo/image.png', image);
await first.ask('PUT', 'drafts/letter', 'Dear');
assert.equal(await (await second.ask('GET', 'todo')).text(), 'buy milk');
assert.deepEqual(Buffer.from(await (await second.ask('GET', 'todo/image.png')).arrayBuffer()), image);
const { ttl } = await second.notes.getMeta('drafts/letter');
assert.ok(ttl > DAY - 600 && ttl <= DAY);
console.log(`a draft is dropped after ${Math.ceil(ttl / 3600)} hours`);

await second.ask('DELETE', 'drafts/letter');
assert.equal((await first.ask('GET', 'drafts/letter')).status, 404);
while (first.told.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
for (const instance of [first, second]) {
  await instance.stop();
}
console.log(`the first instance was told: ${first.told.join(', ')}`);
assert.deepEqual(first.told.slice(-1), ['remove notes:drafts:letter']);

const third = await start(path);
assert.deepEqual(await (await third.ask('GET', '')).json(), ['todo', 'todo:image.png']);
console.log('after a restart the notes are there');
await third.stop();
rmSync(folder, { recursive: true });
