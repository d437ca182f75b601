// How a measurement is taken: a rate over many calls without a look at the clock, then single calls.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The quantiles by nearest rank, of times in milliseconds. */
export function latencies(taken) {
  const ordered = Float64Array.from(taken).sort();
  const at = (share) => ordered[Math.max(0, Math.ceil(share * ordered.length) - 1)] * 1000;
  return { p50_us: at(0.5), p99_us: at(0.99), max_us: at(1) };
}

/** Has a function called for each item; those that promise are awaited. */
export async function each(items, call, promises) {
  if (promises) for (const item of items) await call(item);
  else for (const item of items) call(item);
}

/** Times each call. That costs time itself, which is why a rate is never worked out of it. */
export async function ofCalls(items, call, promises) {
  const taken = [];
  for (const item of items) {
    const start = performance.now();
    if (promises) await call(item);
    else call(item);
    taken.push(performance.now() - start);
  }
  return latencies(taken);
}

/** Operations a second of work that can be done again and gives how many operations it was. */
export async function repeated(work, seconds) {
  const start = performance.now();
  for (let done = 0; ; ) {
    done += await work();
    const elapsed = (performance.now() - start) / 1000;
    if (elapsed >= seconds) return done / elapsed;
  }
}

/** Operations a second of work that is done only once. */
export const once = (work) => repeated(work, 0);

/** A figure of this process's memory, in bytes; null where the system does not tell it. */
function memory(name) {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return found ? Number(found[1]) * 1024 : null;
  } catch {
    return null;
  }
}

export const residentBytes = () => memory('VmRSS');
export const mostResidentBytes = () => memory('VmHWM');

/** What the files in a folder take on the disk: a file with holes less than its length says. */
export function fileBytes(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks * 512, 0);
}
