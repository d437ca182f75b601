/**
 * Values between JavaScript and JSON text. What goes in comes out equal, or is refused: what `JSON.stringify` would
 * drop or change (undefined, NaN, a Map) is an error that names the path. The core checks each text again.
 */
import { InvalidValueError } from './errors.js';

/** What a store holds beside bytes. Integers that a number can't hold exactly come back as bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

const MAX_DEPTH = 100;
const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 64n - 1n;
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
const TOO_DEEP = 'arrays and objects may be nested at most 100 deep, and must not contain themselves';

/** Why a value was refused. The path is put together on the way out, so that good values pay nothing for it. */
class Refusal {
  /** The steps to the value, the innermost first. */
  readonly path: string[] = [];

  constructor(readonly reason: string) {}
}

/**
 * The JSON text of a value; `root` is what paths inside of it begin with.
 *
 * @throws {InvalidValueError} for what would not come back equal, with the path inside the value.
 */
export function encode(value: unknown, root = '$'): string {
  try {
    return write(value, 0);
  } catch (raised) {
    if (!(raised instanceof Refusal)) throw raised;
    const path = root + raised.path.reverse().join('');
    const { reason } = raised;
    throw new InvalidValueError(`invalid value at ${path}: ${reason}`, { path, reason });
  }
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : float(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      if (value < MIN_INT || value > MAX_INT) throw new Refusal('an integer must lie within -2^63 and 2^64-1');
      return value.toString();
    case 'object':
      if (value === null) return 'null';
      if (depth === MAX_DEPTH) throw new Refusal(TOO_DEEP);
      return Array.isArray(value) ? array(value, depth + 1) : object(value, depth + 1);
    default:
      throw new Refusal(`${typeof value} is not JSON; leave it out, or store null`);
  }
}

function quote(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new Refusal('a string must not contain lone surrogates');
  return JSON.stringify(text);
}

/** A number that is no integer in other languages: it keeps a point or an exponent. */
function float(value: number): string {
  if (!Number.isFinite(value)) {
    throw new Refusal('JSON has no NaN and no infinity; a number must be finite');
  }
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function array(items: readonly unknown[], depth: number): string {
  let text = '';
  let index = 0;
  try {
    // By index, so that a hole is met as undefined and refused.
    for (; index < items.length; index += 1) text += (index === 0 ? '' : ',') + write(items[index], depth);
  } catch (raised) {
    throw within(raised, index);
  }
  return `[${text}]`;
}

function object(value: object, depth: number): string {
  if (!isPlain(value)) throw new Refusal(hint(value));
  if (Object.getOwnPropertySymbols(value).length > 0) throw new Refusal('a key must be a string, and here it is a symbol');
  let text = '';
  let step: string | undefined;
  try {
    for (const key of Object.keys(value)) {
      // A key that is refused is a matter of the object.
      step = undefined;
      const name = quote(key);
      step = key;
      text += `${text === '' ? '' : ','}${name}:${write((value as Record<string, unknown>)[key], depth)}`;
    }
  } catch (raised) {
    throw within(raised, step);
  }
  return `{${text}}`;
}

function within(raised: unknown, step: string | number | undefined): unknown {
  if (raised instanceof Refusal && step !== undefined) {
    const isPlainStep = typeof step === 'string' && /^[\p{L}_][\p{L}\p{N}_]*$/u.test(step);
    raised.path.push(isPlainStep ? `.${step}` : `[${JSON.stringify(step)}]`);
  }
  return raised;
}

/** An object without a class, of this realm or another (`vm`, test runners). */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null
  );
}

function hint(value: object): string {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return 'bytes can be a value by themselves but not a part of one; encode them as text, or store them under a key of their own';
  }
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  const made = typeof (value as { toJSON?: unknown }).toJSON === 'function' ? ', for example what its toJSON() gives' : '';
  return `${typeof name === 'string' && name ? `a ${name}` : 'an object with a prototype'} would not come back as what it is; store plain objects and arrays${made}`;
}

/** An integer of 16 digits or more may be one that a number can't hold. */
const LONG_NUMBER = /\d{16}/;

/** The value of a JSON text of the store. */
export function decode(text: string): Json {
  return LONG_NUMBER.test(text) ? new ExactParser(text).parse() : (JSON.parse(text) as Json);
}

/** Parses JSON text that is known to be valid, with integers that a number can't hold as bigint. */
class ExactParser {
  readonly #tokens: RegExpStringIterator<RegExpExecArray>;

  constructor(text: string) {
    this.#tokens = text.matchAll(/[[\]{}]|"(?:[^"\\]|\\.)*"|[-\d][-+.\deE]*|true|false|null/g);
  }

  parse(): Json {
    return this.#value(this.#next());
  }

  #next(): string {
    const token = this.#tokens.next();
    if (token.done) throw new SyntaxError('unexpected end of JSON text');
    return token.value[0];
  }

  #value(token: string): Json {
    if (token === '[') {
      const items: Json[] = [];
      for (let item = this.#next(); item !== ']'; item = this.#next()) items.push(this.#value(item));
      return items;
    }
    if (token === '{') {
      const made: { [key: string]: Json } = {};
      for (let key = this.#next(); key !== '}'; key = this.#next()) {
        const name = JSON.parse(key) as string;
        const value = this.#value(this.#next());
        // Assigning to `__proto__` would set the prototype.
        if (name !== '__proto__') made[name] = value;
        else Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
      }
      return made;
    }
    const scalar = JSON.parse(token) as Json;
    const isInexact = typeof scalar === 'number' && !Number.isSafeInteger(scalar) && /^-?\d+$/.test(token);
    return isInexact ? BigInt(token) : scalar;
  }
}
