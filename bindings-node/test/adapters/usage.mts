// The types of the adapters as a user of Keyv 5, Keyv 6 and unstorage meets them: compiled by `npm run types`, never run.
import { createCache } from 'cache-manager';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import { openSync, type Store } from 'statehold';
import { KeyvStatehold, type KeyvStateholdOptions } from 'statehold/keyv';
import stateholdDriver, { stateholdDriver as named, type StateholdDriverOptions } from 'statehold/unstorage';
import { createStorage, type Driver } from 'unstorage';

const options: KeyvStateholdOptions = { namespace: 'cache', durability: 'normal', label: undefined };
export const adapter: KeyvStoreAdapter = new KeyvStatehold('cache.db', options);
export const store: Store = new KeyvStatehold(new URL('file:///cache.db')).store;
export const caches = [new Keyv(adapter), new Keyv({ store: new KeyvStatehold(openSync(':memory:')), ttl: 1000 })];
export const caches6 = [new Keyv6(new KeyvStatehold('cache.db')), new Keyv6({ store: new KeyvStatehold(store) })];
export const manager = createCache({ stores: caches });

// @ts-expect-error: an option that is none
new KeyvStatehold('cache.db', { durabilty: 'full' });

const driverOptions: StateholdDriverOptions = { path: 'app.db', ttl: 60, driver: 'statehold/unstorage' };
export const driver: Driver = stateholdDriver(driverOptions);
export const storages = [createStorage<string>({ driver }), createStorage({ driver: named({ store, namespace: 'files' }) })];

// @ts-expect-error: an option that is none
stateholdDriver({ path: 'app.db', ttlMs: 60 });
