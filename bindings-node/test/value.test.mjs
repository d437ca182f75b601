// Values: what goes in comes out equal, or is refused with the path. The codec alone, without a store.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import { InvalidValueError } from 'statehold';

const { encode, decode } = createRequire(import.meta.url)('../dist/value.js');

/** The text is a JavaScript object's own property order; each case is `[value, text]`. */
const round = [
  [null, 'null'],
  [true, 'true'],
  [0, '0'],
  [-0, '-0.0'],
  [42, '42'],
  [1.5, '1.5'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  [2 ** 53, '9007199254740992.0'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [2n ** 53n, '9007199254740992'],
  [2n ** 64n - 1n, '18446744073709551615'],
  [-(2n ** 63n), '-9223372036854775808'],
  ['', '""'],
  ['a"b\\c\n\u0000\u2028 é 😀', '"a\\"b\\\\c\\n\\u0000\u2028 é 😀"'],
  [[], '[]'],
  [{}, '{}'],
  [[1, [2, { a: [] }]], '[1,[2,{"a":[]}]]'],
  [{ b: 1, a: { 'x y': null } }, '{"b":1,"a":{"x y":null}}'],
  [{ big: 2n ** 60n, text: 'a 1234567890123456 "quoted" ]}', f: 1234567890123456.5, deep: [[{}]] }, undefined],
  [JSON.parse('{"__proto__":{"polluted":true}}'), '{"__proto__":{"polluted":true}}'],
  [JSON.parse('{"__proto__":1,"n":1}'), undefined],
];

for (const [value, text] of round) {
  test(`${text ?? JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))} comes back equal`, () => {
    const written = encode(value);
    if (text !== undefined) assert.equal(written, text);
    assert.deepStrictEqual(decode(written), value);
    // The exact parser is taken for the whole value as soon as one number is long.
    assert.deepStrictEqual(decode(`[${written},1234567890123456789]`), [value, 1234567890123456789n]);
    assert.equal({}.polluted, undefined);
  });
}

test('an object without a prototype and one of another realm are plain', () => {
  assert.equal(encode(Object.assign(Object.create(null), { a: 1 })), '{"a":1}');
  assert.equal(encode(vm.runInNewContext('({ a: [1] })')), '{"a":[1]}');
});

test('integers that a number holds are numbers, also in the exact parser', () => {
  assert.deepStrictEqual(decode('[1, 9007199254740991, 9007199254740992, 1.0, 1e3]'), [
    1,
    9007199254740991,
    9007199254740992n,
    1,
    1000,
  ]);
});

class Point {}
const cyclic = {};
cyclic.self = [cyclic];
const deep = (levels) => (levels === 0 ? 1 : [deep(levels - 1)]);

const refused = [
  ['undefined', undefined, '$'],
  ['a member that is undefined', { a: { b: undefined } }, '$.a.b'],
  ['a hole', { list: [1, , 3] }, '$.list[1]'],
  ['NaN', [0, NaN], '$[1]'],
  ['Infinity', { 'a b': -Infinity }, '$["a b"]'],
  ['a function', { toJSON() {} }, '$.toJSON'],
  ['a symbol', [Symbol('s')], '$[0]'],
  ['a symbol as key', { users: [{ [Symbol('s')]: 1 }] }, '$.users[0]'],
  ['a bigint above the range', 2n ** 64n, '$'],
  ['a bigint below the range', -(2n ** 63n) - 1n, '$'],
  ['a lone surrogate', { users: [{ name: 'a\ud800b' }] }, '$.users[0].name'],
  ['a lone surrogate in a key', { ok: 1, '\udc00': 1 }, '$'],
  ['a Map', { m: new Map() }, '$.m'],
  ['a Date', [new Date(0)], '$[0]'],
  ['a class', new Point(), '$'],
  ['a boxed string', [new String('x')], '$[0]'],
  ['bytes inside', { b: Buffer.from('x') }, '$.b'],
  ['101 levels', deep(101), `$${'[0]'.repeat(100)}`],
];

for (const [what, value, path] of refused) {
  test(`${what} is refused at ${path.slice(0, 30)}`, () => {
    assert.throws(
      () => encode(value),
      (error) => {
        assert.ok(error instanceof InvalidValueError, String(error));
        assert.equal(error.code, 'INVALID_VALUE');
        assert.equal(error.path, path);
        assert.equal(error.message, `invalid value at ${path}: ${error.reason}`);
        return true;
      },
    );
  });
}

test('100 levels are fine, and a value that contains itself is refused', () => {
  assert.deepStrictEqual(decode(encode(deep(100))), deep(100));
  assert.throws(() => encode(cyclic), InvalidValueError);
});

test('refusals say what to do', () => {
  assert.throws(() => encode({ at: new Date(0) }), /a Date would not come back as what it is.*toJSON/);
  assert.throws(() => encode([new Uint8Array(1)]), /encode them as text/);
});

test('an error of a getter goes through as it is', () => {
  const error = new RangeError('mine');
  assert.throws(() => encode({ get a() { throw error; } }), (raised) => raised === error);
});

test('random values come back equal', () => {
  const seed = Number(process.env.STATEHOLD_SEED ?? Date.now() % 2 ** 31);
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  const text = () => Array.from({ length: random(5) }, () => 'aé"\\\n😀_1 '.at(random(10)) ?? '').join('').toWellFormed();
  const make = (depth) => {
    switch (random(depth > 4 ? 6 : 8)) {
      case 0: return random(2) === 0;
      case 1: return random(1000) - 500;
      case 2: return (random(2 ** 20) - 2 ** 19) * 2 ** (random(200) - 100);
      case 3: return (random(2) ? 1n : -1n) * (2n ** 53n + BigInt(random(2 ** 22)) * 2n ** 40n);
      case 4: return text();
      case 5: return null;
      case 6: return Array.from({ length: random(4) }, () => make(depth + 1));
      default: return Object.fromEntries(Array.from({ length: random(4) }, () => [text(), make(depth + 1)]));
    }
  };
  for (let round = 0; round < 2000; round += 1) {
    const value = make(0);
    assert.deepStrictEqual(decode(encode(value)), value, `STATEHOLD_SEED=${seed}, round ${round}: ${encode(value)}`);
  }
});
