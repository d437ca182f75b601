// The types as a user meets them: compiled by `npm run types`, never run.
import {
  ConflictError,
  FeedLaggedError,
  InvalidTransitionError,
  InvalidValueError,
  LockedError,
  ManualClock,
  MemoryBackend,
  MigrationError,
  Orchestrator,
  StateholdError,
  Store,
  ValidationError,
  open,
  openMockCloud,
  openSync,
  type Backup,
  type BackupReport,
  type Case,
  type CaseReceipt,
  type CaseState,
  type Change,
  type CloudState,
  type DeploymentState,
  type EffectResult,
  type EnvironmentLock,
  type EnvironmentRecord,
  type EnvironmentTransitionEvent,
  type Environments,
  type Failure,
  type FaultRule,
  type Finding,
  type HistoryEntry,
  type Instance,
  type Lifecycle,
  type LockInfo,
  type MigrationPreview,
  type MockCloud,
  type Plugin,
  type PluginBackup,
  type PluginState,
  type PluginStates,
  type RecoveryGuide,
  type Scenario,
  type StateDiff,
  type StoreCheck,
  type StoreInfo,
  type Token,
  type Violation,
  type Watch,
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
  if (error instanceof FeedLaggedError) return `${error.after} ${error.oldest}`;
  if (error instanceof MigrationError) return `${error.plugin} ${error.fromVersion} ${error.toVersion} ${error.step}`;
  if (error instanceof ValidationError) return error.violations.map(({ path, message }) => `${path}: ${message}`).join();
  if (error instanceof LockedError) return `${error.pid} ${error.host} ${error.sinceMs} ${error.purpose ?? ''}`;
  if (error instanceof InvalidTransitionError) return `${error.from} ${error.to} ${error.allowed.join()}`;
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

/** The change feed. */
export async function watching(store: Store, signal: AbortSignal): Promise<void> {
  using watch: Watch = await store.watch({ facet: 'namespace', namespace: 'users', pattern: 'a*', after: 0, signal });
  for await (const change of watch) {
    const { revision, timeMs, key, operation, isLast }: Change = change;
    console.log(revision, timeMs, key, operation, isLast);
  }
  const next: Change | null = await store.namespace('users').watchSync('a*').nextWithin(Infinity);
  const now: Change | null = watch.tryNextSync();
  console.log(next, now, watch.revision, watch.isClosed);
  // @ts-expect-error: a twin can't be ended by a signal
  store.watchSync({ signal });
}

interface Rules {
  rules: string[];
}

/** Plugins and events. */
export async function plugins(store: Store): Promise<void> {
  const lint: Plugin = store.plugin('@acme/lint');
  const revision: number = await lint.save({ rules: ['strict'] } satisfies Rules, { version: 2, ifRevision: 0, allowNewer: true });
  const state: PluginState<Rules> | undefined = await lint.load<Rules>({ version: 2 });
  const changed: number | undefined = state?.metadata.lastModifiedMs;
  const [from, to]: [number, number] = await lint.migrate(3, { 3: async (data: Rules, version) => ({ ...data, version }) });
  const preview: MigrationPreview<Rules> = lint.dryRunMigrateSync<Rules>(4, { 4: (data) => data });
  const valid: boolean = await lint.validate(async (data: Rules) => data.rules.length > 0);
  const broken: Violation[] = lint.violationsSync({ type: 'object', required: ['rules'] });
  const backups: PluginBackup[] = await lint.listBackups();
  const diff: StateDiff = await lint.diff(0);
  lint.register({ version: 4, schemas: { 4: { type: 'object' } }, migrations: { 4: (data) => data }, maxBackups: 5 });
  const states: PluginStates = store.pluginStates();
  const names: string[] = await states.names('@acme/*');
  await states.importFile('lint', new URL('file:///tmp/lint.json'), { ifRevision: 0 });
  store
    .on('state.saved', ({ plugin, version, size }) => console.log(plugin, version, size))
    .on('state.error', ({ code, operation }) => console.log(code, operation))
    .on('environment.transition', (event: EnvironmentTransitionEvent) => console.log(event.from, event.to, event.timeMs));
  await store.atomic().savePlugin('lint', 1, { ifRevision: 0 }).commit();
  await store.transaction((tx) => tx.plugin('lint').clear({ backups: true }));
  console.log(revision, state, changed, from, to, preview, valid, broken, backups, diff, names);
  // @ts-expect-error: there is no such event
  store.on('state.lost', () => {});
}

interface Order {
  item: number;
}

/** Cases. */
export async function cases(store: Store): Promise<void> {
  const order: Case<Order> = await store.createCase<Order>({ item: 7 }, { caseId: 'o1', history: 'full' });
  order.addToken('t1', 'review', { scope: 'root', value: { by: 'ada' } });
  order.updateCtx(async (ctx) => ({ item: ctx.item + 1 }));
  order.updateToken<{ by: string }>('t1', (token) => ({ ...token, ip: 'done', status: 'complete' }));
  order.buffer({ name: 'enter_scope', id: 's' });
  const receipt: CaseReceipt | null = await order.commit({ retry: 3 });
  const token: Token<{ by: string }> | null = order.token<{ by: string }>('t1');
  const then: CaseState<Order> = await order.at(1);
  const sent: EffectResult<string> = await order.effect<string>('mail', { to: 'ada' }, async () => 'sent', { key: 'm1', onDoubt: 'retry' });
  const moved: number = order.rotateReceiptsSync({ keep: 10, beforeMs: 0, archive: new URL('file:///tmp/receipts.jsonl') });
  const check: StoreCheck = await store.verify();
  const running = await store.cases({ status: 'running', pattern: 'o*', limit: 10 });
  await order.close('failed');
  console.log(receipt?.hash, token?.value.by, then.ctx.item, sent.value, moved, check.problems, running[0]?.stepCount);
  // @ts-expect-error: a case is not closed as running
  await order.close('running');
  // @ts-expect-error: a mutation has the members of its name
  order.buffer({ name: 'add_token', id: 't2' });
}

interface Site {
  size: number;
}

/** Environments. */
export async function environments(store: Store): Promise<void> {
  const all: Environments = store.environments();
  const created: EnvironmentRecord<Site> = await all.create<Site>('web', { size: 2 });
  const begun: EnvironmentRecord<Site> = await created.startProvisioning();
  const failed = await begun.provisionFailed({ step: 'apply', kind: 'timeout', summary: 'no answer' });
  const failure: Failure | null = failed.failure;
  const guide: RecoveryGuide | null = failed.recovery();
  failed.data = { size: 3 };
  const saved = all.saveSync(failed);
  await using lock: EnvironmentLock = await all.lock('web', { timeoutMs: 100, ttlMs: 5_000, purpose: 'deploy', signal: AbortSignal.timeout(50) });
  const holder: LockInfo | null = await all.lockInfo('web');
  await all.withToken(lock.token).transition('web', 'provisioning', { note: 'again', step: 'apply', ifRevision: saved.revision });
  const history: HistoryEntry<Site>[] = await all.history<Site>('web');
  const then: EnvironmentRecord<Site> | null = await all.at<Site>('web', { timeMs: 0 });
  const lifecycle: Lifecycle = await all.lifecycle('deployment');
  const ended = await new Orchestrator(all, { timeoutMs: 100 }).run<Site>(
    'web',
    { inProgress: 'configuring', success: 'configured', error: 'configure_failed' },
    async (progress) => {
      await progress.step('cloud-init');
      progress.setData({ size: progress.record.data.size + 1 });
    },
  );
  const running: DeploymentState = 'running';
  console.log(failure?.kind, guide?.steps, holder?.host, history[0]?.spentMs, then?.data.size, lifecycle.allowed(running), ended.state);
  // @ts-expect-error: there is no such kind of failure
  await begun.provisionFailed({ step: 'apply', kind: 'bad luck', summary: 'no answer' });
  // @ts-expect-error: there is no such state of the deployment lifecycle
  const wrong: DeploymentState = 'waiting';
  console.log(wrong);
}

/** The care of stores. */
export async function care(store: Store): Promise<void> {
  const report: BackupReport = await store.backup('/tmp/copy.db', { overwrite: true, progress: ({ done, total }) => done / total });
  const { restored } = Store.restoreSync('/tmp/copy.db', '/tmp/other.db', { force: true });
  const info: StoreInfo = await store.info();
  const findings: Finding[] = await Store.doctor('/tmp/other.db');
  const { problems } = await store.verify({ head: { revision: report.revision, hash: report.hash } });
  console.log(restored, info.facets, findings[0]?.level, problems, store.stats().commits, await store.vacuum());
}

/** Mock clouds and faults. */
export async function clouds(store: Store): Promise<void> {
  const cloud: MockCloud = await openMockCloud({
    persistTo: new URL('file:///tmp/cloud.json'),
    transition: { afterMs: 100 },
    fixtures: { instance: { state: 'running' }, parameters: { '/a': { value: '1' }, '/b': null }, settings: { public_ip: '203.0.113.7' } },
  });
  const instance: Instance = await cloud.setInstance({ availability_zone: 'eu-west-1b', hasVolume: false });
  const backup: Backup = cloud.addBackupSync({ name: 'a', size: 1 });
  const state: CloudState = await cloud.withLock(async (locked) => {
    await locked.patchState(await locked.getState());
    return locked.getState();
  });
  const scenario: Scenario = await cloud.scenarios.get('throttled');
  await cloud.scenarios.save({ ...scenario, name: 'mine', steps: [{ after: 5, faults: { startInstance: { fail_next: true } } }] });
  await store.faults.setOperationFailure('plugin.*', { probability: 0.5, seed: 7n, jitterMs: 10 });
  const [rule]: FaultRule[] = store.faults.listSync();
  console.log(instance.publicIp?.length, backup.date, state.costs['last-month'].totalCost, rule?.failure.latencyMs);
  // @ts-expect-error: there is no such state of an instance
  await cloud.updateInstanceState('runing');
  // @ts-expect-error: there is no such member
  await cloud.setInstance({ zone: 'eu-west-1b' });
  // @ts-expect-error: seconds would be mistaken for milliseconds
  await cloud.setTransition(5);
}
