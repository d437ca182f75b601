/**
 * What was read lately, kept on this side of the crossing for as long as nobody has committed: then a value costs one
 * `JSON.parse`. That nobody has is seen by memory that SQLite changes with each commit of any process, the header of its
 * WAL-index. `docs/decisions/0025-javascript-cache.md` says why this is right.
 *
 * Layout of the header: "WAL-Index File Format" in https://sqlite.org/walformat.html. There are two copies of 48 bytes; the
 * first is written last.
 */
import type { handles } from './native.js';

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
  /** The header at which all that is kept holds. */
  readonly #known = new Int32Array(WORDS);
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
    if (shelf.era !== this.#era) return undefined;
    let found = shelf.young.get(key);
    if (found === undefined) {
      found = shelf.old.get(key);
      if (found === undefined || !this.#isNow()) return undefined;
      this.#put(shelf, key, found);
    } else if (!this.#isNow()) {
      return undefined;
    }
    this.#hits += 1;
    return found;
  }

  /** Begins a read of which {@link keep} may keep the answer; false if nothing can be kept. */
  begin(): boolean {
    const sign = this.#sign ?? this.#ask();
    if (sign === null) return false;
    if (this.#isNow()) return true;
    const header = this.#known;
    for (let at = 0; at < WORDS; at += 1) header[at] = Atomics.load(sign, at);
    this.#era += 1;
    this.#bytes = 0;
    this.#shelves.clear();
    if (isWhole(header) && this.#isNow()) return true;
    // No header is all zeroes, so this one is never that of now.
    header.fill(0);
    return false;
  }

  /** Keeps what was read since {@link begin}, if nobody has committed meanwhile. */
  keep(namespace: string, key: string, text: string | null): Shelf | undefined {
    if (!this.#isNow()) return undefined;
    let shelf = this.#shelves.get(namespace);
    if (shelf === undefined) this.#shelves.set(namespace, (shelf = new Shelf(this.#era)));
    this.#put(shelf, key, text);
    return shelf;
  }

  /** How many answers came from here, and about how much is kept. */
  get counts(): { hits: number; bytes: number } {
    return { hits: this.#hits, bytes: this.#bytes };
  }

  /** Forgets everything for good. */
  close(): void {
    this.#isClosed = true;
    this.#sign = null;
    this.#era += 1;
    this.#shelves.clear();
  }

  #put(shelf: Shelf, key: string, text: string | null): void {
    // One-byte strings, as JSON mostly is, take half of this; others take it all.
    const bytes = ENTRY_BYTES + 2 * (key.length + (text?.length ?? 0));
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
