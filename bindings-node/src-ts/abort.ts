/** Waits that an AbortSignal can end. */

/**
 * The promise, unless the signal comes first: then its reason is thrown, and what the promise gives in the end goes to
 * `late`, which has to undo it.
 */
export function abortable<T>(
  signal: AbortSignal | null | undefined,
  promise: Promise<T>,
  late: (value: T) => void = () => {},
): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (settle: () => void): void => {
      isOver = true;
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    promise.then(
      (value) => (isOver ? late(value) : end(() => resolve(value))),
      (raised: unknown) => {
        if (!isOver) end(() => reject(raised));
      },
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

/** Some milliseconds, unless the signal ends them. */
export async function pause(ms: number, signal?: AbortSignal | null): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await abortable(signal, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))));
  } finally {
    clearTimeout(timer);
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** The same without giving way to anybody. */
export function pauseSync(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
