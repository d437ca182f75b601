// The functions that a case hands to operations.
import { compute, decode, mutate } from './format.mjs';

/** A function by its specification. It may outlive the step that gave it, as a registered migration does. */
export function functionOf(executor, spec) {
  let runs = 0;
  function* body(found, version) {
    executor.calls += 1;
    runs += 1;
    if (spec.$fn === 'interfere' && (runs === 1 || spec.always)) {
      const { calls } = executor;
      yield* executor.step(executor.store, spec.step);
      executor.calls = calls;
    }
    if (spec.$fn === 'spoil') mutate(found);
    const then = spec.$fn === 'interfere' || spec.$fn === 'spoil' ? spec.then : spec;
    return compute(then, found, decode(then.value, executor.saved), version);
  }
  return (found, version) => executor.drive(body(found, version));
}

/** Functions by versions. */
export const functionsOf = (executor, specs) => Object.fromEntries(
  Object.entries(specs ?? {}).map(([version, spec]) => [version, functionOf(executor, spec)]),
);
