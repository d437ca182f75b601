// Goal: Node has exactly the types, methods, parameters, options and errors of tests/spec/api.json. Method: derive
// the names from the manifest by its rules and compare them with the declarations that the package ships, as the
// TypeScript compiler sees them, and with the classes as they are at run time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as statehold from 'statehold';
import ts from 'typescript';
import { camel, manifest } from './conformance/format.mjs';

const api = manifest();
const { node } = api;
const types = new Map(api.types.map((type) => [type.name, type]));

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const declarations = join(root, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).types);
const program = ts.createProgram([declarations], { strict: true, lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'] });
const checker = program.getTypeChecker();
const source = program.getSourceFile(declarations);
const exported = new Map(checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map((symbol) => [symbol.name, symbol]));

const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
const isPublic = (symbol) => !/^(__|#)/.test(symbol.name)
  && !(symbol.declarations ?? []).some((declaration) => ts.getCombinedModifierFlags(declaration) & HIDDEN);

const spelled = ({ name, unit }) => (node.rename[name] ?? camel(name)) + (unit === 'seconds' ? 'Ms' : '');

/** The members of an exported type that are no symbols and not private, by name. */
function members(name) {
  assert(exported.has(name), `there is no exported type ${name}`);
  const symbol = exported.get(name);
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(target));
  return new Map(properties.filter(isPublic).map((property) => [property.name, property]));
}

/** The methods of a class itself, by name. */
function statics(name) {
  const properties = checker.getPropertiesOfType(typeOf(exported.get(name))).filter(isPublic);
  return new Map(properties.map((property) => [property.name, property]));
}

const typeOf = (symbol) => checker.getTypeOfSymbolAtLocation(symbol, source);
const propertyNames = (type) => checker.getPropertiesOfType(checker.getNonNullableType(type)).map(({ name }) => name).sort();

/** The methods that a type has in Node, its own and those of what it implements. */
function* methods(type) {
  const names = new Set();
  for (const owner of [type, ...(type.implements ?? []).map((name) => types.get(name))]) {
    for (const method of owner.methods) {
      if (names.has(method.name) || !(method.only ?? ['node']).includes('node')) continue;
      names.add(method.name);
      const other = node.methods[`${owner.name}.${method.name}`];
      if (other) yield* other.as.map((form) => ({ ...method, ...form }));
      else yield method;
    }
  }
}

/** Each declared signature must have the places and the options that the manifest says. */
function checkParameters(where, signatures, expected) {
  assert(signatures.length > 0, `${where} is no method`);
  const places = expected.filter(({ kind }) => kind === 'positional');
  const options = expected.filter(({ kind }) => kind !== 'positional').map(spelled).sort();
  const names = new Set();
  for (const signature of signatures) {
    const found = signature.getParameters();
    const last = found.at(-1);
    const withOptions = options.length > 0 && last?.name === 'options';
    if (withOptions) assert.deepEqual(propertyNames(typeOf(last)), options, `options of ${where}`);
    const given = withOptions ? found.slice(0, -1) : found;
    given.forEach((parameter, index) => assert.equal(parameter.name, places[index] && spelled(places[index]), where));
    const least = places.filter((place) => !('default' in place)).length;
    assert(given.length >= least, `${where} has too few parameters`);
    found.forEach((parameter) => names.add(parameter.name));
  }
  const all = [...places.map(spelled), ...(options.length > 0 ? ['options'] : [])];
  assert.deepEqual([...names].sort(), all.sort(), `parameters of ${where}`);
}

const gives = (signature) => checker.typeToString(signature.getReturnType());

function checkMethod(where, found, method) {
  const name = camel(method.name);
  assert(found.has(name), `there is no ${where}.${name}`);
  const signatures = typeOf(found.get(name)).getCallSignatures();
  const more = node.more_options[`${where}.${name}`]?.names ?? [];
  checkParameters(`${where}.${name}`, signatures, [...method.params, ...more.map((option) => ({ name: option, kind: 'keyword' }))]);
  if (method.sync) return [name];
  const later = method.name === 'items' ? /^Async(Iterable|Generator|IterableIterator|Iterator)/ : /^Promise</;
  for (const signature of signatures) assert.match(gives(signature), later, `${where}.${name}`);
  const twin = found.get(`${name}Sync`);
  if (!twin && node.without_twins.types.includes(where)) return [name];
  assert(twin, `there is no ${where}.${name}Sync`);
  const twins = typeOf(twin).getCallSignatures();
  checkParameters(`${where}.${name}Sync`, twins, method.params);
  for (const signature of twins) assert.doesNotMatch(gives(signature), /^(Promise|Async)/, `${where}.${name}Sync`);
  return [name, `${name}Sync`];
}

describe('types', () => {
  for (const type of types.values()) {
    test(type.name, () => {
      const found = members(type.name);
      const expected = new Set(type.fields.map(spelled));
      for (const name of expected) assert(found.has(name), `there is no ${type.name}.${name}`);
      const ofItself = [...methods(type)].filter((method) => method.static);
      for (const method of ofItself) checkMethod(type.name, statics(type.name), method);
      const ofInstances = [...methods(type)].filter((method) => !method.static);
      for (const method of ofInstances) checkMethod(type.name, found, method).forEach((name) => expected.add(name));
      const extra = node.extra[type.name]?.names ?? [];
      const optional = new Set([...extra, ...extra.map((name) => `${name}Sync`)]);
      const more = [...found.keys()].filter((name) => !expected.has(name) && !optional.has(name));
      assert.deepEqual(more, [], 'public, but not in the manifest');
      const { prototype } = statehold[type.name] ?? {};
      for (const method of prototype ? ofInstances : []) {
        assert.equal(typeof prototype[camel(method.name)], 'function', `${type.name}.${method.name} at run time`);
      }
      for (const method of ofItself) assert.equal(typeof statehold[type.name][camel(method.name)], 'function', method.name);
      if (Array.isArray(type.constructor) && !node.without_constructors.types.includes(type.name)) {
        const signatures = typeOf(exported.get(type.name)).getConstructSignatures();
        checkParameters(`new ${type.name}`, signatures, type.constructor);
      }
    });
  }
});

test('open and its options', () => {
  const options = [...api.options, ...node.options].map((option) => ({ ...option, kind: 'keyword' }));
  for (const name of ['open', 'openSync']) {
    assert(exported.has(name), `there is no ${name}`);
    assert.equal(typeof statehold[name], 'function');
    checkParameters(name, typeOf(exported.get(name)).getCallSignatures(), [...api.open.params, ...options]);
  }
});

test('functions', () => {
  for (const method of api.functions) {
    for (const name of checkMethod('statehold', exported, method)) assert.equal(typeof statehold[name], 'function');
  }
});

test('documents', () => {
  for (const { name, members: expected } of api.documents) {
    assert.deepEqual([...members(name).keys()].sort(), expected.map((member) => camel(member.name)).sort(), name);
  }
});

test('errors', () => {
  const inherited = members('StateholdError');
  for (const error of api.errors) {
    const found = [...members(error.class).keys()].filter((name) => !inherited.has(name));
    const exempt = node.extra[error.class]?.names ?? [];
    const expected = error.fields.map(spelled).filter((name) => !exempt.includes(name));
    assert.deepEqual(found.sort(), expected.sort(), `fields of ${error.class}`);
    const thrown = new statehold[error.class]('message');
    assert(thrown instanceof statehold.StateholdError && thrown instanceof Error);
    assert.equal(thrown.code, error.code);
    assert.equal(thrown.isRetryable, error.retryable);
    assert.equal(thrown.name, error.class);
  }
  const classes = Object.values(statehold).filter((value) => value?.prototype instanceof statehold.StateholdError);
  assert.deepEqual(classes.map(({ name }) => name).sort(), api.errors.map((error) => error.class).sort());
});

test('nothing else is exported at run time', () => {
  const known = new Set(['default', '__esModule', 'module.exports', 'open', 'openSync', 'StateholdError', ...api.functions.flatMap(({ name }) => [camel(name), `${camel(name)}Sync`]), ...types.keys(), ...api.errors.map((error) => error.class)]);
  assert.deepEqual(Object.keys(statehold).filter((name) => !known.has(name)), []);
});
