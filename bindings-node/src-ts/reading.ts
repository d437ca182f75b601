/** The operations that read: what a namespace and one of a snapshot have in common. */
import { unpack, unpackEntry, unpackPairs } from './content.js';
import { later, lift, now, type Call, type handles } from './native.js';
import { LISTING, checked, listed, named, namedKeys } from './options.js';
import type { Recall, Shelf } from './recall.js';
import type { Entry, ListOptions, Value } from './types.js';
import { isPlainJson } from './value.js';

/** Has a call answered by a promise. A transaction answers one after the other. */
export type Ask = <T>(call: Call<T>) => Promise<T>;

/** Where answers may be known. */
export interface Known {
  readonly handle: handles.Namespace;
  readonly recall: Recall;
}

/** A value as it was found: on this side, by a look, or by a call. */
type Found = handles.Content | handles.Held;

/** Of how many keys a batch is kept on this side: of more, one text is less work than a string for each. */
const MOST_KEPT = 4096;

/** What the classes of this package may see of a namespace and others may not. */
export let insideOf: (namespace: Reading) => { handle: handles.SnapshotNamespace; ask: Ask };

/** What reads keys of a namespace. */
export abstract class Reading {
  /** The namespace's name. */
  readonly name: string;
  readonly #handle: handles.SnapshotNamespace;
  readonly #ask: Ask;

  static {
    insideOf = (namespace) => ({ handle: namespace.#handle, ask: namespace.#ask });
  }

  /** What may know an answer without a look at the file; undefined where each call has to be made. */
  readonly #known: Known | undefined;
  /** What is kept of it on this side. */
  #shelf: Shelf | undefined;

  /** @internal */
  constructor(name: string, handle: handles.SnapshotNamespace, ask: Ask = later, known?: Known) {
    this.name = name;
    this.#handle = handle;
    this.#ask = ask;
    this.#known = known;
  }

  /**
   * The value of a key; `defaultValue` if it is absent or has expired. Bytes come back as a Buffer, integers that a
   * number can't hold exactly as a bigint. What comes back is the caller's own.
   *
   * @throws {InvalidNameError} for what can't be a key, here as everywhere below.
   */
  get<T = Value>(key: string): Promise<T | undefined>;
  get<T = Value>(key: string, defaultValue: T): Promise<T>;
  async get<T>(key: string, defaultValue?: T): Promise<T | undefined> {
    const known = this.#knownValue(key);
    const found = known !== undefined ? known : await this.#ask((later) => this.#handle.get(named('key', key), later));
    return found === null || found === undefined ? defaultValue : shown<T>(found);
  }

  /** The twin of {@link get}. */
  getSync<T = Value>(key: string): T | undefined;
  getSync<T = Value>(key: string, defaultValue: T): T;
  getSync<T>(key: string, defaultValue?: T): T | undefined {
    const known = this.#knownValue(key);
    const found = known !== undefined ? known : now((later) => this.#handle.get(named('key', key), later));
    return found === null || found === undefined ? defaultValue : shown<T>(found);
  }

  /** The value of a key with its revision and times; null if it is absent or has expired. */
  async entry<T = Value>(key: string): Promise<Entry<T> | null> {
    const name = named('key', key);
    const known = this.#recall((known) => known.knownEntry(name));
    const found = known !== undefined ? known : await this.#ask((later) => this.#handle.entry(name, later));
    return found ? unpackEntry<T>(found) : null;
  }

  /** The twin of {@link entry}. */
  entrySync<T = Value>(key: string): Entry<T> | null {
    const found = now((later) => this.#handle.entry(named('key', key), later));
    return found ? unpackEntry<T>(found) : null;
  }

  /** Whether a key is there. */
  async exists(key: string): Promise<boolean> {
    const name = named('key', key);
    const known = this.#recall((known) => known.knownExistence(name));
    return known ?? this.#ask((later) => this.#handle.exists(name, later));
  }

  /** The twin of {@link exists}. */
  existsSync(key: string): boolean {
    return now((later) => this.#handle.exists(named('key', key), later));
  }

  /**
   * How many milliseconds a key still lives; null if it never expires.
   *
   * @throws {KeyNotFoundError} if it is absent or has expired.
   */
  async getTtl(key: string): Promise<number | null> {
    return (await this.#ask((later) => this.#handle.getTtl(named('key', key), later))) ?? null;
  }

  /** The twin of {@link getTtl}. */
  getTtlSync(key: string): number | null {
    return now((later) => this.#handle.getTtl(named('key', key), later)) ?? null;
  }

  /**
   * The keys that match a glob pattern, sorted by their UTF-8 bytes: `*`, `?`, `[a-z]`, `[!a]`, and a backslash that
   * takes the next character as it is. It costs by the keys that begin with the pattern's literal prefix.
   */
  async list(pattern = '*', options?: ListOptions): Promise<string[]> {
    const listing = checked(options, LISTING) as handles.Listing | undefined;
    return keysOf(await this.#ask((later) => this.#handle.list(named('pattern', pattern), listing, later)));
  }

  /** The twin of {@link list}. */
  listSync(pattern = '*', options?: ListOptions): string[] {
    const listing = checked(options, LISTING) as handles.Listing | undefined;
    return keysOf(now((later) => this.#handle.list(named('pattern', pattern), listing, later)));
  }

  /**
   * The keys that match with their values, in the order of {@link list}. They are read page by page, each as of its own
   * moment (in a transaction and on a snapshot all as of one), so nothing is held while the iteration is paused, and
   * memory does not grow with the namespace.
   */
  async *items<T = Value>(pattern = '*', options?: ListOptions): AsyncGenerator<[string, T], void, undefined> {
    const pages = this.#pages(pattern, options);
    for (;;) {
      const page = unpackPairs<T>(await this.#ask((later) => pages.nextPage(later)));
      if (page.length === 0) return;
      yield* page;
    }
  }

  /** The twin of {@link items}. */
  *itemsSync<T = Value>(pattern = '*', options?: ListOptions): Generator<[string, T], void, undefined> {
    const pages = this.#pages(pattern, options);
    for (;;) {
      const page = unpackPairs<T>(now((later) => pages.nextPage(later)));
      if (page.length === 0) return;
      yield* page;
    }
  }

  /** The value of a key if it is known, null if it is known that there is none; undefined if that is not known. */
  #knownValue(key: string): Found | null | undefined {
    if (this.#known === undefined) return undefined;
    const { recall, handle } = this.#known;
    const kept = this.#shelf && recall.find(this.#shelf, key);
    if (kept !== undefined) return kept;
    const name = named('key', key);
    const mayKeep = recall.begin();
    const found = this.#recall(() => handle.knownValue(name));
    if (mayKeep && (found === null || (typeof found === 'string' && isPlainJson(found)))) {
      this.#shelf = recall.keep(this.name, name, found) ?? this.#shelf;
    }
    return found;
  }

  /** What is known of it, so that no thread has to be asked; undefined if that is nothing. */
  #recall<T>(look: (known: handles.Namespace) => T): T | undefined {
    if (this.#known === undefined) return undefined;
    try {
      return look(this.#known.handle);
    } catch (raised) {
      throw lift(raised);
    }
  }

  #pages(pattern: string, options: ListOptions | undefined): handles.Items {
    const listing = checked(options, LISTING) as handles.Listing | undefined;
    return now(() => this.#handle.items(named('pattern', pattern), listing));
  }

  /** How many keys match. */
  async count(pattern = '*'): Promise<number> {
    return this.#ask((later) => this.#handle.count(named('pattern', pattern), later));
  }

  /** The twin of {@link count}. */
  countSync(pattern = '*'): number {
    return now((later) => this.#handle.count(named('pattern', pattern), later));
  }

  /** The values of those keys that are there, as of one moment, in the order asked for. */
  async batchGet<T = Value>(keys: Iterable<string>): Promise<Map<string, T>> {
    const wanted = listed(keys);
    const kept = this.#keptBatch<T>(wanted);
    if (kept !== undefined) return kept;
    const names = namedKeys(wanted);
    const known = this.#learnBatch<T>(wanted, names);
    if (known !== undefined) return known;
    const found = this.#recall((known) => known.knownBatch(names));
    return new Map(unpackPairs<T>(found ?? (await this.#ask((later) => this.#handle.batchGet(names, later)))));
  }

  /** The twin of {@link batchGet}. */
  batchGetSync<T = Value>(keys: Iterable<string>): Map<string, T> {
    const wanted = listed(keys);
    const kept = this.#keptBatch<T>(wanted);
    if (kept !== undefined) return kept;
    const names = namedKeys(wanted);
    const known = this.#learnBatch<T>(wanted, names);
    return known ?? new Map(unpackPairs<T>(now((later) => this.#handle.batchGet(names, later))));
  }

  /** The answer to a batch, if all of it is kept on this side. */
  #keptBatch<T>(keys: readonly string[]): Map<string, T> | undefined {
    const kept = this.#shelf && this.#known?.recall.findAll(this.#shelf, keys);
    return kept && parsed<T>(keys, kept);
  }

  /** The answer to a batch, if all of it is known and may be kept on this side from now on. */
  #learnBatch<T>(keys: readonly string[], names: string): Map<string, T> | undefined {
    if (keys.length > MOST_KEPT || !this.#known?.recall.begin()) return undefined;
    const texts = this.#recall((known) => known.knownTexts(names));
    if (!texts?.every((text) => text === null || isPlainJson(text))) return undefined;
    this.#shelf = this.#known.recall.keepAll(this.name, keys, texts) ?? this.#shelf;
    return parsed<T>(keys, texts);
  }
}

/** Keys from the one text in which they cross. */
function keysOf(text: string): string[] {
  return JSON.parse(text) as string[];
}

/** What is there of these keys, whose texts are given; all is parsed at once. */
function parsed<T>(keys: readonly string[], texts: readonly (string | null)[]): Map<string, T> {
  const found = new Map<string, T>();
  const values = JSON.parse(`[${texts.map((text) => text ?? 'null').join()}]`) as T[];
  for (let at = 0; at < keys.length; at += 1) {
    if (texts[at] !== null) found.set(keys[at] as string, values[at] as T);
  }
  return found;
}

/** A namespace as it was at one moment. Reading renews no TTL here. */
export class SnapshotNamespace extends Reading {}

function shown<T>(found: Found): T {
  return unpack<T>(typeof found === 'object' && 'value' in found ? found.value : found);
}
