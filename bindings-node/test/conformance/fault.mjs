// The operations on faults, and those that show what faults do to many calls.
import { FaultError, StateholdError } from 'statehold';
import { ABSENT, camel, decode, toMs } from './format.mjs';
import { options } from './options.mjs';

function faultsOf(executor, step) {
  if (step.faults === true) return executor.store.faults;
  if (typeof step.faults === 'string') return executor.store.mockCloud(step.faults).faults;
  return decode(step.faults, executor.saved).faults;
}

export function* performOnFaults(executor, step) {
  const faults = faultsOf(executor, step);
  const args = (step.args ?? []).map((arg) => decode(arg, executor.saved));
  const last = step.with ? [options(step.with, executor.saved)] : [];
  switch (step.op) {
    case 'set_global_latency': return yield executor.call(faults, 'setGlobalLatency', toMs(args[0]));
    case 'set_operation_failure': return yield executor.call(faults, 'setOperationFailure', args[0], ...(last.length > 0 ? last : [{}]));
    case 'get_global_latency': return (yield executor.call(faults, 'getGlobalLatency')) / 1e3;
    case 'get_operation_failure': return (yield executor.call(faults, 'getOperationFailure', ...args)) ?? ABSENT;
    default: return yield executor.call(faults, camel(step.op), ...args);
  }
}

/** Which of so many calls, one after the other, failed. */
export function* draws(executor, target, step) {
  let drawn = '';
  for (let call = 0; call < step.times; call += 1) {
    try {
      yield* executor.perform(target, step.step);
      drawn += '.';
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      drawn += 'x';
    }
  }
  return drawn;
}

/** How so many calls ended: at once, or with the Sync twins one after the other. */
export function* parallel(executor, step) {
  function* one() {
    try {
      yield* executor.perform(executor.store, step.step);
      return 'ok';
    } catch (error) {
      if (!(error instanceof StateholdError)) throw error;
      return error.code;
    }
  }
  const calls = Array.from({ length: step.times }, () => executor.drive(one()));
  const ends = executor.isSync ? calls : yield Promise.all(calls);
  const codes = [...new Set(ends)].sort((left, right) => Number(left !== 'ok') - Number(right !== 'ok') || (left < right ? -1 : 1));
  return Object.fromEntries(codes.map((code) => [code, ends.filter((end) => end === code).length]));
}
