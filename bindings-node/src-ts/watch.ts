/** The change feed. */
import { abortable } from './abort.js';
import { ClosedError } from './errors.js';
import { later, now, type Call, type handles } from './native.js';
import { numeric } from './options.js';
import type { Change } from './types.js';

/**
 * The changes of a store as they are committed, made by {@link Store.watch} and {@link Namespace.watch}: each once, in the
 * order of the commits and without a gap, whichever process committed it. Keys that expire are told when they are purged,
 * about a second later at most.
 *
 *     for await (const { key, operation } of await store.watch({ namespace: 'jobs' })) { … }
 *
 * Waiting for a change keeps the process alive and costs next to nothing. The loop ends when the watch is closed, by an
 * error, or with the reason of its signal; leaving it closes the watch.
 */
export class Watch implements AsyncIterable<Change> {
  readonly #handle: handles.Watch;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.close();

  /** @internal */
  constructor(handle: handles.Watch, signal?: AbortSignal | null) {
    this.#handle = handle;
    this.#signal = signal ?? undefined;
    this.#signal?.addEventListener('abort', this.#onAbort);
  }

  /** The revision to go on after, by `store.watch({ after })`: every change up to it has been given out. */
  get revision(): number {
    return this.#handle.revision();
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#handle.isClosed();
  }

  /**
   * The next change, waiting for it for at most so long; null when the time is up.
   *
   * @throws {FeedLaggedError} when the journal no longer reaches back to where this watch is.
   * @throws {ClosedError} when the watch or its store has been closed, also while this waits.
   */
  async nextWithin(timeoutMs: number): Promise<Change | null> {
    const end = performance.now() + numeric('timeoutMs', timeoutMs);
    for (let left = timeoutMs; ; left = Math.max(0, end - performance.now())) {
      const isReady = await later((later) => this.#handle.ready(left, later));
      const found = isReady ? now(() => this.#handle.nextBuffered()) : null;
      // Another one who waits may have taken it.
      if (found || !isReady) return found;
    }
  }

  /** The twin of {@link nextWithin}. */
  nextWithinSync(timeoutMs: number): Change | null {
    const isReady = now((later) => this.#handle.ready(numeric('timeoutMs', timeoutMs), later));
    return isReady ? now(() => this.#handle.nextBuffered()) : null;
  }

  /** The next change, if there is one now; else null. */
  async tryNext(): Promise<Change | null> {
    return this.nextWithin(0);
  }

  /** The twin of {@link tryNext}. */
  tryNextSync(): Change | null {
    return this.nextWithinSync(0);
  }

  /** The changes, each waited for. */
  [Symbol.asyncIterator](): AsyncIterator<Change, undefined> {
    let isOver = false;
    const end = (): IteratorReturnResult<undefined> => {
      isOver = true;
      this.close();
      return { done: true, value: undefined };
    };
    const next = async (): Promise<IteratorResult<Change, undefined>> => {
      if (isOver) return end();
      try {
        const value = now(() => this.#handle.nextBuffered()) ?? (await this.nextWithin(Infinity));
        return isOver || !value ? end() : { done: false, value };
      } catch (raised) {
        const isFirst = !isOver;
        const wasClosed = raised instanceof ClosedError && this.isClosed;
        end();
        if (isFirst && this.#signal?.aborted) throw this.#signal.reason;
        if (wasClosed) return end();
        throw raised;
      }
    };
    return { next, return: async () => end() };
  }

  /** Ends the watch and the waiting for it. Closing twice is no error. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#handle.close();
  }

  /** Closes it at the end of `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Begins a watch that a signal ends. */
export async function beginWatch(call: Call<handles.Watch>, signal: AbortSignal | null | undefined): Promise<Watch> {
  signal?.throwIfAborted();
  return new Watch(await abortable(signal, later(call), (late) => late.close()), signal);
}
