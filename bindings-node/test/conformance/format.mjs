// The data format of the conformance cases (tests/spec/README.md): decoding, comparing, functions.
import { readdirSync, readFileSync } from 'node:fs';

const SPEC = new URL('../../../tests/spec/', import.meta.url);
const read = (path) => JSON.parse(readFileSync(new URL(path, SPEC), 'utf8'));

/** Where every case's clock starts, in milliseconds since 1970. */
export const START_MS = 1_700_000_000_000;

/** No value, as opposed to null: what `get` gives for a missing key. */
export const ABSENT = undefined;

/** What the functions and transactions of a case throw; never an error of the package. */
export class Raised extends Error {}

/** Any text that contains this one. */
class Containing {
  constructor(part) {
    this.part = part;
  }
}

export const manifest = () => read('api.json');

/** Every case, with the name of its file. */
export function* cases() {
  for (const file of readdirSync(new URL('cases', SPEC)).sort()) {
    for (const testCase of read(`cases/${file}`).cases) yield [file.replace('.json', ''), testCase];
  }
}

export const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** Seconds as milliseconds, without the dust of binary fractions. */
export const toMs = (seconds) => (Number.isFinite(seconds) ? Math.round(seconds * 1e6) / 1e3 : seconds);

/** An object of pairs, by definition of its members: assigning `__proto__` would do something else. */
function object(pairs) {
  const result = {};
  for (const [name, value] of pairs) {
    Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function float(text) {
  const named = { nan: NaN, inf: Infinity, '-inf': -Infinity, '-0.0': -0 };
  return text in named ? named[text] : Buffer.from(text, 'hex').readDoubleBE();
}

function nest(depth, kind) {
  let value = kind === 'array' ? [] : {};
  for (let level = 1; level < depth; level += 1) value = kind === 'array' ? [value] : { a: value };
  return value;
}

function cycle(kind) {
  const value = kind === 'array' ? [] : {};
  value[kind === 'array' ? 0 : 'a'] = value;
  return value;
}

/** The keys and values that `fill` writes, from `start` up to `stop`, or backwards. */
export function filled(prefix, start, stop) {
  const numbers = Array.from({ length: Math.abs(stop - start) }, (_, index) => Math.min(start, stop) + index);
  if (start > stop) numbers.reverse();
  return numbers.map((number) => [prefix + String(number).padStart(5, '0'), number]);
}

/** The value that a piece of a case's data stands for. */
export function decode(data, saved) {
  if (Array.isArray(data)) return data.map((item) => decode(item, saved));
  if (data === null || typeof data !== 'object') return data;
  const [[name, value] = []] = Object.entries(data);
  switch (name) {
    case '$absent': return ABSENT;
    case '$bytes': return Buffer.from(value, 'hex');
    case '$float': return float(value);
    case '$int': return BigInt(value);
    case '$repeat': return value[0].repeat(value[1]);
    case '$concat': return value.map((part) => decode(part, saved)).join('');
    case '$surrogate': return String.fromCharCode(parseInt(value, 16));
    case '$nest': return nest(...value);
    case '$cycle': return cycle(value);
    case '$object': return object(value.map(([key, item]) => [decode(key, saved), decode(item, saved)]));
    case '$contains': return new Containing(decode(value, saved));
    case '$keys': return filled(...value).map(([key]) => key);
    case '$items': return filled(...value);
    case '$filled': return object(filled(...value));
    case '$saved': return 'field' in data ? saved[value][camel(data.field)] : saved[value];
    default: return object(Object.entries(data).map(([key, item]) => [key, decode(item, saved)]));
  }
}

/** Equality without mercy: types, the sign of zero, the order of members. */
export function same(found, expected, { ordered = true } = {}) {
  if (expected instanceof Containing) return typeof found === 'string' && found.includes(expected.part);
  // An integer that a number holds exactly comes back as a number, any other as a BigInt.
  if (typeof expected === 'bigint' && Number.isSafeInteger(Number(expected))) expected = Number(expected);
  if (expected === null || typeof expected !== 'object') return Object.is(found, expected);
  if (found === null || typeof found !== 'object') return false;
  if (expected instanceof Uint8Array) return found instanceof Uint8Array && Buffer.compare(found, expected) === 0;
  if (found instanceof Uint8Array) return false;
  if (Array.isArray(expected)) {
    return Array.isArray(found) && found.length === expected.length && expected.every((item, i) => same(found[i], item));
  }
  if (Array.isArray(found)) return false;
  const members = (value) => (value instanceof Map ? [...value] : Object.entries(value));
  const order = ([left], [right]) => (left < right ? -1 : Number(left > right));
  const [left, right] = [members(found), members(expected)];
  if (!ordered) [left, right].forEach((entries) => entries.sort(order));
  return left.length === right.length
    && left.every(([key, value], i) => key === right[i][0] && same(value, right[i][1]));
}

/** The result of a named function, given what it found under the key. */
export function compute(spec, found, value, version) {
  const nothing = found === undefined || found === null;
  switch (spec.$fn) {
    case 'member': return { ...found, [spec.name]: value };
    case 'version': return { ...found, saw: [...(found.saw ?? []), version] };
    case 'return': return value;
    case 'same': return found;
    case 'wrap': return [nothing ? null : found];
    case 'append': return [...(nothing ? [] : found), value];
    case 'add': return (nothing ? 0 : found) + value;
    case 'raise': throw new Raised('raised by the function');
    default: throw new Error(`the function ${spec.$fn} must not run`);
  }
}

/** Changes a value in place, outside and inside, as far as it can be changed. */
export function mutate(value) {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return;
  if (value instanceof Uint8Array) return void value.fill(0xee);
  if ('metadata' in value && 'data' in value) return void mutate(value.data);
  for (const item of value instanceof Map ? value.values() : Object.values(value)) mutate(item);
  if (Array.isArray(value)) value.push('changed');
  else if (value instanceof Map) value.set('changed', true);
  else if (!('createdAtMs' in value)) value.changed = true;
}
