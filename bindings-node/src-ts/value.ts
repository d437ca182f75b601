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
    // As a literal it would cost each import of the package half a millisecond.
    const isPlainStep = typeof step === 'string' && new RegExp('^[\\p{L}_][\\p{L}\\p{N}_]*$', 'u').test(step);
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

/** Whether `JSON.parse` makes of it what the store holds. */
export function isPlainJson(text: string): boolean {
  return !LONG_NUMBER.test(text);
}

/** The value of a JSON text of the store. */
export function decode(text: string): Json {
  return LONG_NUMBER.test(text) ? new ExactParser(text).parse() : (JSON.parse(text) as Json);
}

const NUMBER = /[-+.\deE]+/y;

/** Parses JSON text that is known to be valid, with integers that a number can't hold as bigint. */
class ExactParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Json {
    switch (this.#peek()) {
      case '[':
        return this.#array();
      case '{':
        return this.#object();
      case '"':
        return this.#string();
      case 't':
        return this.#take(4, true);
      case 'f':
        return this.#take(5, false);
      case 'n':
        return this.#take(4, null);
      default:
        return this.#number();
    }
  }

  /** The next character that is no white space. */
  #peek(): string {
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined) throw new SyntaxError('unexpected end of JSON text');
      if (next !== ' ' && next !== '\n' && next !== '\r' && next !== '\t') return next;
      this.#at += 1;
    }
  }

  #take<T>(length: number, value: T): T {
    this.#at += length;
    return value;
  }

  /** Whether there is another item. Takes the bracket or the comma before it, or the end. */
  #more(end: string): boolean {
    if (this.#peek() === end) return this.#take(1, false);
    this.#at += 1;
    return this.#peek() !== end || this.#take(1, false);
  }

  #array(): Json {
    const items: Json[] = [];
    while (this.#more(']')) items.push(this.parse());
    return items;
  }

  #object(): Json {
    const made: { [key: string]: Json } = {};
    while (this.#more('}')) {
      const name = this.#string();
      this.#peek();
      this.#at += 1;
      const value = this.parse();
      // Assigning to `__proto__` would set the prototype.
      if (name !== '__proto__') made[name] = value;
      else Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return made;
  }

  #string(): string {
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw new SyntaxError('unexpected end of JSON text');
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #isEscaped(at: number): boolean {
    let before = at - 1;
    while (this.#text[before] === '\\') before -= 1;
    return (at - before) % 2 === 0;
  }

  #number(): Json {
    NUMBER.lastIndex = this.#at;
    const [token] = NUMBER.exec(this.#text) ?? [''];
    this.#at += token.length;
    const number = JSON.parse(token) as number;
    return !Number.isSafeInteger(number) && /^-?\d+$/.test(token) ? BigInt(token) : number;
  }
}
