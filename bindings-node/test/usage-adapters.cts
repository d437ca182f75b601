// The adapters from CommonJS, and without the packages that they are for.
import keyv = require('statehold/keyv');
import unstorage = require('statehold/unstorage');

export const adapter: keyv.KeyvStatehold = new keyv.KeyvStatehold('cache.db');
export const drivers: unstorage.StateholdDriver[] = [unstorage.stateholdDriver({ store: adapter.store }), unstorage.default({ path: 'app.db' })];
