// Goal: what is particular to cases in Node: functions that are asynchronous, exceptions in them, copies, and the types of
// what comes back. What the operations do is a matter of the conformance cases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConflictError, EffectInDoubtError, InvalidValueError, NotFoundError, ValidationError, open } from 'statehold';
import { fresh, sleep } from './folder.mjs';

test('functions of updates may be asynchronous, and run again when the case has moved on', async () => {
  const store = await open(fresh());
  const mine = await store.createCase({ n: 1 }, { caseId: 'c' });
  const other = await store.case('c');
  let runs = 0;
  mine.updateCtx(async ({ n }) => {
    runs += 1;
    if (runs === 1) {
      other.updateCtx((ctx) => ({ n: ctx.n + 10 }));
      await other.commit();
    }
    await sleep(1);
    return { n: n + 1 };
  });
  await assert.rejects(mine.commit(), ConflictError);
  assert.deepEqual(mine.pending, [{ name: 'update_ctx' }], 'a failure keeps the buffer');
  runs = 0;
  const receipt = await mine.commit({ retry: 2 });
  assert.deepEqual([runs, mine.ctx, receipt.sequence], [2, { n: 22 }, 4]);
  assert.deepEqual([mine.pending, await mine.commit()], [[], null]);
  await store.close();
});

test('what a function throws comes out as it is, and nothing is committed', async () => {
  const store = await open(fresh());
  const order = await store.createCase();
  const raised = new RangeError('mine');
  order.addToken('t', 'a');
  order.updateToken('t', () => { throw raised; });
  await assert.rejects(order.commit(), (error) => error === raised);
  assert.throws(() => order.commitSync(), (error) => error === raised);
  assert.deepEqual([order.pending.length, order.tokens.size, order.sequence], [2, 0, 1]);
  order.rollback();
  order.updateCtx(async () => ({}));
  assert.throws(() => order.commitSync(), /must not be asynchronous; use commit\(\)/);
  order.rollback();
  order.updateCtx(() => undefined);
  await assert.rejects(order.commit(), InvalidValueError);
  assert.throws(() => order.updateCtx('text'), { path: 'fn' });
  await store.close();
});

test('what is buffered while a commit is under way waits for the next one', async () => {
  const store = await open(fresh());
  const order = await store.createCase({ n: 0 });
  const add = ({ n }) => ({ n: n + 1 });
  order.updateCtx(async (ctx) => { await sleep(10); return add(ctx); });
  const first = order.commit();
  order.updateCtx(add);
  await first;
  assert.deepEqual([order.ctx, order.pending.length], [{ n: 1 }, 1]);
  await order.commit();
  assert.deepEqual(order.ctx, { n: 2 });
  await store.close();
});

test('what is handed out is the caller\'s own', async () => {
  const store = await open(fresh());
  const order = await store.createCase({ list: [1] });
  order.addToken('__proto__', 'a', { value: { big: 2n ** 60n } });
  await order.commit();
  order.ctx.list.push(2);
  assert.deepEqual(order.ctx, { list: [1] });
  assert.deepEqual(order.token('__proto__').value, { big: 2n ** 60n });
  assert.deepEqual([order.token('nosuch'), order.scope('nosuch')], [null, null]);
  assert.throws(() => order.isCancelled('nosuch'), NotFoundError);
  assert.deepEqual([...order.scopes.keys()], ['root']);
  await store.close();
});

test('an effect runs once, also when it fails, and stays in doubt when it can not be told', async () => {
  const store = await open(fresh());
  const order = await store.createCase();
  let runs = 0;
  const send = async () => { runs += 1; await sleep(1); return { id: 7 }; };
  const sent = await order.effect('mail', { to: 'ada' }, send);
  assert.deepEqual([sent.status, sent.value, sent.error], ['ok', { id: 7 }, null]);
  assert.deepEqual((await order.effect('mail', { to: 'ada' }, send)).value, { id: 7 });
  assert.equal(runs, 1);
  assert.equal((await order.effect('nothing', null, () => {})).value, null);
  const failed = await order.effect('fails', 1, async () => { throw new Error('no answer'); });
  assert.deepEqual([failed.status, failed.error], ['error', 'no answer']);
  assert.throws(() => order.effectSync('late', 1, async () => {}), /must not be asynchronous/);
  assert.throws(() => order.effectSync('late', 1, () => {}), EffectInDoubtError);
  assert.equal((await order.effect('late', 1, () => 'again', { onDoubt: 'retry' })).attempts, 2);
  await assert.rejects(order.resolveEffect('late', 'error', { no: 'text' }), { path: 'value' });
  await store.close();
});

test('a transaction takes cases with everything else, and tells every violation', async () => {
  const store = await open(fresh());
  await assert.rejects(store.transaction(async (tx) => {
    const order = await tx.createCase({}, { caseId: 'c' });
    order.exitScope('one');
    order.buffer({ name: 'remove_token', id: 'two' });
    await order.commit();
  }), (error) => error instanceof ValidationError && error.violations.length === 2 && error.violations[1].path === '[1]');
  assert.deepEqual(await store.cases(), []);
  store.transactionSync((tx) => {
    const order = tx.createCaseSync({}, { caseId: 'c' });
    order.addToken('t', 'a');
    assert.equal(order.commitSync().revision, 0);
    tx.setSync('orders', 'c', 1);
  });
  assert.equal((await store.case('c')).revision, store.revisionSync());
  assert.deepEqual((await store.verify()).problems, []);
  await store.close();
});
