/** The writes of one turn of the event loop, which are committed together and settled each by itself. */
import { errorOf, now, type handles } from './native.js';

/** What became of a write: what it gives, or the envelope of an error. */
type Outcome = number | boolean | string | object;

interface Waiting {
  settle(outcome: Outcome): void;
  fail(raised: unknown): void;
}

/**
 * Gathers writes until the turn is over, its promises included, and then hands them over in one call. What comes while that
 * call is under way waits for its end: the writer would not begin with it sooner.
 */
export class Together {
  readonly #writes: handles.Writes;
  #waiting: Waiting[] = [];
  #last: Promise<void> | null = null;

  /** @internal */
  constructor(writes: handles.Writes) {
    this.#writes = writes;
  }

  /** Adds a write; what became of it is to be read by {@link outcome}. */
  add(add: (writes: handles.Writes) => void): Promise<Outcome> {
    return new Promise((settle, fail) => {
      add(this.#writes);
      this.#waiting.push({ settle, fail });
      if (this.#waiting.length === 1 && this.#last === null) this.#sendSoon();
    });
  }

  /** Hands over what was gathered, and waits until all is done that was. */
  async drain(): Promise<void> {
    // Nothing of it is to wait for a turn that may never come.
    while (this.#last !== null || this.#waiting.length > 0) await (this.#last ?? this.#send());
  }

  /** Commits what was gathered at once, and settles it. */
  drainSync(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#take();
    try {
      settle(waiting, now((later) => this.#writes.commit(later)));
    } catch (raised) {
      for (const { fail } of waiting) fail(raised);
    }
  }

  #take(): Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  /** After all promises that are settled in this turn: what goes on after them may write as well. */
  #sendSoon(): void {
    queueMicrotask(() => process.nextTick(() => void (this.#last ?? this.#send())));
  }

  async #send(): Promise<void> {
    if (this.#waiting.length === 0) return;
    let done = (): void => {};
    this.#last = new Promise((resolve) => (done = resolve));
    const waiting = this.#take();
    try {
      settle(waiting, await this.#writes.commit(true));
    } catch (raised) {
      for (const { fail } of waiting) fail(raised);
    }
    this.#last = null;
    done();
    if (this.#waiting.length > 0) this.#sendSoon();
  }
}

function settle(waiting: readonly Waiting[], text: string): void {
  const outcomes = JSON.parse(text) as Outcome[];
  waiting.forEach(({ settle }, at) => settle(outcomes[at] as Outcome));
}

/** What a write gives, or its error, which is made here so that its stack leads to the caller. */
export function outcome<T>(outcome: Outcome): T {
  if (typeof outcome === 'object') throw errorOf(outcome);
  return outcome as T;
}
