/** Time that tests steer. */
import { native, now, type handles } from './native.js';
import { checked, numeric, refuse } from './options.js';

/** The native half of a clock, for the classes of this package. */
export let handleOf: (clock: ManualClock) => handles.ManualClock;

/** A clock that moves only when it is told to, for tests of one's own TTL logic without sleeping: `open(path, { clock })`. */
export class ManualClock {
  readonly #handle: handles.ManualClock;

  static {
    handleOf = (clock) => (#handle in clock ? clock.#handle : refuse('clock', 'it must be a ManualClock'));
  }

  /** Starts at `startMs`, in milliseconds since 1970, or at the machine's present time. */
  constructor(options?: { readonly startMs?: number | undefined }) {
    const startMs = checked(options, { startMs: 'number' })?.startMs;
    this.#handle = now(() => new native.ManualClock(startMs));
  }

  /** Moves the clock forward. */
  advanceMs(ms: number): void {
    now(() => this.#handle.advanceMs(numeric('ms', ms)));
  }

  /** Sets the clock, in milliseconds since 1970, also backwards, as an administrator or a time server would. */
  setMs(ms: number): void {
    now(() => this.#handle.setMs(numeric('ms', ms)));
  }

  /** What it shows, in milliseconds since 1970. Besides whoever moves it, a latency that is waited for by it does. */
  nowMs(): number {
    return this.#handle.nowMs();
  }
}
