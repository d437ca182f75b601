// The types as a user meets them: compiled by `npm run types`, never run.
import { ConflictError, InvalidValueError, StateholdError } from 'statehold';

export function describe(error: unknown): string {
  if (error instanceof ConflictError) {
    const code: 'CONFLICT' = error.code;
    const expected: number | null = error.expected;
    return `${code} ${expected ?? 'none'}`;
  }
  if (error instanceof InvalidValueError) return error.path;
  // @ts-expect-error: no error has such a field
  if (error instanceof StateholdError) return error.nosuch;
  throw error;
}
