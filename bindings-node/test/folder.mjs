// A folder for the stores of one test file, and waiting.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = mkdtempSync(join(tmpdir(), 'statehold-node-'));
let files = 0;
after(() => rmSync(folder, { recursive: true, maxRetries: 5 }));

/** A path that no file is at yet. */
export const fresh = () => join(folder, `${(files += 1)}.db`);

/** Waits until something is true. */
export async function until(isTrue, ms = 10_000) {
  for (const end = Date.now() + ms; !(await isTrue()); await sleep(5)) {
    if (Date.now() > end) throw new Error(`still not true after ${ms} ms: ${isTrue}`);
  }
}

export { sleep };
