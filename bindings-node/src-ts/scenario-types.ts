/**
 * The shapes of scenarios. They are documents, the same in every language, since they are kept in files: with members in
 * snake_case, and spans of time in seconds.
 */
import type { Json } from './value.js';

/** A part of a cloud's state, as a document: `{ "instance": { "state": "running" } }`. */
export interface StateDocument {
  readonly [section: string]: Json;
}

/** Faults by operation, as a document: `{ "startInstance": { "fail_next": true } }`. */
export interface FaultsDocument {
  readonly [operation: string]: { readonly [member: string]: Json };
}

/** A scenario: what a cloud is after a reset, which calls fail, and what happens over time and call by call. */
export interface Scenario {
  /** The name by which it is applied. */
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly description: string;
  /** What is put over the fixtures. */
  readonly state?: StateDocument | undefined;
  /** How long every call waits, in seconds. */
  readonly latency?: number | undefined;
  /** The faults that are set. */
  readonly faults?: FaultsDocument | undefined;
  /** What happens over time. */
  readonly steps?: readonly ScenarioStep[] | undefined;
  /** What happens call by call. */
  readonly machine?: ScenarioMachine | undefined;
}

/** What happens some time after a scenario was applied, by the cloud's clock. */
export interface ScenarioStep {
  /** How long after, in seconds. */
  readonly after: number;
  /** What is put over the state that is there then. */
  readonly state?: StateDocument | undefined;
  /** The faults that are set from then on. */
  readonly faults?: FaultsDocument | undefined;
  /** How long every call waits from then on, in seconds. */
  readonly latency?: number | undefined;
}

/** A machine that operations move: each call may take it from one state to another. */
export interface ScenarioMachine {
  /** The state that it begins in. */
  readonly initial: string;
  /** The first of these that fits a call is taken. */
  readonly transitions: readonly MachineTransition[];
}

/** One way for a machine from one state to another. */
export interface MachineTransition {
  /** The operation, or a pattern, that takes it. */
  readonly operation: string;
  /** The state in which the machine must be; `*` for any. */
  readonly from: string;
  /** The state in which it is then. */
  readonly to: string;
  /** What is put over the cloud's state. */
  readonly state?: StateDocument | undefined;
  /** How the call fails; it succeeds if there is none. */
  readonly fault?: MachineFault | undefined;
}

/** How a call fails that moves a machine. */
export interface MachineFault {
  /** The code of the error; `InternalError`. */
  readonly error_code?: string | undefined;
  /** Its message; `an injected failure`. */
  readonly error_message?: string | undefined;
  /** Whether the call does its work first. */
  readonly after_commit?: boolean | undefined;
}

/** What a scenario is for. */
export interface ScenarioInfo {
  /** The name by which it is applied. */
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly description: string;
  /** Whether it is one that every cloud has, and not one that was saved. */
  readonly builtIn: boolean;
}
