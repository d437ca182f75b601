/** What is done with whole stores: looking after them, backups, putting them back. */
import { NamespacedBackend } from './backend.js';
import { call } from './events.js';
import { type Call, later, native, now, type handles } from './native.js';
import type {
  BackupOptions,
  BackupReport,
  CopyProgress,
  ExportOptions,
  ExportReport,
  Finding,
  StoreImportOptions,
  ImportReport,
  RestoreOptions,
  RestoreReport,
  Stats,
  StoreCheck,
  StoreInfo,
  TransferProgress,
  UpgradeOptions,
  UpgradeReport,
  VerifyOptions,
} from './operation-types.js';
import { BACKUP, EXPORT, HEAD, IMPORT, RESTORE, UPGRADE, VERIFY, checked, filePath, numeric } from './options.js';
import type { JournalCheck, JournalRow } from './types.js';

/** The operations on a whole store. */
export abstract class Operations extends NamespacedBackend {
  readonly #handle: handles.Store;

  /** @internal */
  constructor(handle: handles.Store) {
    super();
    this.#handle = handle;
  }

  /** Removes all keys that have expired from the file and returns how many. They are invisible anyway. */
  async purgeExpired(): Promise<number> {
    return later((later) => this.#handle.purgeExpired(later));
  }

  /** The twin of {@link purgeExpired}. */
  purgeExpiredSync(): number {
    return now((later) => this.#handle.purgeExpired(later));
  }

  /** Makes every commit so far survive a power loss, whatever durability it was made with. */
  async flush(): Promise<void> {
    await later((later) => this.#handle.flush(later));
  }

  /** The twin of {@link flush}. */
  flushSync(): void {
    now((later) => this.#handle.flush(later));
  }

  /** The last revision; 0 for a store that nothing was committed to. */
  async revision(): Promise<number> {
    return later((later) => this.#handle.revision(later));
  }

  /** The twin of {@link revision}. */
  revisionSync(): number {
    return now((later) => this.#handle.revision(later));
  }

  /** Up to `limit` rows of the journal after revision `after`: who changed what, and when. */
  async journal(after = 0, limit = 1000): Promise<JournalRow[]> {
    return later((later) => this.#handle.journal(numeric('after', after), numeric('limit', limit), later));
  }

  /** The twin of {@link journal}. */
  journalSync(after = 0, limit = 1000): JournalRow[] {
    return now((later) => this.#handle.journal(numeric('after', after), numeric('limit', limit), later));
  }

  /**
   * Recomputes the journal's chain of hashes. It proves that no row was changed, removed or put in another order, unless by
   * somebody who rebuilt the whole chain.
   */
  async verifyJournal(): Promise<JournalCheck> {
    return later((later) => this.#handle.verifyJournal(later));
  }

  /** The twin of {@link verifyJournal}. */
  verifyJournalSync(): JournalCheck {
    return now((later) => this.#handle.verifyJournal(later));
  }

  /**
   * Makes a copy of the store as of one revision while others write: checked, durable, and never in place of a file that is
   * there, unless it is to be overwritten. One that was interrupted leaves no file that looks like a backup.
   */
  async backup(path: string | URL, options?: BackupOptions): Promise<BackupReport> {
    const [file, given] = [filePath(path), checked(options, BACKUP)];
    return later((later) => this.#handle.backup(file, given?.overwrite ?? false, told(given?.progress), later));
  }

  /** The twin of {@link backup}. */
  backupSync(path: string | URL, options?: BackupOptions): BackupReport {
    const [file, given] = [filePath(path), checked(options, BACKUP)];
    return now((later) => this.#handle.backup(file, given?.overwrite ?? false, told(given?.progress), later));
  }

  /**
   * Puts a backup where no store is; with `force` into the store that is there, which goes on with the state of the backup:
   * who has it open need not open it again.
   */
  static async restore(from: string | URL, into: string | URL, options?: RestoreOptions): Promise<RestoreReport> {
    const [source, target, given] = [filePath(from), filePath(into), checked(options, RESTORE)];
    return later((later) => native.restore(source, target, given?.force ?? false, told(given?.progress), later));
  }

  /** The twin of {@link restore}. */
  static restoreSync(from: string | URL, into: string | URL, options?: RestoreOptions): RestoreReport {
    const [source, target, given] = [filePath(from), filePath(into), checked(options, RESTORE)];
    return now((later) => native.restore(source, target, given?.force ?? false, told(given?.progress), later));
  }

  /** What the store holds and how large it is. */
  async info(): Promise<StoreInfo> {
    return shownInfo(await later((later) => this.#handle.info(later)));
  }

  /** The twin of {@link info}. */
  infoSync(): StoreInfo {
    return shownInfo(now((later) => this.#handle.info(later)));
  }

  /** What this handle has done since it was opened. Costs nothing. */
  stats(): Stats {
    return this.#handle.stats();
  }

  /**
   * Looks through the whole store, as of one moment, for anything that is not as it must be: the file's structure, the
   * journal's chain and the witness beside it, the receipts and the state of every case, what each facet says of its
   * records; and whether a revision that was noted down still has its hash.
   */
  async verify(options?: VerifyOptions): Promise<StoreCheck> {
    const head = checked(checked(options, VERIFY)?.head ?? undefined, HEAD);
    return later((later) => this.#handle.verify(head, later));
  }

  /** The twin of {@link verify}. */
  verifySync(options?: VerifyOptions): StoreCheck {
    const head = checked(checked(options, VERIFY)?.head ?? undefined, HEAD);
    return now((later) => this.#handle.verify(head, later));
  }

  /**
   * Writes the store as of one moment to a file, as lines of JSON, while others go on writing: all of it, or the keys of one
   * `namespace`, or what has changed `since` a revision.
   */
  async exportFile(path: string | URL, options?: ExportOptions): Promise<ExportReport> {
    return later(this.#exporting(path, options));
  }

  /** The twin of {@link exportFile}. */
  exportFileSync(path: string | URL, options?: ExportOptions): ExportReport {
    return now(this.#exporting(path, options));
  }

  #exporting(path: string | URL, options: ExportOptions | undefined): Call<ExportReport> {
    const [file, given] = [filePath(path), checked(options, EXPORT)];
    const { progress, ...wanted } = given ?? {};
    return (later) => this.#handle.exportFile(file, wanted as handles.Exporting, moved(progress), later);
  }

  /**
   * Reads an export, which is checked as a whole first. A new store becomes the one that was exported, with its revisions; an
   * export of what has changed goes on top of the store as it was then; with `merge` keys and plugin states are set over
   * what is there. What is no whole export, and a store that it does not fit, are refused, and nothing was changed then.
   */
  async importFile(path: string | URL, options?: StoreImportOptions): Promise<ImportReport> {
    return later(this.#importing(path, options));
  }

  /** The twin of {@link importFile}. */
  importFileSync(path: string | URL, options?: StoreImportOptions): ImportReport {
    return now(this.#importing(path, options));
  }

  #importing(path: string | URL, options: StoreImportOptions | undefined): Call<ImportReport> {
    const [file, given] = [filePath(path), checked(options, IMPORT)];
    return (later) => this.#handle.importFile(file, given?.merge ?? false, moved(given?.progress), later);
  }

  /**
   * Brings the store at `path` to the present format, after a backup in the old one. Does nothing to a store that has the
   * present format.
   */
  static async upgrade(path: string | URL, options?: UpgradeOptions): Promise<UpgradeReport> {
    return shownUpgrade(await later(upgrading(path, options)));
  }

  /** The twin of {@link upgrade}. */
  static upgradeSync(path: string | URL, options?: UpgradeOptions): UpgradeReport {
    return shownUpgrade(now(upgrading(path, options)));
  }

  /** Looks for trouble around a store, at work or to come, and says what to do. It need not be open, nor whole. */
  static async doctor(path: string | URL): Promise<Finding[]> {
    const file = filePath(path);
    return later((later) => native.doctor(file, later) as Finding[] | Promise<Finding[]>);
  }

  /** The twin of {@link doctor}. */
  static doctorSync(path: string | URL): Finding[] {
    return now((later) => native.doctor(filePath(path), later) as Finding[] | Promise<Finding[]>);
  }

  /** Gives back the room of what was deleted and returns how many bytes that were. */
  async vacuum(): Promise<number> {
    return later((later) => this.#handle.vacuum(later));
  }

  /** The twin of {@link vacuum}. */
  vacuumSync(): number {
    return now((later) => this.#handle.vacuum(later));
  }
}

/** A function that is told how far a copy has come; what it throws is no concern of the copy. */
function told(progress: ((progress: CopyProgress) => unknown) | null | undefined) {
  return progress ? (made: CopyProgress): void => call(progress, made) : undefined;
}

/** The same for an export or an import. */
function moved(progress: ((progress: TransferProgress) => unknown) | null | undefined) {
  return progress
    ? (made: handles.TransferProgress): void => call(progress, { ...made, total: made.total ?? null })
    : undefined;
}

function upgrading(path: string | URL, options: UpgradeOptions | undefined): Call<handles.UpgradeReport> {
  const [file, given] = [filePath(path), checked(options, UPGRADE)];
  const backup = given?.backup ? filePath(given.backup) : undefined;
  return (later) => native.upgrade(file, backup, told(given?.progress), later);
}

function shownUpgrade({ backup, ...rest }: handles.UpgradeReport): UpgradeReport {
  return { ...rest, backup: backup ?? null };
}

function shownInfo({ oldestRevision, oldestTimeMs, ...rest }: handles.StoreInfo): StoreInfo {
  return { ...rest, oldestRevision: oldestRevision ?? null, oldestTimeMs: oldestTimeMs ?? null };
}
