// Values as the tests describe and spell them; see tests/src/lib.rs.
import { createHash } from 'node:crypto';

/** The value that a description stands for. */
export function build(described) {
  if (typeof described !== 'object' || described === null) return described;
  const [[kind, what]] = Object.entries(described);
  switch (kind) {
    case 'int':
      return Number.isSafeInteger(Number(what)) ? Number(what) : BigInt(what);
    case 'float':
      return Buffer.from(what, 'hex').readDoubleBE();
    case 'text':
      return what;
    case 'bytes':
      return Buffer.from(what, 'hex');
    case 'list':
      return what.map(build);
    case 'object': {
      const object = {};
      // Assigning to `__proto__` would set the prototype.
      for (const [name, value] of what) {
        Object.defineProperty(object, name, { value: build(value), enumerable: true, configurable: true, writable: true });
      }
      return object;
    }
    case 'nested':
      return nested(what);
    default:
      throw new Error(`${JSON.stringify(described)} describes no value`);
  }
}

/** So many arrays and objects in turn around a 0. */
export function nested(depth) {
  let value = 0;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { o: value };
  return value;
}

/** A text that is equal exactly if the values are. A whole number within 2^53 is an integer here, whoever wrote it. */
export function spell(value, sortNames = false) {
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : `f${bits(value)}`;
    case 'string':
      return `s${Buffer.from(value).toString('hex')}`;
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('hex')}`;
      if (Array.isArray(value)) return `[${value.map((item) => spell(item, sortNames)).join(',')}]`;
      if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError('an object with another prototype');
      return `{${members(value, sortNames).join(',')}}`;
    default:
      throw new TypeError(`a ${typeof value} came out of a store`);
  }
}

function members(object, sortNames) {
  const spelled = Object.keys(object).map((name) => {
    const { value } = Object.getOwnPropertyDescriptor(object, name);
    return `s${Buffer.from(name).toString('hex')}:${spell(value, sortNames)}`;
  });
  return sortNames ? spelled.sort() : spelled;
}

function bits(float) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(float);
  return bytes.toString('hex');
}

/** The SHA-256 of the spelling with sorted names. */
export function digest(value) {
  return createHash('sha256').update(spell(value, true)).digest('hex');
}
