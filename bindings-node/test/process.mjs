// Scripts in processes of their own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs a module script; gives how it ended, after how long, and what it printed. */
export async function run(path, body) {
  const script = `import { open, openSync } from 'statehold'; const path = ${JSON.stringify(path)}; ${body}`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const started = Date.now();
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (data) => (printed.out += data));
  child.stderr.on('data', (data) => (printed.err += data));
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, signal, ms: Date.now() - started, ...printed };
}

/** It ended by itself and without a complaint. */
export const clean = ({ code, signal, err }) => assert.deepEqual({ code, signal, err }, { code: 0, signal: null, err: '' });
