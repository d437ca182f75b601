/**
 * What was read lately, kept on this side of the crossing for as long as nobody has changed it: then a value costs one
 * `JSON.parse`. That nobody has committed is seen by memory that SQLite changes with each commit of any process, the header of
 * its WAL-index; what the store itself has committed, it tells. `docs/decisions/0025-javascript-cache.md` says why this is right.
 *
 * Layout of the header: "WAL-Index File Format" in https://sqlite.org/walformat.html. There are two copies of 48 bytes; the
 * first is written last.
 */
import type { handles } from './native.js';
import { isPlainJson } from './value.js';

/** How long one copy is, and where in it its parts are, in words of 32 bits. */
const WORDS = 12;
const SALTS = 8;
const SUMS = 10;

/** What an entry takes beside its texts, about: places in a Map, and the heads of two strings. */
const ENTRY_BYTES = 120;

/** What is kept of one namespace: JSON texts, and null for what is known not to be there. */
class Shelf {
  /** The time that it is of; none when it was put away. */
  era: number;
  young = new Map<string, string | null>();
  old = new Map<string, string | null>();

  constructor(era: number) {
    this.era = era;
  }
}

/** What is kept of a store. */
export class Recall {
  readonly #handle: handles.Store;
  /** How much each of the two generations may take. */
  readonly #mostBytes: number;
  /** Both copies of the header; null before the first read, where it can't be had, and when the store is closed. */
  #sign: Int32Array | null = null;
  #isClosed = false;
  /** How often it was asked for in vain. */
  #refused = 0;
  /** The header at which all that is kept holds, and behind it room for the one that comes next. */
  readonly #headers = new Int32Array(2 * WORDS);
  readonly #known = this.#headers.subarray(0, WORDS);
  readonly #next = this.#headers.subarray(WORDS);
  readonly #headerBytes = new Uint8Array(this.#headers.buffer);
  #shelves = new Map<string, Shelf>();
  /** Counts the headers: what was kept at another one is forgotten. */
  #era = 1;
  #bytes = 0;
  #hits = 0;

  /** @internal */
  constructor(handle: handles.Store, mostBytes: number) {
    this.#handle = handle;
    this.#mostBytes = mostBytes / 2;
  }

  /** The text of a key, or null, if it is known; undefined if it is not. */
  find(shelf: Shelf, key: string): string | null | undefined {
    // What is looked up below is what the store holds at this moment.
    if (!this.begin() || shelf.era !== this.#era) return undefined;
    const found = this.#look(shelf, key);
    if (found !== undefined) this.#hits += 1;
    return found;
  }

  /** The same for several keys, as of one moment; undefined if one of them is not known. */
  findAll(shelf: Shelf, keys: readonly string[]): (string | null)[] | undefined {
    if (!this.begin() || shelf.era !== this.#era) return undefined;
    const all: (string | null)[] = [];
    for (const key of keys) {
      const found = this.#look(shelf, key);
      if (found === undefined) return undefined;
      all.push(found);
    }
    this.#hits += keys.length;
    return all;
  }

  /** Begins a read of which {@link keep} may keep the answer; false if nothing can be kept. */
  begin(): boolean {
    const sign = this.#sign ?? this.#ask();
    return sign !== null && (this.#isNow() || this.#follow(sign) !== null);
  }

  /** Keeps what was read since {@link begin}, if nobody has committed meanwhile. */
  keep(namespace: string, key: string, text: string | null): Shelf | undefined {
    if (!this.#isNow()) return undefined;
    const shelf = this.#shelfOf(namespace);
    this.#put(shelf, key, text);
    return shelf;
  }

  /** The same for what was read of several keys. */
  keepAll(namespace: string, keys: readonly string[], texts: readonly (string | null)[]): Shelf | undefined {
    if (!this.#isNow()) return undefined;
    const shelf = this.#shelfOf(namespace);
    keys.forEach((key, at) => this.#put(shelf, key, texts[at] as string | null));
    return shelf;
  }

  /** Keeps what this store has just set, for good, if it is all that was committed since the last look. */
  keepSet(namespace: string, key: string, text: string): void {
    if (this.#sign === null || this.#shelves.size === 0 || this.#isNow()) return;
    const changed = this.#follow(this.#sign);
    // One change, of this key: it is the one that was just made.
    if (changed?.length !== 2 || changed[0] !== namespace || changed[1] !== key) return;
    if (isPlainJson(text)) this.keep(namespace, key, text);
  }

  /** How many answers came from here, and about how much is kept. */
  get counts(): { hits: number; bytes: number } {
    return { hits: this.#hits, bytes: this.#bytes };
  }

  /** Forgets everything for good. */
  close(): void {
    this.#isClosed = true;
    this.#sign = null;
    this.#forget();
  }

  /**
   * Goes over to the header of now, without what was changed since the one before, as far as commits of this store alone have
   * led from the one to the other, and without anything otherwise. Gives what was changed, namespace before key; null if what is
   * kept is not of now.
   */
  #follow(sign: Int32Array): string[] | null {
    const next = this.#next;
    for (let at = 0; at < WORDS; at += 1) next[at] = Atomics.load(sign, at);
    if (!isWhole(next)) return null;
    const text = this.#shelves.size > 0 ? this.#handle.changedBetween(this.#headerBytes) : null;
    // A commit of this store is about to tell what it has changed.
    if (text === undefined) return null;
    const changed = text === null ? [] : (JSON.parse(text) as string[]);
    if (text === null) this.#forget();
    for (let at = 0; at < changed.length; at += 2) this.#drop(changed[at] as string, changed[at + 1] as string);
    this.#known.set(next);
    return this.#isNow() ? changed : null;
  }

  #forget(): void {
    this.#era += 1;
    this.#bytes = 0;
    this.#shelves.clear();
  }

  #drop(namespace: string, key: string): void {
    const shelf = this.#shelves.get(namespace);
    if (shelf === undefined) return;
    const text = shelf.young.get(key);
    if (text !== undefined) this.#bytes -= bytesOf(key, text);
    shelf.young.delete(key);
    shelf.old.delete(key);
  }

  #shelfOf(namespace: string): Shelf {
    let shelf = this.#shelves.get(namespace);
    if (shelf === undefined) this.#shelves.set(namespace, (shelf = new Shelf(this.#era)));
    return shelf;
  }

  #look(shelf: Shelf, key: string): string | null | undefined {
    const young = shelf.young.get(key);
    if (young !== undefined) return young;
    const old = shelf.old.get(key);
    if (old !== undefined) this.#put(shelf, key, old);
    return old;
  }

  #put(shelf: Shelf, key: string, text: string | null): void {
    const bytes = bytesOf(key, text);
    if (bytes > this.#mostBytes / 4) return;
    if (this.#bytes + bytes > this.#mostBytes) this.#age();
    this.#bytes += bytes;
    shelf.young.set(key, text);
  }

  /** What was not asked for since this was done last is forgotten. */
  #age(): void {
    for (const [name, shelf] of this.#shelves) {
      shelf.old = shelf.young;
      shelf.young = new Map();
      if (shelf.old.size > 0) continue;
      shelf.era = 0;
      this.#shelves.delete(name);
    }
    this.#bytes = 0;
  }

  /** Whether the header is the one at which all that is kept holds. Atomics keep the engine from reading it but once. */
  #isNow(): boolean {
    const sign = this.#sign;
    if (sign === null) return false;
    const known = this.#known;
    for (let at = 0; at < 2 * WORDS; at += 1) {
      if (Atomics.load(sign, at) !== known[at < WORDS ? at : at - WORDS]) return false;
    }
    return known[0] !== 0;
  }

  /** Asks for the header, which there is from the first read of the store on. */
  #ask(): Int32Array | null {
    // Where it is refused once too often it will not come any more.
    if (this.#isClosed || this.#refused > 8) return null;
    const memory = this.#handle.commitSign();
    this.#refused += 1;
    if (memory) this.#sign = new Int32Array(memory);
    return this.#sign;
  }
}

export type { Shelf };

/** What an entry takes, about. One-byte strings, as JSON mostly is, take half of this; others take it all. */
function bytesOf(key: string, text: string | null): number {
  return ENTRY_BYTES + 2 * (key.length + (text?.length ?? 0));
}

/** Whether it is a header as SQLite writes it, by the sums at its end, and not the one that each empty log begins with. */
function isWhole(header: Int32Array): boolean {
  let one = 0;
  let other = 0;
  for (let at = 0; at < SUMS; at += 2) {
    one = (one + (header[at] as number) + other) | 0;
    other = (other + (header[at + 1] as number) + one) | 0;
  }
  const isSalted = header[SALTS] !== 0 || header[SALTS + 1] !== 0;
  return header[0] !== 0 && isSalted && header[SUMS] === one && header[SUMS + 1] === other;
}
