// What the application needs of a provider, and a mock cloud that gives it. Of a real provider it would be written on its
// client library.
import { FaultError, StateholdError } from 'statehold';

/**
 * What a call to the provider can end with. The kind is `throttled` (nothing was done, for now: the same call may succeed
 * later), `unanswered` (it is not known whether it was done), or `refused`.
 */
export class ProviderError extends Error {
  constructor(kind, cause) {
    super(cause.message, { cause });
    this.kind = kind;
  }
}

/** The codes by which the provider says that there were too many calls. */
const THROTTLING = new Set(['RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'LimitExceededException']);

/** What the states of an instance mean to the application; all others it can't deal with. */
const STATES = { stopped: 'stopped', pending: 'starting', running: 'running', stopping: 'stopping' };

/** The code of an injected failure tells what the provider would mean by it, as the codes of its own errors do. */
async function answer(call) {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof StateholdError)) throw error;
    if (error instanceof FaultError && error.committed) throw new ProviderError('unanswered', error);
    const isThrottled = error instanceof FaultError && THROTTLING.has(error.errorCode);
    throw new ProviderError(isThrottled ? 'throttled' : 'refused', error);
  }
}

export class MockProvider {
  #cloud;

  constructor(cloud) {
    this.#cloud = cloud;
  }

  /** `stopped`, `starting`, `running`, `stopping`, or `other`. */
  async state() {
    return STATES[(await answer(this.#cloud.getInstance())).state] ?? 'other';
  }

  address() {
    return answer(this.#cloud.getPublicIp());
  }

  start() {
    return answer(this.#cloud.startInstance());
  }

  stop() {
    return answer(this.#cloud.stopInstance());
  }

  async backups() {
    const backups = await answer(this.#cloud.getBackups());
    return backups.map(({ name, date, size }) => ({ name, madeAtMs: Date.parse(date), bytes: size }));
  }

  addBackup(name, bytes) {
    return answer(this.#cloud.addBackup({ name, size: bytes }));
  }

  bill() {
    return answer(this.#cloud.getCosts('current-month'));
  }

  /** Sends a command and returns its id. */
  send(command) {
    return answer(this.#cloud.addCommand([command]));
  }

  /** How a command that was sent is doing: `isOver`, and then its `output` or the `error` that it failed with. */
  async progress(id) {
    const command = (await answer(this.#cloud.getCommands())).find((known) => known.commandId === id);
    if (!command) throw new ProviderError('refused', new Error(`there is no command ${id}`));
    const { status, output = '', error = '' } = command;
    if (status === 'Success') return { isOver: true, output };
    return status === 'Failed' ? { isOver: true, error } : { isOver: false };
  }
}
