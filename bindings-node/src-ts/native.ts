/**
 * The way into the native half and back out: its errors carry a JSON envelope as their message, which here
 * becomes an error of the right class.
 */
import * as errors from './errors.js';

const classes: Readonly<Record<string, typeof errors.StateholdError>> = errors;

type Native = typeof import('../native/index.js');

/** How the names of the addons end, for those that are built. */
const ABI: Readonly<Record<string, string>> = { linux: '-gnu', darwin: '', win32: '-msvc' };

/**
 * The addon of this platform. The generated loader finds it as well, and any other, and tells what it has tried if there is
 * none; but to compile it and to have it look around takes twice as long as to load the addon.
 */
function load(): Native {
  const addon = `../native/statehold.${process.platform}-${process.arch}${ABI[process.platform]}.node`;
  try {
    if (!process.env['NAPI_RS_NATIVE_LIBRARY_PATH']) return require(addon) as Native;
  } catch {
    // The loader says why, and what to do.
  }
  return require('../native/index.js') as Native;
}

export const native: Native = load();

export type * as handles from '../native/index.js';

interface Envelope {
  statehold: string;
  message: string;
  fields: errors.ErrorFields;
}

/** The error to throw for what the native half threw or rejected with. Errors of callbacks stay what they are. */
export function lift(raised: unknown): unknown {
  if (!(raised instanceof Error) || !raised.message.startsWith('{"statehold":')) return raised;
  let envelope: Envelope;
  try {
    envelope = JSON.parse(raised.message) as Envelope;
  } catch {
    return raised;
  }
  return errorOf(envelope) ?? raised;
}

/** The error that an envelope stands for; undefined for what is none. */
export function errorOf(envelope: object): errors.StateholdError | undefined {
  const { statehold, message, fields } = envelope as Envelope;
  const kind = classes[statehold];
  return kind && new kind(message, fields);
}

/** A call of the native half that is answered at once or, with `later`, by a promise. */
export type Call<T> = (later: boolean) => T | Promise<T>;

/** Has a call answered at once: `now((later) => handle.exists(key, later))`. */
export function now<T>(call: Call<T>): T {
  try {
    return call(false) as T;
  } catch (raised) {
    throw lift(raised);
  }
}

/** The same by a promise. Awaiting here keeps the caller in the stack trace. */
export async function later<T>(call: Call<T>): Promise<T> {
  try {
    return await call(true);
  } catch (raised) {
    throw lift(raised);
  }
}
