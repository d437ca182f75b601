// The same from CommonJS.
import statehold = require('statehold');

export const isRetryable = (error: unknown): boolean => error instanceof statehold.StateholdError && error.isRetryable;
