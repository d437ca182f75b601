/** The shapes of plugin state. */
import type { Json } from './value.js';

/** A plugin's state. */
export interface PluginState<T = Json> {
  /** The version of the data's form. */
  readonly version: number;
  /** The data. */
  readonly data: T;
  /** The revision that wrote it; 0 if the transaction that reads it has written it itself. */
  readonly revision: number;
  /** What the store knows of it. */
  readonly metadata: PluginMetadata;
}

/** What the store knows of a plugin's state. */
export interface PluginMetadata {
  /** The plugin whose state it is. */
  readonly pluginName: string;
  /** When it was last saved, migrated or restored, in milliseconds since 1970. */
  readonly lastModifiedMs: number;
}

/** A state that another one has replaced. */
export interface PluginBackup {
  /** Its place in the list: 0 is the newest. It changes with the next save. */
  readonly index: number;
  /** The version of its data. */
  readonly version: number;
  /** The bytes of its data's JSON. */
  readonly size: number;
  /** When it was replaced, in milliseconds since 1970. */
  readonly createdAtMs: number;
  /** The revision that had written it; 0 if the transaction that asks has written it itself. */
  readonly revision: number;
}

/** What restoring a backup would change. */
export interface StateDiff {
  /** The version of the state; null if there is no state. */
  readonly fromVersion: number | null;
  /** The version of the backup. */
  readonly toVersion: number;
  /** The JSON Patch (RFC 6902) that makes the backup's data of the state's. */
  readonly patch: readonly Json[];
}

/** What a migration would do. */
export interface MigrationPreview<T = Json> {
  /** The version of the state. */
  readonly fromVersion: number;
  /** The version that it would have. */
  readonly toVersion: number;
  /** The data that it would have; undefined if there is no state. */
  readonly data: T | undefined;
  /** The JSON Patch (RFC 6902) that makes it of the present data. */
  readonly patch: readonly Json[];
}

/** How a state is imported. */
export interface ImportOptions {
  /** Only if the state is still at this revision; 0: if there is none. Otherwise ConflictError. */
  readonly ifRevision?: number | null | undefined;
  /** Whether to save over a state of a newer version than the one that is known. */
  readonly allowNewer?: boolean | undefined;
}

/** How a state is saved. */
export interface SaveOptions extends ImportOptions {
  /** The version of the data; the registered one if it is left out, and 1 without that. */
  readonly version?: number | undefined;
}

/** How a state is loaded. */
export interface LoadOptions {
  /** The newest version that the caller knows; the registered one if it is left out, and any without that. */
  readonly version?: number | undefined;
  /** Whether to load a newer one all the same. */
  readonly allowNewer?: boolean | undefined;
}

/** A function from data, and the version that it has, to the data of the next version. */
export type MigrationFunction = (data: any, version: number) => unknown;

/** Such functions by the version that they lead *to*. In calls that end in `Sync` they must not be asynchronous. */
export type Migrations = Readonly<Record<number, MigrationFunction>>;

/** A JSON Schema: draft 4, 6, 7, 2019-09 or 2020-12, as its `$schema` says; the last one without it. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** A rule that is broken, and where. */
export interface Violation {
  /** Where in the data: `$.users[3].age`. */
  readonly path: string;
  /** What is wrong there. */
  readonly message: string;
}

/** What the program knows of a plugin's state. */
export interface Registration {
  /** The newest version, which is the one that it saves; if it is left out, the highest that is named below. */
  readonly version?: number | undefined;
  /** What data of a version must satisfy to be saved as it, by version. */
  readonly schemas?: Readonly<Record<number, JsonSchema>> | undefined;
  /** How older data is brought to the version. With them, loading does so. */
  readonly migrations?: Migrations | undefined;
  /** How many backups the plugin keeps; the store's number if it is left out, and 0 keeps none. */
  readonly maxBackups?: number | undefined;
}
