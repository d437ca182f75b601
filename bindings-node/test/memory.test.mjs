// Goal: a program that works on and on stops growing. Method: a process of its own gets, sets, deletes and does so in
// batches, blocking, awaiting each call and many at once, over a thousand keys. It looks at its size all the time, after it
// has collected its garbage: once it has come to work at its full size, it stays there. 200,000 operations in a normal
// run, 10 million with `STATEHOLD_LONG=1`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fresh } from './folder.mjs';

const OPERATIONS = process.env.STATEHOLD_LONG === '1' ? 10_000_000 : 200_000;

/** By how many bytes a process may grow while it does what it has done before: V8 keeps some of what it had. */
const SLACK = 16 * 2 ** 20;

const SCRIPT = `
  import { open } from 'statehold';
  const [path, operations] = [process.argv[1], Number(process.argv[2])];
  const sizes = [];
  const note = (done) => {
    if (done < operations / 4 || Math.floor((done * 100) / operations) <= sizes.length + 24) return;
    gc();
    sizes.push(process.memoryUsage.rss());
  };
  // Marsaglia's generator of 32 bits.
  let state = 7;
  const below = (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
  // The journal is short, so that the file comes to its full size soon.
  const store = await open(path, { durability: 'normal', journalMaxRows: 1000 });
  const ns = store.namespace('a');
  const oneAfterTheOther = async (calls) => { for (const call of calls) await call(); };
  const allAtOnce = (calls) => Promise.all(calls.map((call) => call()));
  for (let done = 0; done < operations; done += 10) {
    const [first, what, how] = [below(1000), below(100), below(3)];
    const keys = Array.from({ length: 10 }, (_, at) => \`key \${first + at}\`);
    const value = { text: 'v'.repeat(first % 200), list: [first, null, 0.5], is: true };
    if (what < 5) await ns.batchSet(keys.map((key) => [key, value]));
    else if (what < 10) await ns.batchGet(keys);
    else {
      const [waiting, blocking] =
        what < 20
          ? [(key) => ns.set(key, value), (key) => ns.setSync(key, value)]
          : what < 25
            ? [(key) => ns.delete(key), (key) => ns.deleteSync(key)]
            : [(key) => ns.get(key), (key) => ns.getSync(key)];
      if (how === 0) keys.forEach((key) => blocking(key));
      else await (how === 1 ? oneAfterTheOther : allAtOnce)(keys.map((key) => () => waiting(key)));
    }
    note(done);
  }
  await store.close();
  console.log(JSON.stringify(sizes));`;

test('a process that works on and on stops growing', async () => {
  const given = ['--expose-gc', '--input-type=module', '--eval', SCRIPT, fresh(), String(OPERATIONS)];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, given, { cwd });
  const sizes = JSON.parse(stdout);
  assert.ok(sizes.length > 50, `it has looked ${sizes.length} times`);
  console.log(`${OPERATIONS} operations: ${sizes[0]} bytes after a quarter of them, ${Math.max(...sizes)} at the most`);
  assert.ok(Math.max(...sizes) <= sizes[0] + SLACK, `it has grown: ${sizes}`);
});
