/** What is checked of arguments before they cross into the core, which can't see it any more behind the crossing. */
import { fileURLToPath } from 'node:url';
import { InvalidNameError, InvalidValueError } from './errors.js';
import { native, now } from './native.js';

/** The options of a call and their types. */
type Kinds = Readonly<Record<string, 'number' | 'numeric' | 'boolean' | 'string' | 'signal' | 'object' | 'path' | 'function' | 'any'>>;

const WANTED = {
  number: 'a number',
  numeric: 'a number or a bigint',
  boolean: 'true or false',
  string: 'a string',
  signal: 'an AbortSignal',
  object: 'an object',
  path: 'a string or a file URL',
  function: 'a function',
  any: 'a value',
};

export const OPEN = {
  durability: 'string',
  busyTimeoutMs: 'number',
  lockTimeoutMs: 'number',
  journal: 'string',
  journalMaxRows: 'number',
  journalMaxAgeMs: 'number',
  maxValueBytes: 'number',
  maxWalBytes: 'number',
  cacheBytes: 'number',
  maxBackups: 'number',
  maxReceipts: 'number',
  background: 'boolean',
  label: 'string',
  followSymlinks: 'boolean',
  allowNetwork: 'boolean',
  create: 'boolean',
  faults: 'boolean',
  clock: 'object',
} as const;
export const LISTING = { limit: 'number', startAfter: 'string', reverse: 'boolean' } as const;
export const TTL = { ttlMs: 'number' } as const;
export const SETTING = {
  ttlMs: 'number',
  keepTtl: 'boolean',
  onlyIfAbsent: 'boolean',
  onlyIfPresent: 'boolean',
  ifRevision: 'number',
} as const;
export const MAKING = { ttlMs: 'number', signal: 'signal' } as const;
export const NAMESPACE = { ttlMs: 'number', sliding: 'boolean' } as const;
export const TRANSACTION = {
  maxRetries: 'number',
  lock: 'boolean',
  lockTimeoutMs: 'number',
  durability: 'string',
  signal: 'signal',
} as const;
export const WATCHING = { facet: 'string', namespace: 'string', pattern: 'string', after: 'number', signal: 'signal' } as const;
export const IMPORTING = { ifRevision: 'number', allowNewer: 'boolean' } as const;
export const LOADING = { version: 'number', allowNewer: 'boolean' } as const;
export const SAVING = { ...LOADING, ...IMPORTING } as const;
export const REGISTERING = { version: 'number', schemas: 'object', migrations: 'object', maxBackups: 'number' } as const;
export const CREATING = { caseId: 'string', history: 'string' } as const;
export const CASES = { status: 'string', pattern: 'string', limit: 'number', startAfter: 'string' } as const;
export const RECEIPTS = { after: 'number', limit: 'number' } as const;
export const ROTATING = { keep: 'number', beforeMs: 'number', archive: 'path' } as const;
export const EFFECT = { key: 'string', onDoubt: 'string' } as const;
export const WAY = { failure: 'object', note: 'string', step: 'string' } as const;
export const TRANSITION = { ...WAY, ifRevision: 'number' } as const;
export const FAILURE = {
  step: 'string',
  kind: 'string',
  summary: 'string',
  startedAtMs: 'number',
  failedAtMs: 'number',
  traceId: 'string',
  traceFile: 'string',
  details: 'any',
} as const;
export const ENVIRONMENTS = { state: 'string', lifecycle: 'string' } as const;
export const CREATING_ENVIRONMENT = { lifecycle: 'string' } as const;
export const AT = { revision: 'number', timeMs: 'number' } as const;
export const COMMAND_LOCK = { timeoutMs: 'number', ttlMs: 'number', purpose: 'string' } as const;
export const LOCKING = { ...COMMAND_LOCK, reentrant: 'boolean' } as const;
export const COMMAND = { inProgress: 'string', success: 'string', error: 'string' } as const;
export const FAULT = {
  failNext: 'boolean',
  alwaysFail: 'boolean',
  times: 'number',
  probability: 'number',
  seed: 'numeric',
  errorCode: 'string',
  errorMessage: 'string',
  latencyMs: 'number',
  jitterMs: 'number',
  afterCommit: 'boolean',
} as const;
export const MOCK_CLOUD = { fixtures: 'object', transition: 'any' } as const;
export const OPEN_MOCK_CLOUD = { ...MOCK_CLOUD, persistTo: 'path', debounceMs: 'number', clock: 'object' } as const;
export const BACKUP = { overwrite: 'boolean', progress: 'function' } as const;
export const RESTORE = { force: 'boolean', progress: 'function' } as const;
export const EXPORT = { namespace: 'string', since: 'number', overwrite: 'boolean', progress: 'function' } as const;
export const IMPORT = { merge: 'boolean', progress: 'function' } as const;
export const UPGRADE = { backup: 'path', progress: 'function' } as const;
export const VERIFY = { head: 'object' } as const;
export const HEAD = { revision: 'number', hash: 'string' } as const;

/** Refuses a value with the name of its parameter. */
export function refuse(path: string, reason: string): never {
  throw new InvalidValueError(`invalid value at ${path}: ${reason}`, { path, reason });
}

/** Options in which every name exists and every value has its type; one that is null or undefined is not given. */
export function checked<T extends object>(given: T | undefined, kinds: Kinds): T | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null) {
    refuse('options', `they must be an object such as { ${Object.keys(kinds)[0]}: … }, not ${shown(given)}`);
  }
  let nulls = false;
  for (const name of Object.keys(given)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    const value: unknown = given[name as keyof T];
    if (kind === undefined) now(() => native.refuseOption(name, Object.keys(kinds)));
    else if (value === null) nulls ||= kind !== 'any';
    else if (value !== undefined && !isOf(kind, value)) {
      refuse(name, `it must be ${WANTED[kind]}, not ${shown(value)}`);
    }
  }
  if (!nulls) return given;
  // Not handed on: behind the crossing an option that is not given is one that is not there.
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== null || kinds[name] === 'any'),
  ) as T;
}

function isOf(kind: Kinds[string], value: unknown): boolean {
  if (kind === 'signal') return value instanceof AbortSignal;
  if (kind === 'any') return true;
  if (kind === 'path') return typeof value === 'string' || value instanceof URL;
  return kind === 'numeric' ? typeof value === 'number' || typeof value === 'bigint' : typeof value === kind;
}

/** A text that names something. A lone surrogate would be replaced on the way. */
export function named(what: string, name: string): string {
  if (typeof name === 'string' && name.isWellFormed()) return name;
  const reason = typeof name === 'string' ? 'it has a lone surrogate' : `it must be a string, not ${shown(name)}`;
  throw new InvalidNameError(`${what} ${shown(name)} is not allowed: ${reason}`, { what, name: String(name), reason });
}

/** Keys as an array of its own. */
export function listed(keys: Iterable<string>): string[] {
  return typeof keys === 'string' ? refuse('keys', 'they must be an array or another iterable of strings') : [...keys];
}

/** Keys as they cross: in one text. */
export function namedKeys(keys: Iterable<string>): string {
  const list = listed(keys);
  for (const key of list) named('key', key);
  return JSON.stringify(list);
}

/** A number that a parameter needs. */
export function numeric(path: string, value: number): number {
  return typeof value === 'number' ? value : refuse(path, `it must be a number, not ${shown(value)}`);
}

/** A text that a parameter needs. */
export function textual(path: string, value: string): string {
  return typeof value === 'string' ? value : refuse(path, `it must be a string, not ${shown(value)}`);
}

/** A flag that a parameter needs. */
export function flag(path: string, value: boolean): boolean {
  return typeof value === 'boolean' ? value : refuse(path, `it must be true or false, not ${shown(value)}`);
}

/** The path of a file. */
export function filePath(path: string | URL): string {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  return typeof file === 'string' ? file : refuse('path', `it must be a string or a file URL, not ${shown(file)}`);
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** What something thrown says. */
export function reasonOf(raised: unknown): string {
  return raised instanceof Error ? raised.message || raised.name : String(raised);
}
