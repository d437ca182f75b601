/**
 * The documents of mock clouds between JavaScript and the core: members are in camelCase on this side, and the time of a
 * transition is `{ afterMs }`. The names of parameters and what belongs to a scenario's document stay as they are.
 */
import type { Transition } from './mock-types.js';
import { refuse, shown } from './options.js';
import { decode, encode, type Json } from './value.js';

type Members = { readonly [member: string]: Json };

/** What is a document of its own, with the spelling of documents. */
const DOCUMENTS = new Set(['step', 'machine']);

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function respelt(value: Json, spell: (name: string) => string, areNames = false): Json {
  if (Array.isArray(value)) return value.map((item: Json) => respelt(item, spell));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Members).map(([name, member]): [string, Json] => {
    if (areNames) return [name, respelt(member, spell)];
    return [spell(name), DOCUMENTS.has(name) ? member : respelt(member, spell, name === 'parameters')];
  });
  return Object.fromEntries(entries);
}

/** The text of a document that came from JavaScript, in either spelling. */
export function documentText(given: unknown): string {
  return encode(respelt(decode(encode(given)), snakeCase));
}

/** A document of the core, as JavaScript has it. */
export function shownDocument<T>(text: string): T {
  return respelt(decode(text), camelCase) as T;
}

/** Parameters by their names. */
export function shownParameters<T>(text: string): T {
  return respelt(decode(text), camelCase, true) as T;
}

/** The text of a part of a state. */
export function stateText(given: unknown): string {
  return encode(respelt(inSeconds(decode(encode(given))), snakeCase));
}

/** A part of a state with the time of a transition as in documents. */
function inSeconds(state: Json): Json {
  const { settings } = (state ?? {}) as { readonly settings?: Json };
  const { transition } = (settings ?? {}) as { readonly transition?: Json };
  if (typeof transition !== 'object' || transition === null) return state;
  const packed = packedTransition(transition, '$.settings.transition');
  const seconds = typeof packed === 'number' ? packed / 1000 : packed;
  return { ...(state as Members), settings: { ...(settings as Members), transition: seconds } };
}

/** A whole state. */
export function shownState<T>(text: string): T {
  const state = shownDocument<Members>(text);
  const settings = state['settings'] as Members;
  const { transition } = settings;
  const shown = typeof transition === 'number' ? { afterMs: Math.round(transition * 1e6) / 1e3 } : transition;
  return { ...state, settings: { ...settings, transition: shown } } as T;
}

/** A transition as it crosses: a word, or milliseconds. */
export function packedTransition(transition: unknown, path = 'transition'): string | number {
  if (typeof transition === 'string') return transition;
  const { afterMs, ...rest } = (transition ?? {}) as { readonly afterMs?: unknown };
  if (typeof afterMs === 'number' && Object.keys(rest).length === 0) return afterMs;
  return refuse(path, `it must be 'immediate', 'manual' or { afterMs: a number }, not ${shown(transition)}`);
}

/** The same on its way back. */
export function shownTransition(transition: string | number): Transition {
  return typeof transition === 'number' ? { afterMs: transition } : (transition as Transition);
}
