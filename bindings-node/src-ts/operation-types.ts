/** The shapes of the operations on whole stores. */

/** How far a copy has come. */
export interface CopyProgress {
  /** How many pages are copied. */
  readonly done: number;
  /** How many there are. */
  readonly total: number;
}

/** How a backup is made. */
export interface BackupOptions {
  /** Whether a file that is there may be replaced. */
  readonly overwrite?: boolean | undefined;
  /** Is told how far the copy has come. */
  readonly progress?: ((progress: CopyProgress) => unknown) | null | undefined;
}

/** A backup that was made. */
export interface BackupReport {
  /** The file. */
  readonly path: string;
  /** The revision that it has. */
  readonly revision: number;
  /** The hash of that revision, as hexadecimal digits. */
  readonly hash: string;
  /** The size of the file. */
  readonly bytes: number;
}

/** How a backup is put back. */
export interface RestoreOptions {
  /** Whether a store that is there gets the state of the backup. */
  readonly force?: boolean | undefined;
  /** Is told how far the copy has come. */
  readonly progress?: ((progress: CopyProgress) => unknown) | null | undefined;
}

/** A backup that was put back. */
export interface RestoreReport {
  /** The store. */
  readonly path: string;
  /** The revision of the backup. */
  readonly restored: number;
  /** The revision that the store has now. */
  readonly revision: number;
}

/** What a store holds and how large it is. */
export interface StoreInfo {
  /** The file. */
  readonly path: string;
  /** The file's format. */
  readonly format: number;
  /** The last revision. */
  readonly revision: number;
  /** The size of the file. */
  readonly fileBytes: number;
  /** The size of SQLite's log beside it. */
  readonly walBytes: number;
  /** The size of a page. */
  readonly pageSize: number;
  /** How many pages there are. */
  readonly pages: number;
  /** How many of them are free. */
  readonly freePages: number;
  /** How many commits the journal still tells of. */
  readonly journalRows: number;
  /** The oldest of them; null if nothing was ever committed. */
  readonly oldestRevision: number | null;
  /** When that was, in milliseconds since 1970. */
  readonly oldestTimeMs: number | null;
  /** How many keys have expired and are still to be purged. */
  readonly expiredKeys: number;
  /** What each facet holds. */
  readonly facets: readonly FacetInfo[];
}

/** What a facet holds. */
export interface FacetInfo {
  /** The facet. */
  readonly facet: string;
  /** How many records. */
  readonly records: number;
  /** How many bytes they have. */
  readonly bytes: number;
}

/** What a handle on a store has done since it was opened. */
export interface Stats {
  /** How many commits. */
  readonly commits: number;
  /** In how many writes: several commits may be one. */
  readonly batches: number;
  /** How many failed a check. */
  readonly conflicts: number;
  /** How often the log was moved into the file. */
  readonly checkpoints: number;
  /** How many watches are open. */
  readonly watches: number;
  /** How many keys were asked for that were known from an earlier read. */
  readonly cacheHits: number;
  /** How many had to be read from the store. */
  readonly cacheMisses: number;
  /** How much memory what is known takes. */
  readonly cacheBytes: number;
}

/** How a store is verified. */
export interface VerifyOptions {
  /** A revision with the hash that it had, which must still be there. */
  readonly head?: { readonly revision: number; readonly hash: string } | null | undefined;
}

/** What a look through the whole store found. */
export interface StoreCheck {
  /** The last revision. */
  readonly revision: number;
  /** Its hash. Keep both elsewhere to prove later that nothing up to here was rewritten. */
  readonly hash: string;
  /** How many commits the journal tells of. */
  readonly commits: number;
  /** How many cases there are. */
  readonly cases: number;
  /** How many receipts they have. */
  readonly receipts: number;
  /** What is wrong; empty when the store is whole. */
  readonly problems: readonly StoreProblem[];
}

/** Something in a store that is not as it must be. */
export interface StoreProblem {
  /** Where: `file`, `journal`, `witness` (the companion file has seen a later commit), `head` (that was asked for), or the facet. */
  readonly facet: string;
  /** What it is about: a namespace and key, a plugin, a case, an environment, `revision 7`; empty for a whole facet. */
  readonly subject: string;
  /** What is wrong. */
  readonly reason: string;
  /** What to do. */
  readonly advice: string;
}

/** How far an export or an import has come. */
export interface TransferProgress {
  /** How many records are done. */
  readonly records: number;
  /** How many there are; null where that is not known before. */
  readonly total: number | null;
  /** How many bytes of text they had. */
  readonly bytes: number;
}

/** What is exported. */
export interface ExportOptions {
  /** Only the keys of this namespace. */
  readonly namespace?: string | null | undefined;
  /** Only what was changed after this revision. */
  readonly since?: number | null | undefined;
  /** Whether a file that is there may be replaced. */
  readonly overwrite?: boolean | undefined;
  /** Is told how far it has come. */
  readonly progress?: ((progress: TransferProgress) => unknown) | null | undefined;
}

/** An export that was written. */
export interface ExportReport {
  /** The revision that it has. */
  readonly revision: number;
  /** The hash of that revision, as hexadecimal digits. */
  readonly hash: string;
  /** How many records it has. */
  readonly records: number;
  /** The size of the file. */
  readonly bytes: number;
}

/** How an export is imported. */
export interface StoreImportOptions {
  /** Whether keys and plugin states are set over what is there. */
  readonly merge?: boolean | undefined;
  /** Is told how far it has come. */
  readonly progress?: ((progress: TransferProgress) => unknown) | null | undefined;
}

/** An export that was imported. */
export interface ImportReport {
  /** The revision of the store now. */
  readonly revision: number;
  /** The revision of the store of which the export is. */
  readonly exported: number;
  /** How many records it has. */
  readonly records: number;
  /** Whether the store goes on with revisions of its own, as it was merged. */
  readonly merged: boolean;
}

/** How a store is upgraded. */
export interface UpgradeOptions {
  /** Where the backup goes; `NAME.format-1` beside the store, with the number of the old format, unless set. */
  readonly backup?: string | URL | null | undefined;
  /** Is told how far the backup has come. */
  readonly progress?: ((progress: CopyProgress) => unknown) | null | undefined;
}

/** A store that has the present format. */
export interface UpgradeReport {
  /** The store. */
  readonly path: string;
  /** The format that it had. */
  readonly fromFormat: number;
  /** The format that it has now. */
  readonly toFormat: number;
  /** The backup in the old format; null if it had the present format already, and nothing was done. */
  readonly backup: string | null;
}

/** Something that was found about a store, and what to do about it. */
export interface Finding {
  /**
   * What it is about: `damage`, `format`, `lost_commits`, `write_lock`, `log`, `permissions`, `network`, `disk`, `journal`,
   * `expired`, `free_pages`.
   */
  readonly what: string;
  /** How bad it is. */
  readonly level: 'note' | 'warning' | 'error';
  /** What was found. */
  readonly detail: string;
  /** What to do. */
  readonly advice: string;
}
