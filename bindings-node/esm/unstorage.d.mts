export * from '../dist/unstorage.js';
export { stateholdDriver as default } from '../dist/unstorage.js';
