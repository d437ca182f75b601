// The application: it waits, tries again, and finds out whether a call whose answer was lost was done.

/** How often a call is made at most that is throttled. */
const TRIES = 6;
/** The pause before the second try; each one after is twice as long. */
const FIRST_PAUSE_MS = 200;
/** How long to wait between two looks. */
const LOOK_EVERY_MS = 2_000;
/** How long a server may take to start or stop, and a command to run. */
const PATIENCE_MS = 120_000;
/** The size of what is backed up. */
const WORLD_BYTES = 2_100_000_000;

/** Manages one server. It waits by the clock that it is given: `{ nowMs(), sleep(ms) }`. */
export class ServerManager {
  #provider;
  #clock;

  constructor(provider, clock) {
    this.#provider = provider;
    this.#clock = clock;
  }

  /** Starts the server, waits until it runs, and returns its address. */
  async start() {
    await this.#askFor('running', 'starting', (provider) => provider.start());
    for (;;) {
      // The address may come a little later than the state.
      const address = await this.#patiently((provider) => provider.address());
      if (address) return address;
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** Stops the server and waits until it has. */
  async stop() {
    await this.#askFor('stopped', 'stopping', (provider) => provider.stop());
  }

  /** Has the provider take the server to a state, and waits until it is there. */
  async #askFor(wanted, onTheWay, ask) {
    const state = await this.#state();
    if (state === 'other') throw new Error('the server is in no state in which this can be done');
    if (state !== wanted && state !== onTheWay) {
      try {
        await this.#patiently(ask);
      } catch (error) {
        // It may have been done: the state tells.
        if (error.kind !== 'unanswered') throw error;
      }
    }
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      const found = await this.#state();
      if (found === wanted) return;
      if (waitedMs >= PATIENCE_MS) {
        throw new Error(`after ${PATIENCE_MS / 1000} s the server is ${found} and not yet ${wanted}`);
      }
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
  }

  /** One line on how the server is doing. */
  async status() {
    const state = await this.#state();
    const address = await this.#patiently((provider) => provider.address());
    return address ? `${state} at ${address}` : state;
  }

  /** Makes a backup and returns its name. One whose answer is lost is looked for, so that there are never two. */
  async backUp() {
    const name = `world-${Math.floor(this.#clock.nowMs() / 1000)}.tar.gz`;
    try {
      await this.#patiently((provider) => provider.addBackup(name, WORLD_BYTES));
    } catch (error) {
      if (error.kind !== 'unanswered') throw error;
      const backups = await this.#patiently((provider) => provider.backups());
      if (!backups.some((backup) => backup.name === name)) throw error;
    }
    return name;
  }

  /** The backups, a line each, the newest first. */
  async backups() {
    const nowMs = this.#clock.nowMs();
    const backups = await this.#patiently((provider) => provider.backups());
    return backups.map(({ name, madeAtMs, bytes }) => {
      const hours = Math.floor((nowMs - madeAtMs) / 3_600_000);
      return `${name}: ${(bytes / 1e9).toFixed(1)} GB, ${hours} h old`;
    });
  }

  /** What this month costs, a line for each service. */
  async costs() {
    const { totalCost, currency, breakdown } = await this.#patiently((provider) => provider.bill());
    const lines = breakdown.map(({ service, cost }) => `  ${cost.toFixed(2).padStart(7)} ${service}`);
    return [`${totalCost.toFixed(2)} ${currency}`, ...lines].join('\n');
  }

  /** Runs a command on the server, and returns what it prints. */
  async run(command) {
    const id = await this.#patiently((provider) => provider.send(command));
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
      const { isOver, output, error } = await this.#patiently((provider) => provider.progress(id));
      if (error !== undefined) throw new Error(`the command failed: ${error}`);
      if (isOver) return output;
      await this.#clock.sleep(LOOK_EVERY_MS);
    }
    throw new Error(`the command still runs after ${PATIENCE_MS / 1000} s`);
  }

  #state() {
    return this.#patiently((provider) => provider.state());
  }

  /** Calls the provider, again and with growing pauses while there are too many calls. */
  async #patiently(call) {
    for (let pauseMs = FIRST_PAUSE_MS, tries = 1; ; pauseMs *= 2, tries += 1) {
      try {
        return await call(this.#provider);
      } catch (error) {
        if (error.kind !== 'throttled' || tries === TRIES) throw error;
      }
      await this.#clock.sleep(pauseMs);
    }
  }
}
