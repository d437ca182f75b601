// Bundles the JavaScript of the package: to load one file of it takes a third of the time that sixty take. What the entries
// have in common is in one chunk, so that a class is the same one wherever it is imported from.
import { defineConfig } from 'rolldown';

// Those that the package exports, and two that its tests look into.
const ENTRIES = ['index', 'keyv', 'testing', 'unstorage', 'native', 'value'];
const APART = /src-ts\/(index|keyv|testing|unstorage|unstorage-watch|adapter)\.ts$/;

export default defineConfig({
  input: Object.fromEntries(ENTRIES.map((name) => [name, `src-ts/${name}.ts`])),
  platform: 'node',
  external: /\/native\/index\.js$/,
  output: {
    dir: 'dist',
    // What an earlier build has left behind would be packed; the types come after this.
    cleanDir: true,
    format: 'cjs',
    exports: 'named',
    esModule: true,
    // Names and lines stay readable in stack traces; what is said of the API is in the types beside it.
    comments: false,
    chunkFileNames: '[name].js',
    minifyInternalExports: false,
    codeSplitting: { groups: [{ name: 'statehold', test: (id) => !APART.test(id.replaceAll('\\', '/')) }] },
  },
});
