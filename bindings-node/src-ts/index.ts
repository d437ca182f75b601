/** The state of an application in one SQLite file, changed atomically, from Rust, Python and Node at once. */
export * from './errors.js';
