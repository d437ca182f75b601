/** The state of one plugin. */
import { load, migrate, preview, validate, versionsOf, type Registered } from './migrating.js';
import { later, now, type handles } from './native.js';
import { IMPORTING, LOADING, REGISTERING, SAVING, checked, filePath, numeric, refuse, shown } from './options.js';
import type {
  ImportOptions,
  JsonSchema,
  LoadOptions,
  MigrationFunction,
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
import { atOnce, byPromises } from './steps.js';
import type { Storable } from './types.js';
import { decode, encode, type Json } from './value.js';

/**
 * The state of one plugin, of a store or of a transaction: a document with a version, and the ones that it replaced as
 * backups. This is what a host hands to a plugin, since it reaches no other. A name that can't be one is refused by the
 * operations.
 */
export class Plugin {
  /** The plugin's name. */
  readonly name: string;
  readonly #handle: handles.Plugin;
  readonly #registered: Registered;
  readonly #ask: Ask;

  /** @internal */
  constructor(name: string, handle: handles.Plugin, registered: Registered, ask: Ask = later) {
    this.name = name;
    this.#handle = handle;
    this.#registered = registered;
    this.#ask = ask;
  }

  /**
   * Saves data as the plugin's state and returns the revision. The state that it replaces is kept as a backup by the same
   * commit. Inside a transaction the revision is 0: the transaction's receipt has it.
   *
   * @throws {StateTooNewError} if the state has a newer version.
   * @throws {ValidationError} if the data breaks the registered schema of its version.
   * @throws {ConflictError} when the state is not at the revision that the options name.
   */
  async save(data: Storable, options?: SaveOptions): Promise<number> {
    const [text, saving] = [encode(data), checked(options, SAVING) as handles.Saving | undefined];
    return this.#ask((later) => this.#handle.save(text, saving, later));
  }

  /** The twin of {@link save}. */
  saveSync(data: Storable, options?: SaveOptions): number {
    const saving = checked(options, SAVING) as handles.Saving | undefined;
    return now((later) => this.#handle.save(encode(data), saving, later));
  }

  /**
   * The state; undefined if there is none. One that is older than the registered version is migrated first, with the
   * registered migrations, and committed.
   *
   * @throws {StateTooNewError} if its version is above the registered one, or the one that the options name.
   * @throws {MigrationError} if it could not be migrated.
   */
  async load<T = Json>(options?: LoadOptions): Promise<PluginState<T> | undefined> {
    return byPromises(this.#load<T>(options), this.#ask);
  }

  /** The twin of {@link load}. */
  loadSync<T = Json>(options?: LoadOptions): PluginState<T> | undefined {
    return atOnce(this.#load<T>(options), 'load');
  }

  #load<T>(options: LoadOptions | undefined) {
    return load<T>(this.#handle, checked(options, LOADING) as handles.LoadingOptions | undefined, this.#functions());
  }

  /** Whether the plugin has a state. */
  async exists(): Promise<boolean> {
    return this.#ask((later) => this.#handle.exists(later));
  }

  /** The twin of {@link exists}. */
  existsSync(): boolean {
    return now((later) => this.#handle.exists(later));
  }

  /** Removes the state, which becomes a backup; with `backups` these too. Returns whether there was anything to remove. */
  async clear(options?: { readonly backups?: boolean | undefined }): Promise<boolean> {
    const backups = checked(options, { backups: 'boolean' })?.backups ?? false;
    return this.#ask((later) => this.#handle.clear(backups, later));
  }

  /** The twin of {@link clear}. */
  clearSync(options?: { readonly backups?: boolean | undefined }): boolean {
    const backups = checked(options, { backups: 'boolean' })?.backups ?? false;
    return now((later) => this.#handle.clear(backups, later));
  }

  /**
   * Brings the state to version `target`, step by step on a copy, and commits the result; the old state is kept as a
   * backup. Where `migrations` has no step, the registered one is taken. If somebody saves in between, all of it is run
   * again from the new state. Returns the versions before and after; a state that is at the target or past it stays.
   *
   * @throws {MigrationError} that names the step that is missing, that failed (with its error as `cause`), or whose result
   * can't be stored; the state is unchanged.
   */
  async migrate(target: number, migrations?: Migrations): Promise<[from: number, to: number]> {
    const versions = versionsOf(migrations);
    return byPromises(migrate(this.#handle, numeric('target', target), versions, this.#functions(migrations)), this.#ask);
  }

  /** The twin of {@link migrate}. */
  migrateSync(target: number, migrations?: Migrations): [from: number, to: number] {
    const versions = versionsOf(migrations);
    return atOnce(migrate(this.#handle, numeric('target', target), versions, this.#functions(migrations)), 'migrate');
  }

  /** What {@link migrate} would change. Runs the steps and writes nothing. */
  async dryRunMigrate<T = Json>(target: number, migrations?: Migrations): Promise<MigrationPreview<T>> {
    const versions = versionsOf(migrations);
    const steps = preview<T>(this.#handle, numeric('target', target), versions, this.#functions(migrations));
    return byPromises(steps, this.#ask);
  }

  /** The twin of {@link dryRunMigrate}. */
  dryRunMigrateSync<T = Json>(target: number, migrations?: Migrations): MigrationPreview<T> {
    const versions = versionsOf(migrations);
    const steps = preview<T>(this.#handle, numeric('target', target), versions, this.#functions(migrations));
    return atOnce(steps, 'dryRunMigrate');
  }

  #functions(given?: Migrations): (version: number) => MigrationFunction | undefined {
    return (version) => given?.[version] ?? this.#registered.get(this.name)?.[version];
  }

  /**
   * Whether the state satisfies a function, a JSON Schema, or without either the schema that is registered for its version.
   * Without a state it does.
   *
   * @throws {ValidationError} if the function fails, with its error as `cause`.
   * @throws {NotFoundError} if there is no such schema.
   */
  async validate(validator?: JsonSchema | ((data: any) => Promise<boolean> | boolean)): Promise<boolean> {
    if (typeof validator === 'function') return byPromises(validate(this.#handle, validator), this.#ask);
    const schema = schemaText(validator);
    return this.#ask((later) => this.#handle.validate(schema, later));
  }

  /** The twin of {@link validate}. */
  validateSync(validator?: JsonSchema | ((data: any) => boolean)): boolean {
    if (typeof validator === 'function') return atOnce(validate(this.#handle, validator), 'validate');
    return now((later) => this.#handle.validate(schemaText(validator), later));
  }

  /** Everything in the state that breaks a JSON Schema, or the registered one; empty if it is valid, or there is none. */
  async violations(schema?: JsonSchema): Promise<Violation[]> {
    const text = schemaText(schema);
    return this.#ask((later) => this.#handle.violations(text, later));
  }

  /** The twin of {@link violations}. */
  violationsSync(schema?: JsonSchema): Violation[] {
    return now((later) => this.#handle.violations(schemaText(schema), later));
  }

  /** The backups, the newest first: index 0 is the state that was replaced last. */
  async listBackups(): Promise<PluginBackup[]> {
    return this.#ask((later) => this.#handle.listBackups(later));
  }

  /** The twin of {@link listBackups}. */
  listBackupsSync(): PluginBackup[] {
    return now((later) => this.#handle.listBackups(later));
  }

  /**
   * Makes a backup the state again and returns the revision. The two change places: the state that it replaces becomes the
   * newest backup, so that restoring 0 undoes it.
   *
   * @throws {NotFoundError} if there are not so many backups.
   */
  async restore(index = 0): Promise<number> {
    return this.#ask((later) => this.#handle.restore(numeric('index', index), later));
  }

  /** The twin of {@link restore}. */
  restoreSync(index = 0): number {
    return now((later) => this.#handle.restore(numeric('index', index), later));
  }

  /** What {@link restore} would change. Writes nothing. */
  async diff(index = 0): Promise<StateDiff> {
    return shownDiff(await this.#ask((later) => this.#handle.diff(numeric('index', index), later)));
  }

  /** The twin of {@link diff}. */
  diffSync(index = 0): StateDiff {
    return shownDiff(now((later) => this.#handle.diff(numeric('index', index), later)));
  }

  /** The state as a JSON document: `version`, `data`, and `metadata` with `plugin_name` and `last_modified`. */
  async export(): Promise<string> {
    return this.#ask((later) => this.#handle.export(later));
  }

  /** The twin of {@link export}. */
  exportSync(): string {
    return now((later) => this.#handle.export(later));
  }

  /** Writes that document to a file, which has either its old content or all of the new one at any time. */
  async exportFile(path: string | URL): Promise<void> {
    const file = filePath(path);
    await this.#ask((later) => this.#handle.exportFile(file, later));
  }

  /** The twin of {@link exportFile}. */
  exportFileSync(path: string | URL): void {
    now((later) => this.#handle.exportFile(filePath(path), later));
  }

  /**
   * Saves the state that a document of {@link export} holds, of the version that it says, and returns the revision.
   *
   * @throws {InvalidValueError} for what is no such document, or one of another plugin.
   */
  async import(text: string, options?: ImportOptions): Promise<number> {
    const [document, saving] = [documentText(text), checked(options, IMPORTING) as handles.Saving | undefined];
    return this.#ask((later) => this.#handle.import(document, saving, later));
  }

  /** The twin of {@link import}. */
  importSync(text: string, options?: ImportOptions): number {
    const saving = checked(options, IMPORTING) as handles.Saving | undefined;
    return now((later) => this.#handle.import(documentText(text), saving, later));
  }

  /** As {@link import}, from a file. */
  async importFile(path: string | URL, options?: ImportOptions): Promise<number> {
    const [file, saving] = [filePath(path), checked(options, IMPORTING) as handles.Saving | undefined];
    return this.#ask((later) => this.#handle.importFile(file, saving, later));
  }

  /** The twin of {@link importFile}. */
  importFileSync(path: string | URL, options?: ImportOptions): number {
    const saving = checked(options, IMPORTING) as handles.Saving | undefined;
    return now((later) => this.#handle.importFile(filePath(path), saving, later));
  }

  /**
   * Registers what the program knows of the plugin's state, for as long as the store is open; it replaces what was
   * registered before. From now on {@link save} refuses data that breaks the schema of its version, {@link load} migrates
   * older states first, and both refuse newer ones.
   *
   * @throws {InvalidValueError} for what can't be a schema, with the path in it.
   */
  register(options: Registration): void {
    const { version, schemas = {}, migrations, maxBackups } = checked(options, REGISTERING) ?? {};
    const texts = Object.fromEntries(
      Object.entries(schemas).map(([of, schema]) => [of, encode(schema, `$.schemas[${of}]`)]),
    );
    const registering = { version, schemas: texts, migrations: versionsOf(migrations), maxBackups };
    now(() => this.#handle.register(registering as handles.Registering));
    // A copy: what the core was told of must stay.
    this.#registered.set(this.name, { ...migrations });
  }
}

function schemaText(schema: JsonSchema | undefined): string | undefined {
  return schema === undefined || schema === null ? undefined : encode(schema);
}

function documentText(text: string): string {
  return typeof text === 'string' ? text : refuse('text', `it must be a JSON document, not ${shown(text)}`);
}

function shownDiff({ fromVersion, toVersion, patch }: handles.StateDiff): StateDiff {
  return { fromVersion: fromVersion ?? null, toVersion, patch: decode(patch) as Json[] };
}
