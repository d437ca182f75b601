// Listening to the events of a store.
import { setTimeout as sleep } from 'node:timers/promises';
import { Raised } from './format.mjs';

/** What a case listens to, and what it has heard. */
export class Listening {
  #callbacks = [];
  #heard = [];

  /** Begins to listen, with callbacks that collect or that raise. */
  listen(store, names, raises) {
    for (const name of names) {
      const callback = (event) => {
        if (raises) throw new Raised('raised by a callback');
        this.#heard.push(event);
      };
      store.on(name, callback);
      this.#callbacks.push([name, callback]);
    }
  }

  again(store) {
    for (const [name, callback] of this.#callbacks) store.on(name, callback);
  }

  unlisten(store) {
    for (const [name, callback] of this.#callbacks.splice(0)) store.off(name, callback);
  }

  /** What was heard since this was last asked: as much as is expected, and what comes in a moment more. */
  async events(expected) {
    for (let waited = 0; this.#heard.length < expected && waited < 5_000; waited += 5) await sleep(5);
    await sleep(5);
    return this.#heard.splice(0);
  }
}
