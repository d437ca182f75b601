/** Migrations and validators: the functions of the caller, between the calls of the native half. */
import { now, type handles } from './native.js';
import { reasonOf, refuse, shown } from './options.js';
import { ask, run, type Steps } from './steps.js';
import type { MigrationFunction, MigrationPreview, Migrations, PluginState } from './plugin-types.js';
import { decode, encode, type Json } from './value.js';

/** The migrations that plugins have registered on a store, by plugin. */
export type Registered = Map<string, Migrations>;

/** Where the functions for the steps are: in the call, or else registered. */
type Functions = (version: number) => MigrationFunction | undefined;

/** The versions that migrations lead to. */
export function versionsOf(migrations: Migrations | undefined): number[] {
  if (migrations === undefined) return [];
  if (typeof migrations !== 'object' || migrations === null) {
    refuse('migrations', `they must be an object such as { 2: (data) => … }, not ${shown(migrations)}`);
  }
  return Object.entries(migrations).map(([version, fn]: [string, unknown]) => {
    if (typeof fn !== 'function') refuse(`migrations[${version}]`, `it must be a function, not ${shown(fn)}`);
    return Number(version);
  });
}

export function* load<T>(
  handle: handles.Plugin,
  options: handles.LoadingOptions | undefined,
  functions: Functions,
): Steps<PluginState<T> | undefined> {
  for (;;) {
    const found = yield* ask((later) => handle.beginLoad(options, later));
    if (!found) return undefined;
    if (!('nextStep' in found)) {
      const { version, data, revision, pluginName, lastModifiedMs } = found;
      return { version, data: decode(data) as T, revision, metadata: { pluginName, lastModifiedMs } };
    }
    yield* complete(found, functions);
  }
}

export function* migrate(
  handle: handles.Plugin,
  target: number,
  versions: number[],
  functions: Functions,
): Steps<[number, number]> {
  const migration = yield* ask((later) => handle.beginMigration(target, versions, later));
  const { fromVersion, toVersion } = yield* complete(migration, functions);
  return [fromVersion, toVersion];
}

export function* preview<T>(
  handle: handles.Plugin,
  target: number,
  versions: number[],
  functions: Functions,
): Steps<MigrationPreview<T>> {
  const migration = yield* ask((later) => handle.beginMigration(target, versions, later));
  yield* runSteps(migration, functions);
  const { fromVersion, toVersion, data, patch } = now(() => migration.preview());
  const decoded = data === null || data === undefined ? undefined : (decode(data) as T);
  return { fromVersion, toVersion, data: decoded, patch: decode(patch) as Json[] };
}

/** Runs the steps and commits, until nobody has saved in between. */
function* complete(migration: handles.Migration, functions: Functions): Steps<handles.Migrated> {
  for (;;) {
    yield* runSteps(migration, functions);
    const migrated = yield* ask((later) => migration.commit(later));
    if (migrated) return migrated;
  }
}

function* runSteps(migration: handles.Migration, functions: Functions): Steps<void> {
  for (let step = migration.nextStep(); step; step = migration.nextStep()) {
    const { fromVersion, toVersion, data } = step;
    let result: unknown;
    try {
      const fn = functions(toVersion);
      if (!fn) throw new Error('its function is not at hand here');
      result = yield* run(() => fn(decode(data), fromVersion));
    } catch (raised) {
      return fail(migration, reasonOf(raised), raised);
    }
    let text: string;
    try {
      text = encode(result);
    } catch (raised) {
      return fail(migration, `its result can't be stored: ${reasonOf(raised)}`, raised);
    }
    now(() => migration.stepDone(text));
  }
}

/** Throws the error of a step that failed, with its cause. */
function fail(migration: handles.Migration, reason: string, cause: unknown): void {
  try {
    now(() => migration.stepFailed(reason));
  } catch (raised) {
    throw Object.assign(raised as Error, { cause });
  }
}

export function* validate(handle: handles.Plugin, fn: (data: any) => unknown): Steps<boolean> {
  const data = yield* ask((later) => handle.beginValidation(later));
  if (data === null || data === undefined) return true;
  let valid: unknown;
  try {
    valid = yield* run(() => fn(decode(data)));
  } catch (cause) {
    try {
      return yield* ask((later) => handle.validationFailed(reasonOf(cause), later));
    } catch (raised) {
      throw Object.assign(raised as Error, { cause });
    }
  }
  if (typeof valid !== 'boolean') refuse('validator', `it must give true or false, not ${shown(valid)}`);
  return valid;
}
