/** How the driver for unstorage tells of changes. */
import { ClosedError, FeedLaggedError, type Namespace, type Watch } from './index.js';

/** What unstorage is told of: that a key was set, or that it is gone. */
export type WatchCallback = (event: 'update' | 'remove', key: string) => any;

/** What a change means to unstorage; when a key expires is nothing that it knows of. */
const EVENTS: Readonly<Record<string, 'update' | 'remove'>> = { set: 'update', delete: 'remove', expire: 'remove' };

/** Tells a function of the changes in a namespace, until it is ended. */
export class Report {
  readonly #keys: Namespace;
  readonly #callback: WatchCallback;
  readonly #over: Promise<void>;
  #watch: Watch;
  #isEnded = false;

  private constructor(keys: Namespace, callback: WatchCallback, watch: Watch) {
    this.#keys = keys;
    this.#callback = callback;
    this.#watch = watch;
    this.#over = this.#follow();
  }

  /** Begins with what is committed once the promise is fulfilled. */
  static async begin(keys: Namespace, callback: WatchCallback): Promise<Report> {
    return new Report(keys, callback, await keys.watch());
  }

  /** Ends it; then the function is not called any more. Ending twice is no error. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#watch.close();
    await this.#over;
  }

  async #follow(): Promise<void> {
    while (!this.#isEnded) {
      try {
        for await (const { operation, key } of this.#watch) {
          const event = EVENTS[operation];
          if (event) this.#tell(event, key);
        }
        return;
      } catch (error) {
        if (error instanceof ClosedError) return;
        warn(error);
        if (!(error instanceof FeedLaggedError)) return;
      }
      // Changes were missed, of which the warning tells; those from now on are told again.
      this.#watch = await this.#keys.watch();
    }
    this.#watch.close();
  }

  /** What the function throws is no concern of what it was told of. */
  #tell(event: 'update' | 'remove', key: string): void {
    try {
      Promise.resolve(this.#callback(event, key)).catch(warn);
    } catch (error) {
      warn(error);
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(`a callback threw ${String(error)}`));
}
