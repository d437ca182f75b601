/** A commit without reading: a plain list of checks and mutations. */
import { pack } from './content.js';
import { later, now, type handles } from './native.js';
import { SAVING, SETTING, checked, named, numeric } from './options.js';
import type { SaveOptions } from './plugin-types.js';
import type { Receipt, SetOptions, Storable } from './types.js';
import { encode } from './value.js';

/** Checks and mutations that are committed together, or not at all. Nothing happens before {@link commit}. */
export class Atomic {
  readonly #handle: handles.Atomic;

  /** @internal */
  constructor(handle: handles.Atomic) {
    this.#handle = handle;
  }

  /** The key must be at this revision; null or 0: absent. */
  check(namespace: string, key: string, revision: number | null): this {
    const expected = revision === null ? null : numeric('revision', revision);
    now(() => this.#handle.check(named('namespace', namespace), named('key', key), expected));
    return this;
  }

  /** Sets a key, with a TTL or on a condition, which counts as a check of the whole commit. */
  set(namespace: string, key: string, value: Storable, options?: SetOptions): this {
    const setting = checked(options, SETTING) as handles.Setting | undefined;
    now(() => this.#handle.set(named('namespace', namespace), named('key', key), pack(value), setting));
    return this;
  }

  /** Deletes a key, if it is there. */
  delete(namespace: string, key: string): this {
    now(() => this.#handle.delete(named('namespace', namespace), named('key', key)));
    return this;
  }

  /** Saves a plugin's state; what it replaces is kept as a backup. The options count as checks of the whole commit. */
  savePlugin(name: string, data: Storable, options?: SaveOptions): this {
    const saving = checked(options, SAVING) as handles.Saving | undefined;
    now(() => this.#handle.savePlugin(named('plugin', name), encode(data), saving));
    return this;
  }

  /**
   * Commits all of it, once.
   *
   * @throws {ConflictError} that names the check that failed; nothing was written.
   */
  async commit(): Promise<Receipt> {
    return later((later) => this.#handle.commit(later));
  }

  /** The twin of {@link commit}. */
  commitSync(): Receipt {
    return now((later) => this.#handle.commit(later));
  }
}
