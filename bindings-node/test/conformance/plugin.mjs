// The operations of a plugin's state: of the store, of a transaction, and in the mode `reopen` with the name first.
import { camel, decode } from './format.mjs';
import { functionOf, functionsOf } from './function.mjs';
import { options } from './options.mjs';

export function* performOnPlugin(executor, target, step) {
  const { saved } = executor;
  const name = decode(step.plugin, saved);
  const isNamed = executor.mode === 'reopen';
  const face = isNamed ? target.pluginStates() : target.plugin(name);
  const call = (method, ...args) => executor.call(face, method, ...(isNamed ? [name] : []), ...args);
  const given = options(step.with, saved);
  const last = step.with ? [given] : [];
  const args = step.args ?? [];
  const arg = (at) => decode(args[at], saved);
  switch (step.op) {
    case 'migrate':
    case 'dry_run_migrate': {
      const functions = args.length > 1 ? [functionsOf(executor, args[1])] : [];
      const done = yield call(camel(step.op), arg(0), ...functions);
      return step.op === 'migrate' ? done : { ...done, data: done.data ?? null };
    }
    case 'validate':
    case 'violations':
      if (args.length === 0) return yield call(step.op);
      return yield call(step.op, args[0]?.$fn ? functionOf(executor, args[0]) : arg(0));
    case 'export': return JSON.parse(yield call('export'));
    case 'import': return yield call('import', typeof arg(0) === 'string' ? arg(0) : JSON.stringify(arg(0)), ...last);
    case 'export_file': return yield call('exportFile', executor.file(args[0]));
    case 'import_file': return yield call('importFile', executor.file(args[0]), ...last);
    case 'register': {
      const { schemas, migrations, ...rest } = step.with ?? {};
      const registration = {
        ...options(rest, saved),
        ...(schemas ? { schemas: decode(schemas, saved) } : {}),
        ...(migrations ? { migrations: functionsOf(executor, migrations) } : {}),
      };
      face.register(...(isNamed ? [name] : []), registration);
      executor.registered.push(step);
      return undefined;
    }
    default: return yield call(camel(step.op), ...args.map((_, at) => arg(at)), ...last);
  }
}

/** Registers anew what the case has registered. */
export function* registerAgain(executor) {
  for (const step of executor.registered.splice(0)) yield* performOnPlugin(executor, executor.store, step);
}

/** What the store holds of plugins. */
export function* dumpPlugins(executor) {
  const states = executor.store.pluginStates();
  const content = [];
  for (const name of yield executor.call(states, 'names')) {
    const backups = yield executor.call(states, 'listBackups', name);
    const kept = backups.map(({ version, size, createdAtMs }) => [version, size, createdAtMs]);
    content.push([JSON.parse(yield executor.call(states, 'export', name)), kept]);
  }
  return content;
}
