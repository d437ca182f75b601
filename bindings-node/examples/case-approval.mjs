// An order that needs an approval, worked through by hand.
//
// Finance and law are asked at the same time, law asks for a second quote; finance decides first, so what is left of the
// reviews is cancelled. Then the order is placed, which is an effect: it happens once, however often it is asked for.
//
// Run it with `node case-approval.mjs [STORE]`.
import assert from 'node:assert/strict';

import { ValidationError, open } from 'statehold';

/** One quantum: two reviewers, and a scope within the reviews for what law asks for. */
async function ask(order) {
  order.enterScope('reviews');
  order.addToken('finance', 'review', { scope: 'reviews' });
  order.addToken('law', 'review', { scope: 'reviews' });
  order.enterScope('quotes', 'reviews');
  order.addToken('quote-2', 'wait for the supplier', { scope: 'quotes' });
  order.incrementStepCount();
  assert.equal(order.tokens.size, 0, 'nothing is applied before the commit');
  await order.commit();
  console.log(`asked: ${[...order.tokens.keys()].join(', ')}`);
}

/** Finance approves, which makes the other reviews pointless: both in one commit, or neither. */
async function decide(order) {
  order.updateToken('finance', (token) => ({ ...token, status: 'complete', value: { approved: true } }));
  order.updateCtx((ctx) => ({ ...ctx, approved_by: 'finance' }));
  order.cancelScope('reviews');
  order.incrementStepCount();
  // Somebody else may have committed to the case meanwhile; then this is tried anew on what they left.
  await order.commit({ retry: 3 });
  assert.ok(order.isCancelled('quotes'), 'what is beneath a cancelled scope is cancelled too');
  console.log(`decided: ${[...order.tokens.values()].map(({ id, status }) => `${id} ${status}`).join(', ')}`);
}

/** All mistakes of a quantum are told at once, and nothing of it is applied. */
async function refuseLatecomers(order) {
  order.addToken('board', 'review', { scope: 'reviews' });
  order.removeToken('nobody');
  order.incrementStepCount();
  await assert.rejects(order.commit(), (error) => {
    assert.ok(error instanceof ValidationError);
    console.log(`refused: ${error.violations.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
    return true;
  });
  order.rollback();
}

/** Places the order, as a process would that may have been here before and picks the case up again. */
async function place(store) {
  let calls = 0;
  const send = async () => {
    calls += 1;
    return { confirmation: 'M-1066' };
  };
  let order, placed;
  for (let time = 0; time < 2; time += 1) {
    order = await store.case('order-7');
    const { item, cents } = order.ctx;
    placed = await order.effect('place', { item, cents }, send);
  }
  console.log(`placed: ${placed.value.confirmation}, sent ${calls} time`);
  order.putCtx({ ...order.ctx, ...placed.value });
  await order.close('done');
}

async function lookBack(store) {
  const order = await store.case('order-7');
  assert.deepEqual((await order.verify()).problems, []);
  for (const { sequence, mutations } of await order.receipts()) {
    const { status, tokens } = await order.at(sequence);
    const active = [...tokens.values()].filter((token) => token.status === 'active').map(({ id }) => id);
    const names = mutations.map(({ name }) => name).join(', ');
    console.log(`receipt ${sequence}: ${names}; ${status}, active: ${active.join(' ') || 'none'}`);
  }
}

const store = await open(process.argv[2] ?? ':memory:');
try {
  const order = await store.createCase({ item: 'microscope', cents: 480_000 }, { caseId: 'order-7', history: 'full' });
  await ask(order);
  await decide(order);
  await refuseLatecomers(order);
  await place(store);
  await lookBack(store);
} finally {
  await store.close();
}
