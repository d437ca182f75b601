// What a worker does with environments.
import { Cases } from './cases.mjs';
import { build, spell } from './spelling.mjs';

/** All that is to be seen of a record. */
const seen = (record) => [
  [record.name, record.lifecycle, record.state, record.lastSuccess, record.step, record.revision],
  [record.createdAtMs, record.updatedAtMs, record.enteredAtMs],
  spell(record.data),
  record.failure && failed(record.failure),
];

const failed = (failure) => [
  [failure.step, failure.kind, failure.summary, failure.traceId, failure.traceFile],
  [failure.startedAtMs, failure.failedAtMs, failure.durationMs],
  failure.details === null ? null : spell(failure.details),
];

const entry = (it) => ({
  place: [it.sequence, it.revision, it.timeMs],
  what: [it.operation, it.from, it.to, it.note],
  process: it.process,
  of: [it.host, it.user],
  spent_ms: it.spentMs,
  failure: it.failure && failed(it.failure),
  record: it.record && seen(it.record),
});

/** The revision of what was written, or why it was not. */
async function told(write) {
  try {
    return { written: (await write).revision };
  } catch (error) {
    if (error.code === 'CONFLICT') return { refused: [error.code, error.expected, error.found] };
    if (error.code === 'LOCKED') return { refused: [error.code] };
    throw error;
  }
}

/** The part of the worker that has to do with them, after that of cases. */
export class Environments extends Cases {
  async env_create({ env, data }) {
    await this.store.environments().create(env, build(data));
  }

  async env_load({ env }) {
    this.record = await this.store.environments().load(env);
    return seen(this.record);
  }

  /** Saves over what was loaded. */
  async env_save({ data }) {
    this.record.data = build(data);
    return told(this.store.environments().save(this.record));
  }

  /** Loads it and takes it to another state, if it is as it was loaded. */
  async env_move({ env, to, failed: step, details }) {
    const why = { step, kind: 'timeout', summary: 'by node', traceFile: 'node.log', details: build(details ?? null) };
    const failure = step === undefined ? undefined : why;
    const record = await this.store.environments().load(env);
    return (await record.transition(to, { failure, note: 'by node' })).state;
  }

  async env_history({ env }) {
    return (await this.store.environments().history(env)).map(entry);
  }

  async env_lock({ env, ttl_ms: ttlMs }) {
    this.lock = await this.store.environments().lock(env, { timeoutMs: 60_000, ttlMs: ttlMs ?? undefined });
    return { fencing: this.lock.fencing, token: this.lock.token };
  }

  /** Writes as the holder. */
  async env_write({ step }) {
    return told(this.lock.setStep(step));
  }

  async env_unlock() {
    return { unlocked: await this.lock.release() };
  }
}
