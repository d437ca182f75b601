/** The shapes of mock clouds and of what they have. Times are texts in RFC 3339, such as `2026-01-31T12:00:00.000Z`. */
import type { ManualClock } from './clock.js';
import type { MachineTransition, ScenarioStep } from './scenario-types.js';

/** The states of an instance. */
export type InstanceState = 'running' | 'stopped' | 'hibernating' | 'pending' | 'stopping' | 'terminated' | 'unknown';

/** An instance: a virtual machine. */
export interface Instance {
  /** Its id. */
  readonly instanceId: string;
  /** The state that it is in. */
  readonly state: InstanceState;
  /** Its public address, if it has one. */
  readonly publicIp?: string | undefined;
  /** Whether it has a volume. */
  readonly hasVolume: boolean;
  /** Where it is. */
  readonly availabilityZone?: string | undefined;
  /** What is attached to it. */
  readonly blockDeviceMappings?: readonly BlockDeviceMapping[] | undefined;
  /** When it was last changed. */
  readonly lastUpdated: string;
}

/** A volume that is attached to an instance. */
export interface BlockDeviceMapping {
  /** What the instance calls it: `/dev/sda1`. */
  readonly deviceName: string;
  /** The volume's id. */
  readonly volumeId: string;
  /** How far it is attached. */
  readonly status: 'attached' | 'detached' | 'detaching';
  /** Whether it goes with the instance. */
  readonly deleteOnTermination: boolean;
}

/** What an SSM parameter holds. */
export type ParameterType = 'String' | 'StringList' | 'SecureString';

/** An SSM parameter. */
export interface Parameter {
  /** What it holds. */
  readonly value: string;
  /** What that is. */
  readonly type: ParameterType;
  /** How often it was set. */
  readonly version: number;
  /** When it was last set. */
  readonly lastModified: string;
}

/** An SSM command. */
export interface Command {
  /** Its id. */
  readonly commandId: string;
  /** The lines of the shell script that it is. */
  readonly commands: readonly string[];
  /** How far it has come. */
  readonly status: 'Pending' | 'InProgress' | 'Success' | 'Failed';
  /** What it printed. */
  readonly output?: string | undefined;
  /** Why it failed. */
  readonly error?: string | undefined;
  /** When it was sent. */
  readonly createdAt: string;
  /** When it ended. */
  readonly completedAt?: string | undefined;
}

/** A backup. */
export interface Backup {
  /** Its name. */
  readonly name: string;
  /** When it was made. */
  readonly date: string;
  /** How large it is, in bytes. */
  readonly size: number;
}

/** A period that costs are told of. */
export type CostPeriod = 'current-month' | 'last-month' | 'last-30-days';

/** What a period costs. */
export interface Costs {
  /** The days that it is, as `2026-01-31`; the last one is not a part of it. */
  readonly period: CostDates;
  /** All of it. */
  readonly totalCost: number;
  /** What that is counted in. */
  readonly currency: string;
  /** What each service costs. */
  readonly breakdown: readonly ServiceCost[];
  /** When the provider was asked. */
  readonly fetchedAt: string;
}

/** The days of a period. */
export interface CostDates {
  /** The first one. */
  readonly start: string;
  /** The one after the last. */
  readonly end: string;
}

/** What a service costs. */
export interface ServiceCost {
  /** The service. */
  readonly service: string;
  /** What it costs. */
  readonly cost: number;
}

/** The stack that a cloud was made by. */
export interface Stack {
  /** Whether it is there. */
  readonly exists: boolean;
  /** How it is doing: `CREATE_COMPLETE`. */
  readonly status: string;
  /** Its id. */
  readonly stackId: string;
}

/** How long starting and stopping take: no time, so many milliseconds by the clock, or until `completeTransition`. */
export type Transition = 'immediate' | 'manual' | { readonly afterMs: number };

/** How a cloud behaves. */
export interface CloudSettings {
  /** The public address that the instance is given when it runs. */
  readonly publicIp: string;
  /** How long starting and stopping take. */
  readonly transition: Transition;
}

/** Something that will happen by itself: to the instance, or as a step of a scenario. */
export interface Timer {
  /** When. */
  readonly due: string;
  /** The state that the instance will enter, unless its state is changed before. */
  readonly instance?: InstanceState | undefined;
  /** The step that will be taken, as it stands in the scenario's document. */
  readonly step?: ScenarioStep | undefined;
}

/** The scenario that was applied last. */
export interface CurrentScenario {
  /** Its name. */
  readonly name: string;
  /** Its machine, in the state in which it is now, as it stands in the scenario's document. */
  readonly machine?: { readonly state: string; readonly transitions: readonly MachineTransition[] } | undefined;
}

/** All of a mock cloud at a moment. */
export interface CloudState {
  /** The instance. */
  readonly instance: Instance;
  /** The SSM parameters, by name. */
  readonly parameters: { readonly [name: string]: Parameter };
  /** The SSM commands, in the order in which they were sent. */
  readonly commands: readonly Command[];
  /** The backups, the newest first. */
  readonly backups: readonly Backup[];
  /** What it costs, by period. */
  readonly costs: { readonly [period in CostPeriod]: Costs };
  /** The stack that it was made by. */
  readonly stack: Stack;
  /** How it behaves. */
  readonly settings: CloudSettings;
  /** What will happen by itself. */
  readonly timers: readonly Timer[];
  /** The scenario that was applied last; null after a reset. */
  readonly scenario: CurrentScenario | null;
}

type SnakeCase<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${SnakeCase<Tail>}`
  : S;
type Documented<T> = T extends readonly (infer Item)[]
  ? readonly Documented<Item>[]
  : T extends object
    ? { readonly [K in keyof T & string as SnakeCase<K>]?: Documented<T[K]> | undefined }
    : T;

/** Some members of a document, spelt as in JavaScript, or in snake_case as they stand in files. */
export type Some<T> = Partial<T> | Documented<T>;

/** A part of a state; in each section any members, and a parameter that is null is removed. */
export type PartialState = {
  readonly [S in keyof CloudState]?: S extends 'parameters'
    ? { readonly [name: string]: Some<Parameter> | null }
    : S extends 'commands' | 'backups' | 'timers'
      ? readonly Some<CloudState[S] extends readonly (infer Item)[] ? Item : never>[]
      : S extends 'costs'
        ? { readonly [period in CostPeriod]?: Some<Costs> }
        : S extends 'settings'
          ? Some<Omit<CloudSettings, 'transition'>> & { readonly transition?: Transition | undefined }
          : Some<NonNullable<CloudState[S]>> | null;
};

/** A backup that is added: with a name, its size in bytes, and, unless it is of now, a date. */
export type NewBackup = Pick<Backup, 'name' | 'size'> & Partial<Backup>;

/** How a mock cloud is made. */
export interface MockCloudOptions {
  /** What it begins with and is reset to: a part of a state, which is put over the built-in fixtures. */
  readonly fixtures?: PartialState | null | undefined;
  /** How long starting and stopping take to begin with; 2.5 s. */
  readonly transition?: Transition | undefined;
}

/** How a mock cloud that stands alone is opened. */
export interface OpenMockCloudOptions extends MockCloudOptions {
  /** The JSON file that it is loaded from, if that is there, and written to; none. */
  readonly persistTo?: string | URL | null | undefined;
  /** How long after a change the file is written, in real time; 1 s. */
  readonly debounceMs?: number | undefined;
  /** Where it takes its time from; the machine's clock. */
  readonly clock?: ManualClock | null | undefined;
}
