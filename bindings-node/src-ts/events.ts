/** Events of a store, delivered on the event loop of the thread that asked for them. */
import { isPromise } from 'node:util/types';
import { now, type handles } from './native.js';
import { refuse, shown } from './options.js';
import type { StoreEvents } from './event-types.js';

type Listener = (event: never) => unknown;

/** Those that somebody listens to. What they still have is delivered before the process ends of itself. */
const heard = new Set<Events>();
const deliverAll = (): void => heard.forEach((events) => events.deliver());

/** The callbacks of a store. */
export class Events {
  readonly #store: handles.Store;
  readonly #listeners = new Map<string, Listener[]>();
  /** There while anybody listens. */
  #queue: handles.EventQueue | undefined;

  constructor(store: handles.Store) {
    this.#store = store;
  }

  on<E extends keyof StoreEvents>(event: E, callback: (event: StoreEvents[E]) => unknown): void {
    if (typeof callback !== 'function') refuse('callback', `it must be a function, not ${shown(callback)}`);
    const others = this.#listeners.get(event);
    if (others) {
      others.push(callback);
      return;
    }
    const queue = (this.#queue ??= now(() => this.#store.events(() => this.deliver())));
    now(() => queue.on(String(event)));
    this.#listeners.set(event, [callback]);
    if (heard.size === 0) process.on('beforeExit', deliverAll);
    heard.add(this);
  }

  off<E extends keyof StoreEvents>(event: E, callback: (event: StoreEvents[E]) => unknown): void {
    const listeners = this.#listeners.get(event) ?? [];
    const at = listeners.lastIndexOf(callback);
    if (at < 0) return;
    if (listeners.length > 1) {
      // A new array, since an event may be on its way through the old one.
      this.#listeners.set(event, listeners.toSpliced(at, 1));
      return;
    }
    this.#queue?.off(event);
    this.#listeners.delete(event);
    if (this.#listeners.size === 0) this.#end();
  }

  /** Delivers what has happened and ends. */
  close(): void {
    this.deliver();
    this.#listeners.clear();
    this.#end();
  }

  #end(): void {
    // It would keep the store from being collected: it holds the function that wakes this.
    this.#queue = undefined;
    heard.delete(this);
    if (heard.size === 0) process.off('beforeExit', deliverAll);
  }

  deliver(): void {
    for (const payload of this.#queue?.take() ?? []) {
      const event = inMilliseconds(JSON.parse(payload) as { event: string; time?: string });
      for (const listener of this.#listeners.get(event.event) ?? []) call(listener, event);
    }
  }
}

/** A time as every other one in this package, instead of a text. */
function inMilliseconds({ time, ...event }: { event: string; time?: string }): { event: string } {
  return time === undefined ? event : { ...event, ...{ timeMs: Date.parse(time) } };
}

/** What a callback throws, or its promise is rejected with, is no concern of what it was told of. */
export function call(listener: Listener, event: unknown): void {
  try {
    const given = listener(event as never);
    if (isPromise(given)) given.catch(warn);
  } catch (raised) {
    warn(raised);
  }
}

function warn(raised: unknown): void {
  process.emitWarning(raised instanceof Error ? raised : new Error(`a callback threw ${shown(raised)}`));
}
