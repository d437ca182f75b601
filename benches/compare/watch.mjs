// Prints the key of each change in the namespace `bench` of a store, until it is killed. watch.py starts it.
import { open } from '../../bindings-node/esm/index.mjs';

const store = await open(process.argv[2]);
for await (const { key } of await store.namespace('bench').watch()) process.stdout.write(`${key}\n`);
