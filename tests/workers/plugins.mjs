// What a worker does with plugin state.
import { Coherence } from './coherence.mjs';
import { build, spell } from './spelling.mjs';

/** A state that says in many places whose it is, over several pages of the file. */
const filled = (who, n) => Array.from({ length: 300 }, () => [who, n]);

/** A migration's step, which shows that it has run, where, and from what. */
const wrap = (data, version) => ({ was: data, from: version, by: 'node' });

/** The part of the worker that has to do with it. */
export class Plugins extends Coherence {
  async save({ plugin, value, version }) {
    return this.store.plugin(plugin).save(build(value), { version });
  }

  async migrate({ plugin, target }) {
    const steps = Array.from({ length: target }, (_, at) => [at + 1, wrap]);
    return this.store.plugin(plugin).migrate(target, Object.fromEntries(steps));
  }

  async restore({ plugin }) {
    return this.store.plugin(plugin).restore();
  }

  /** All that is to be seen of a plugin that has a state and a backup. */
  async state({ plugin }) {
    const handle = this.store.plugin(plugin);
    const [state, diff, backups] = [await handle.load(), await handle.diff(), await handle.listBackups()];
    return {
      version: state.version,
      revision: state.revision,
      data: spell(state.data),
      backups: backups.map(({ index, version, size, revision }) => [index, version, size, revision]),
      diff: [diff.fromVersion, diff.toVersion, spell(diff.patch)],
    };
  }

  /** Saves so often; gives the revisions, and what of the states read in between was mixed. */
  async fill({ plugin, who, times }) {
    const handle = this.store.plugin(plugin);
    const [revisions, mixed] = [[], []];
    for (let n = 0; n < times; n += 1) {
      revisions.push(await handle.save(filled(who, n)));
      const { data, revision } = await handle.load();
      if (data.some(([by, at]) => by !== data[0][0] || at !== data[0][1])) mixed.push(revision);
    }
    return { revisions, mixed };
  }

  /** Adds one so often, each time over the revision that was seen; gives those, and the conflicts. */
  async climb({ plugin, times }) {
    const handle = this.store.plugin(plugin);
    const won = [];
    let lost = 0;
    while (won.length < times) {
      const { revision, data } = (await handle.load()) ?? { revision: 0, data: 0 };
      try {
        await handle.save(data + 1, { ifRevision: revision });
        won.push(revision);
      } catch (error) {
        if (error.code !== 'CONFLICT') throw error;
        lost += 1;
      }
    }
    return { won, lost };
  }
}
