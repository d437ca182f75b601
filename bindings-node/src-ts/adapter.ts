/** What the adapters for other libraries have in common. They use what everyone can, and nothing else of this package. */
import { InvalidValueError, openSync, type Namespace, type OpenOptions, type Store } from './index.js';

/** Where an adapter keeps its keys. */
export interface Place {
  readonly store: Store;
  readonly keys: Namespace;
  /** Closes the store, unless it was handed over: then it belongs to who opened it. */
  close(): Promise<void>;
}

/** Of which store: one that is open, or the one at a path, with the options to open it. */
export interface Where extends OpenOptions {
  readonly store?: Store | undefined;
  readonly path?: string | URL | undefined;
}

/** A namespace of that store, which is opened if it is not. */
export function placeIn(namespace: string, { store: given, path, ...opening }: Where): Place {
  if (given === undefined) {
    // Without a path it says that one is missing.
    const store = openSync(path as string | URL, opening);
    return { store, keys: store.namespace(namespace), close: () => store.close() };
  }
  const [option] = path === undefined ? Object.keys(opening) : ['path'];
  if (option !== undefined) {
    const reason = 'it is for opening a store, and one that is open was given; leave out one of the two';
    throw new InvalidValueError(`invalid value at ${option}: ${reason}`, { path: option, reason });
  }
  return { store: given, keys: given.namespace(namespace), close: async () => undefined };
}

/** The pattern of the keys that begin with a text. */
export function beginningWith(prefix: string): string {
  return `${prefix.replace(/[*?[\\]/g, '\\$&')}*`;
}
