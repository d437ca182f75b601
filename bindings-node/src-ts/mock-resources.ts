/** What a mock cloud does with all that is not its instance. */
import { documentText, shownDocument, shownParameters } from './mock-document.js';
import { MockInstance } from './mock-instance.js';
import type { Backup, Command, CostPeriod, Costs, NewBackup, Parameter, ParameterType, Some, Stack } from './mock-types.js';
import { now, type Call, type handles } from './native.js';
import { named, textual } from './options.js';
import type { Ask } from './reading.js';

/** What mock clouds have of parameters, commands, backups, costs and the stack. */
export abstract class MockResources extends MockInstance {
  readonly #handle: handles.MockCloud;
  readonly #ask: Ask;

  /** @internal */
  constructor(handle: handles.MockCloud, ask: Ask) {
    super(handle, ask);
    this.#handle = handle;
    this.#ask = ask;
  }

  /** What a parameter holds; undefined if there is none of this name. */
  async getParameter(name: string): Promise<string | undefined> {
    return (await this.#ask((later) => this.#handle.getParameter(named('parameter', name), later))) ?? undefined;
  }

  /** The twin of {@link getParameter}. */
  getParameterSync(name: string): string | undefined {
    return now((later) => this.#handle.getParameter(named('parameter', name), later)) ?? undefined;
  }

  /**
   * Sets a parameter, of the type `String` unless told otherwise, and returns it. Its version is 1, and one more each
   * time.
   *
   * @throws {InvalidNameError} for what can't be a name.
   */
  async setParameter(name: string, value: string, type: ParameterType = 'String'): Promise<Parameter> {
    return shownDocument<Parameter>(await this.#ask(this.#settingParameter(name, value, type)));
  }

  /** The twin of {@link setParameter}. */
  setParameterSync(name: string, value: string, type: ParameterType = 'String'): Parameter {
    return shownDocument<Parameter>(now(this.#settingParameter(name, value, type)));
  }

  #settingParameter(name: string, value: string, type: ParameterType): Call<string> {
    const [parameter, text, kind] = [named('parameter', name), textual('value', value), textual('type', type)];
    return (later) => this.#handle.setParameter(parameter, text, kind, later);
  }

  /** Deletes a parameter; says whether there was one. */
  async deleteParameter(name: string): Promise<boolean> {
    return this.#ask((later) => this.#handle.deleteParameter(named('parameter', name), later));
  }

  /** The twin of {@link deleteParameter}. */
  deleteParameterSync(name: string): boolean {
    return now((later) => this.#handle.deleteParameter(named('parameter', name), later));
  }

  /** All parameters, by name. */
  async getAllParameters(): Promise<{ [name: string]: Parameter }> {
    return shownParameters<{ [name: string]: Parameter }>(await this.#ask((later) => this.#handle.getAllParameters(later)));
  }

  /** The twin of {@link getAllParameters}. */
  getAllParametersSync(): { [name: string]: Parameter } {
    return shownParameters<{ [name: string]: Parameter }>(now((later) => this.#handle.getAllParameters(later)));
  }

  /** The commands, in the order in which they were sent. */
  async getCommands(): Promise<Command[]> {
    return shownDocument<Command[]>(await this.#ask((later) => this.#handle.getCommands(later)));
  }

  /** The twin of {@link getCommands}. */
  getCommandsSync(): Command[] {
    return shownDocument<Command[]>(now((later) => this.#handle.getCommands(later)));
  }

  /**
   * Sends a command and returns its id. It is `Pending` until `updateCommand` says otherwise: a mock cloud runs nothing.
   *
   * @throws {InvalidValueError} for no lines.
   */
  async addCommand(lines: readonly string[]): Promise<string> {
    const given = documentText(lines);
    return this.#ask((later) => this.#handle.addCommand(given, later));
  }

  /** The twin of {@link addCommand}. */
  addCommandSync(lines: readonly string[]): string {
    const given = documentText(lines);
    return now((later) => this.#handle.addCommand(given, later));
  }

  /**
   * Puts some members over those of a command, and returns all of it. With a status in which it has ended it gets the time at
   * which it did.
   *
   * @throws {NotFoundError} if there is none of this id.
   * @throws {InvalidValueError} with the path of what is wrong and what would be right.
   */
  async updateCommand(id: string, partial: Some<Command>): Promise<Command> {
    const given = documentText(partial);
    return shownDocument<Command>(await this.#ask((later) => this.#handle.updateCommand(textual('id', id), given, later)));
  }

  /** The twin of {@link updateCommand}. */
  updateCommandSync(id: string, partial: Some<Command>): Command {
    const given = documentText(partial);
    return shownDocument<Command>(now((later) => this.#handle.updateCommand(textual('id', id), given, later)));
  }

  /** Forgets all commands, and says how many there were. */
  async clearCommands(): Promise<number> {
    return this.#ask((later) => this.#handle.clearCommands(later));
  }

  /** The twin of {@link clearCommands}. */
  clearCommandsSync(): number {
    return now((later) => this.#handle.clearCommands(later));
  }

  /** The backups, the newest first. */
  async getBackups(): Promise<Backup[]> {
    return shownDocument<Backup[]>(await this.#ask((later) => this.#handle.getBackups(later)));
  }

  /** The twin of {@link getBackups}. */
  getBackupsSync(): Backup[] {
    return shownDocument<Backup[]>(now((later) => this.#handle.getBackups(later)));
  }

  /**
   * Adds a backup and returns it; it is of now unless it has a date. One of the same name is replaced.
   *
   * @throws {InvalidValueError} with the path of what is wrong and what would be right.
   */
  async addBackup(backup: NewBackup): Promise<Backup> {
    const given = documentText(backup);
    return shownDocument<Backup>(await this.#ask((later) => this.#handle.addBackup(given, later)));
  }

  /** The twin of {@link addBackup}. */
  addBackupSync(backup: NewBackup): Backup {
    const given = documentText(backup);
    return shownDocument<Backup>(now((later) => this.#handle.addBackup(given, later)));
  }

  /** Removes a backup; says whether there was one of this name. */
  async removeBackup(name: string): Promise<boolean> {
    return this.#ask((later) => this.#handle.removeBackup(named('backup', name), later));
  }

  /** The twin of {@link removeBackup}. */
  removeBackupSync(name: string): boolean {
    return now((later) => this.#handle.removeBackup(named('backup', name), later));
  }

  /** Removes all backups, and says how many there were. */
  async clearBackups(): Promise<number> {
    return this.#ask((later) => this.#handle.clearBackups(later));
  }

  /** The twin of {@link clearBackups}. */
  clearBackupsSync(): number {
    return now((later) => this.#handle.clearBackups(later));
  }

  /** The costs of a period. */
  async getCosts(period: CostPeriod): Promise<Costs> {
    return shownDocument<Costs>(await this.#ask((later) => this.#handle.getCosts(textual('period', period), later)));
  }

  /** The twin of {@link getCosts}. */
  getCostsSync(period: CostPeriod): Costs {
    return shownDocument<Costs>(now((later) => this.#handle.getCosts(textual('period', period), later)));
  }

  /**
   * Puts some members over those of a period's costs, and returns all of it. They were fetched now, unless they say when.
   *
   * @throws {InvalidValueError} with the path of what is wrong and what would be right.
   */
  async setCosts(period: CostPeriod, partial: Some<Costs>): Promise<Costs> {
    const given = documentText(partial);
    return shownDocument<Costs>(await this.#ask((later) => this.#handle.setCosts(textual('period', period), given, later)));
  }

  /** The twin of {@link setCosts}. */
  setCostsSync(period: CostPeriod, partial: Some<Costs>): Costs {
    const given = documentText(partial);
    return shownDocument<Costs>(now((later) => this.#handle.setCosts(textual('period', period), given, later)));
  }

  /** The stack. */
  async getStackStatus(): Promise<Stack> {
    return shownDocument<Stack>(await this.#ask((later) => this.#handle.getStackStatus(later)));
  }

  /** The twin of {@link getStackStatus}. */
  getStackStatusSync(): Stack {
    return shownDocument<Stack>(now((later) => this.#handle.getStackStatus(later)));
  }

  /**
   * Puts some members over those of the stack, and returns all of it.
   *
   * @throws {InvalidValueError} with the path of what is wrong and what would be right.
   */
  async setStackStatus(partial: Some<Stack>): Promise<Stack> {
    const given = documentText(partial);
    return shownDocument<Stack>(await this.#ask((later) => this.#handle.setStackStatus(given, later)));
  }

  /** The twin of {@link setStackStatus}. */
  setStackStatusSync(partial: Some<Stack>): Stack {
    const given = documentText(partial);
    return shownDocument<Stack>(now((later) => this.#handle.setStackStatus(given, later)));
  }
}
