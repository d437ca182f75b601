/** Many reads as of one moment. */
import { later, now, type handles } from './native.js';
import { named } from './options.js';
import { SnapshotNamespace } from './reading.js';

/**
 * The store as of one moment, for reading. Others go on writing; none of it shows here. While it is held under constant
 * writing, SQLite's log grows: close it when done.
 */
export class Snapshot {
  readonly #handle: handles.Snapshot;

  /** @internal */
  constructor(handle: handles.Snapshot) {
    this.#handle = handle;
  }

  /** The last revision that it shows. */
  get revision(): number {
    return this.#handle.revision();
  }

  /** A namespace as of the moment. */
  namespace(name: string): SnapshotNamespace {
    return new SnapshotNamespace(name, this.#handle.namespace(named('namespace', name)));
  }

  /** Ends the snapshot; what was taken from it gives ClosedError from now on. */
  async close(): Promise<void> {
    await later((later) => this.#handle.close(later));
  }

  /** The twin of {@link close}. */
  closeSync(): void {
    now((later) => this.#handle.close(later));
  }

  /** Closes it at the end of `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Closes it at the end of `using`. */
  [Symbol.dispose](): void {
    this.closeSync();
  }
}
