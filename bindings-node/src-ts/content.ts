/** Values and pairs as they cross: JSON as text, bytes as they are, many of them in one text. */
import { isUint8Array } from 'node:util/types';
import { refuse, named, shown } from './options.js';
import type { handles } from './native.js';
import { decode, encode } from './value.js';
import type { Entry, Entries, Storable } from './types.js';

export function pack(value: Storable): handles.Content {
  if (isUint8Array(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    refuse('$', 'bytes are stored from a Uint8Array or a Buffer, as which they come back; wrap it in one');
  }
  return encode(value);
}

export function unpack<T>(content: handles.Content): T {
  return (typeof content === 'string' ? decode(content) : content) as T;
}

export function unpackEntry<T>(entry: handles.Entry): Entry<T> {
  return { ...entry, value: unpack<T>(entry.value), expiresAtMs: entry.expiresAtMs ?? null };
}

export function unpackPairs<T>({ text, places, bytes }: handles.Pairs): [string, T][] {
  const flat = decode(text) as unknown[];
  places.forEach((place, index) => {
    flat[place] = bytes[index];
  });
  const pairs: [string, T][] = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at] as string, flat[at + 1] as T]);
  return pairs;
}

export function packEntries(entries: Entries): handles.Entries {
  const keys: string[] = [];
  const values: string[] = [];
  const bytes: Buffer[] = [];
  for (const [key, value] of pairsOf(entries)) {
    keys.push(named('key', key));
    const content = pack(value);
    values.push(typeof content === 'string' ? content : '');
    if (typeof content !== 'string') bytes.push(content);
  }
  return { keys: JSON.stringify(keys), values: values.join('\n'), bytes };
}

function pairsOf(entries: Entries): Iterable<readonly [string, Storable]> {
  if (typeof entries !== 'object' || entries === null || isUint8Array(entries)) {
    refuse('entries', `they must be an object, a Map, or pairs of key and value, not ${shown(entries)}`);
  }
  if (Symbol.iterator in entries) return entries as Iterable<readonly [string, Storable]>;
  return Object.entries(entries as Record<string, Storable>);
}
