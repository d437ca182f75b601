export * from '../dist/keyv.js';
