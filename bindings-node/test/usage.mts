// The types as a user meets them: compiled by `npm run types`, never run.
import {
  ConflictError,
  InvalidValueError,
  ManualClock,
  MemoryBackend,
  StateholdError,
  open,
  openSync,
  type Entry,
  type JournalCheck,
  type JournalRow,
  type Namespace,
  type OpenOptions,
  type Receipt,
  type Snapshot,
  type SnapshotNamespace,
  type StateBackend,
  type Storable,
  type Store,
  type Transaction,
  type Value,
} from 'statehold';
import { runStateBackendSuite } from 'statehold/testing';

export function describe(error: unknown): string {
  if (error instanceof ConflictError) {
    const code: 'CONFLICT' = error.code;
    const expected: number | null = error.expected;
    return `${code} ${expected ?? 'none'}`;
  }
  if (error instanceof InvalidValueError) return error.path;
  // @ts-expect-error: no error has such a field
  if (error instanceof StateholdError) return error.nosuch;
  throw error;
}

interface User {
  name: string;
  born?: number;
}

/** Every kind of call, once; the annotations are what is tested. */
export async function use(path: string, signal: AbortSignal): Promise<void> {
  const clock = new ManualClock({ startMs: 0 });
  const options: OpenOptions = { durability: 'deferred(250)', clock, label: 'usage' };
  await using store = await open(new URL(`file://${path}`), options);
  using twin: Store = openSync(path);
  const users: Namespace = store.namespace('users', { ttlMs: 60_000, sliding: true });

  const revision: number = await users.set('ada', { name: 'Ada' } satisfies User, { ifRevision: 0 });
  const ada: User | undefined = await users.get<User>('ada');
  const born: number = await users.get('born', 1815);
  const anything: Value | undefined = users.getSync('ada');
  const entry: Entry<User> | null = await users.entry<User>('ada');
  const left: number | null = await users.getTtl('ada');
  const popped: Buffer | undefined = await users.pop<Buffer>('bytes');
  const keys: string[] = users.listSync('a*', { limit: 10, startAfter: 'a', reverse: true });
  for await (const [key, user] of users.items<User>('*')) console.log(key.length, user.name);
  for await (const [key] of users) console.log(key);
  for (const [key, user] of users.itemsSync<User>()) console.log(key, user.born);
  const some: Map<string, User> = await users.batchGet<User>(new Set(['ada']));
  await users.batchSet({ ada, bytes: new Uint8Array(1), big: 1n } as Record<string, Storable>, { ttlMs: 1 });
  await users.batchSet(new Map([['k', 1]]));
  const sum: number | bigint = await users.increment('n', 2n, { initial: 1 });
  const updated: User = await users.update<User | undefined, User>('ada', async (user) => ({ name: user?.name ?? 'Ada' }));
  const list: number[] = await users.update('list', (found: number[]) => [...found, 1], []);
  const merged: User = users.mergeSync<User>('ada', { born: 1815 });
  const made: User = await users.getOrSet('ada', async (): Promise<User> => ({ name: 'Ada' }), { signal });

  const moved: boolean = await store.transaction(
    async (tx: Transaction) => {
      await tx.namespace('users').delete('ada');
      await tx.savepoint((inner) => inner.set('log', '1', 'moved'));
      return (tx.receipt as Receipt | null) === null;
    },
    { maxRetries: 3, lock: true, lockTimeoutMs: 100, durability: 'normal', signal },
  );
  const length: number = store.transactionSync((tx) => tx.listSync('users').length);
  const receipt: Receipt = await store.atomic().check('users', 'ada', null).set('users', 'ada', 1).delete('a', 'b').commit();
  using snapshot: Snapshot = await store.snapshot();
  const frozen: SnapshotNamespace = snapshot.namespace('users');
  const rows: JournalRow[] = await store.journal(receipt.revision, 10);
  const check: JournalCheck = store.verifyJournalSync();
  const backends: StateBackend[] = [store, new MemoryBackend({ clock })];
  runStateBackendSuite((time) => new MemoryBackend({ clock: time }));
  console.log(twin, revision, born, anything, entry, left, popped, keys, some, sum, updated, list, merged, made, moved, length, frozen, rows, check, backends);

  // @ts-expect-error: a snapshot is for reading
  await frozen.set('k', 1);
  // @ts-expect-error: undefined can't be stored
  await users.set('k', undefined);
  // @ts-expect-error: there is no such option
  await users.set('k', 1, { ttl: 60 });
  // @ts-expect-error: nor such a durability
  await open(path, { durability: 'none' });
}
