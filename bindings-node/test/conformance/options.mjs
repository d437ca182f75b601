// Options of a step as they are given in JavaScript: in camelCase, and with the unit of times in the name.
import { START_MS, camel, decode, toMs } from './format.mjs';

const SPANS = new Set(['ttl', 'latency', 'jitter', 'timeout', 'busy_timeout', 'lock_timeout', 'journal_max_age']);
const MOMENTS = new Set(['before', 'time', 'started_at', 'failed_at']);

export function options(data, saved) {
  const entries = Object.entries(data ?? {}).map(([name, value]) => {
    const decoded = decode(value, saved);
    if (SPANS.has(name)) return [`${camel(name)}Ms`, toMs(decoded)];
    if (MOMENTS.has(name)) return [`${camel(name)}Ms`, START_MS + toMs(decoded)];
    return [camel(name), decoded];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}
