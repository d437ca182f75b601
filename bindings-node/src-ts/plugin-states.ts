/** The states of all plugins. */
import type { Registered } from './migrating.js';
import { later, now, type handles } from './native.js';
import { named } from './options.js';
import { Plugin } from './plugin.js';
import type {
  ImportOptions,
  JsonSchema,
  LoadOptions,
  MigrationPreview,
  Migrations,
  PluginBackup,
  PluginState,
  Registration,
  SaveOptions,
  StateDiff,
  Violation,
} from './plugin-types.js';
import type { Ask } from './reading.js';
import type { Storable } from './types.js';
import type { Json } from './value.js';

/** The states of all plugins, of a store or of a transaction: the operations of a {@link Plugin} with its name first. */
export class PluginStates {
  readonly #handle: handles.PluginStates;
  readonly #registered: Registered;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.PluginStates, registered: Registered, ask: Ask = later) {
    this.#handle = handle;
    this.#registered = registered;
    this.#ask = ask;
  }

  /** The state of one plugin. */
  plugin(name: string): Plugin {
    return new Plugin(name, this.#handle.plugin(named('plugin', name)), this.#registered, this.#ask);
  }

  /** The names of the plugins that have a state and match a glob pattern, sorted by their bytes. */
  async names(pattern = '*'): Promise<string[]> {
    return this.#ask((later) => this.#handle.names(named('pattern', pattern), later));
  }

  /** The twin of {@link names}. */
  namesSync(pattern = '*'): string[] {
    return now((later) => this.#handle.names(named('pattern', pattern), later));
  }

  /** Saves data as the state of a plugin and returns the revision: {@link Plugin.save}. */
  async save(name: string, data: Storable, options?: SaveOptions): Promise<number> {
    return this.plugin(name).save(data, options);
  }

  /** The twin of {@link save}. */
  saveSync(name: string, data: Storable, options?: SaveOptions): number {
    return this.plugin(name).saveSync(data, options);
  }

  /** The state of a plugin; undefined if there is none: {@link Plugin.load}. */
  async load<T = Json>(name: string, options?: LoadOptions): Promise<PluginState<T> | undefined> {
    return this.plugin(name).load<T>(options);
  }

  /** The twin of {@link load}. */
  loadSync<T = Json>(name: string, options?: LoadOptions): PluginState<T> | undefined {
    return this.plugin(name).loadSync<T>(options);
  }

  /** Whether a plugin has a state: {@link Plugin.exists}. */
  async exists(name: string): Promise<boolean> {
    return this.plugin(name).exists();
  }

  /** The twin of {@link exists}. */
  existsSync(name: string): boolean {
    return this.plugin(name).existsSync();
  }

  /** Removes the state of a plugin, which becomes a backup; with `backups` these too: {@link Plugin.clear}. */
  async clear(name: string, options?: { readonly backups?: boolean | undefined }): Promise<boolean> {
    return this.plugin(name).clear(options);
  }

  /** The twin of {@link clear}. */
  clearSync(name: string, options?: { readonly backups?: boolean | undefined }): boolean {
    return this.plugin(name).clearSync(options);
  }

  /** Brings the state of a plugin to version `target`, and returns the versions before and after: {@link Plugin.migrate}. */
  async migrate(name: string, target: number, migrations?: Migrations): Promise<[from: number, to: number]> {
    return this.plugin(name).migrate(target, migrations);
  }

  /** The twin of {@link migrate}. */
  migrateSync(name: string, target: number, migrations?: Migrations): [from: number, to: number] {
    return this.plugin(name).migrateSync(target, migrations);
  }

  /** What that would change: {@link Plugin.dryRunMigrate}. */
  async dryRunMigrate<T = Json>(name: string, target: number, migrations?: Migrations): Promise<MigrationPreview<T>> {
    return this.plugin(name).dryRunMigrate<T>(target, migrations);
  }

  /** The twin of {@link dryRunMigrate}. */
  dryRunMigrateSync<T = Json>(name: string, target: number, migrations?: Migrations): MigrationPreview<T> {
    return this.plugin(name).dryRunMigrateSync<T>(target, migrations);
  }

  /** Whether the state of a plugin satisfies a function, a JSON Schema, or the registered one: {@link Plugin.validate}. */
  async validate(name: string, validator?: JsonSchema | ((data: any) => Promise<boolean> | boolean)): Promise<boolean> {
    return this.plugin(name).validate(validator);
  }

  /** The twin of {@link validate}. */
  validateSync(name: string, validator?: JsonSchema | ((data: any) => boolean)): boolean {
    return this.plugin(name).validateSync(validator);
  }

  /** Everything in the state of a plugin that breaks a JSON Schema, or the registered one: {@link Plugin.violations}. */
  async violations(name: string, schema?: JsonSchema): Promise<Violation[]> {
    return this.plugin(name).violations(schema);
  }

  /** The twin of {@link violations}. */
  violationsSync(name: string, schema?: JsonSchema): Violation[] {
    return this.plugin(name).violationsSync(schema);
  }

  /** The backups of a plugin, the newest first: {@link Plugin.listBackups}. */
  async listBackups(name: string): Promise<PluginBackup[]> {
    return this.plugin(name).listBackups();
  }

  /** The twin of {@link listBackups}. */
  listBackupsSync(name: string): PluginBackup[] {
    return this.plugin(name).listBackupsSync();
  }

  /** Makes a backup of a plugin its state again and returns the revision: {@link Plugin.restore}. */
  async restore(name: string, index = 0): Promise<number> {
    return this.plugin(name).restore(index);
  }

  /** The twin of {@link restore}. */
  restoreSync(name: string, index = 0): number {
    return this.plugin(name).restoreSync(index);
  }

  /** What that would change: {@link Plugin.diff}. */
  async diff(name: string, index = 0): Promise<StateDiff> {
    return this.plugin(name).diff(index);
  }

  /** The twin of {@link diff}. */
  diffSync(name: string, index = 0): StateDiff {
    return this.plugin(name).diffSync(index);
  }

  /** The state of a plugin as a JSON document: {@link Plugin.export}. */
  async export(name: string): Promise<string> {
    return this.plugin(name).export();
  }

  /** The twin of {@link export}. */
  exportSync(name: string): string {
    return this.plugin(name).exportSync();
  }

  /** Writes that document to a file: {@link Plugin.exportFile}. */
  async exportFile(name: string, path: string | URL): Promise<void> {
    return this.plugin(name).exportFile(path);
  }

  /** The twin of {@link exportFile}. */
  exportFileSync(name: string, path: string | URL): void {
    return this.plugin(name).exportFileSync(path);
  }

  /** Saves the state that such a document holds and returns the revision: {@link Plugin.import}. */
  async import(name: string, text: string, options?: ImportOptions): Promise<number> {
    return this.plugin(name).import(text, options);
  }

  /** The twin of {@link import}. */
  importSync(name: string, text: string, options?: ImportOptions): number {
    return this.plugin(name).importSync(text, options);
  }

  /** The same from a file: {@link Plugin.importFile}. */
  async importFile(name: string, path: string | URL, options?: ImportOptions): Promise<number> {
    return this.plugin(name).importFile(path, options);
  }

  /** The twin of {@link importFile}. */
  importFileSync(name: string, path: string | URL, options?: ImportOptions): number {
    return this.plugin(name).importFileSync(path, options);
  }

  /** Registers what the program knows of a plugin's state: {@link Plugin.register}. */
  register(name: string, options: Registration): void {
    this.plugin(name).register(options);
  }
}
