// What a worker does with cases.
import { Plugins } from './plugins.mjs';
import { build, spell } from './spelling.mjs';

/** The part of the worker that has to do with them, after that of plugins. */
export class Cases extends Plugins {
  /** A case with a bit of everything in it: scopes, one of them cancelled, tokens, a term. */
  async case_make({ case: caseId, value }) {
    const made = await this.store.createCase({ value: build(value), steps: [] }, { caseId, history: 'full' });
    made.enterScope('a');
    made.enterScope('b', 'a');
    made.addToken('t1', 'start');
    made.addToken('t2', 'wait', { scope: 'b', value: build(value) });
    made.setMetadata(build(value));
    await made.commit();
    made.cancelScope('a');
    made.incrementStepCount();
    await made.commit();
  }

  /** All that is to be seen of a case, but for times. */
  async case_state({ case: caseId }) {
    const { status, ctx, tokens, scopes, metadata } = await this.store.case(caseId);
    return {
      status,
      ctx: spell(ctx),
      tokens: [...tokens.values()].map((it) => [it.id, it.ip, it.scope, it.status, spell(it.value)]),
      scopes: [...scopes.values()].map((it) => [it.id, it.parent, it.status, it.tokens]),
      steps: metadata.stepCount,
      term: spell(metadata.term),
    };
  }

  async case_snapshot({ case: caseId }) {
    return (await this.store.case(caseId)).snapshot();
  }

  /** Restores into a new case. */
  async case_restore({ case: caseId, snapshot }) {
    await (await this.store.createCase({}, { caseId })).restore(snapshot);
  }

  /** Commits so often: a word more in the context, a token more in the root, a step more. */
  async case_steps({ case: caseId, who, times }) {
    const held = await this.store.case(caseId);
    for (let n = 0; n < times; n += 1) {
      held.updateCtx((ctx) => ({ ...ctx, steps: [...ctx.steps, who] }));
      held.addToken(`${who}-${n}`, 'done', { status: 'complete' });
      held.incrementStepCount();
      await held.commit({ retry: 10_000 });
    }
  }

  /** Has an effect done that tells who has done it; gives what is stored of it. */
  async case_effect({ case: caseId, spec }) {
    const done = await (await this.store.case(caseId)).effect('greet', build(spec), () => 'by node');
    return [done.status, done.value, done.specDigest, done.attempts];
  }

  /** The chain of a case, and what verifying the store says. */
  async case_check({ case: caseId }) {
    const receipts = await (await this.store.case(caseId)).receipts();
    const names = (receipt) => receipt.mutations.map(({ name }) => name);
    const chain = receipts.map((it) => [it.sequence, names(it), it.after, it.previous, it.hash]);
    const found = await this.store.verify();
    const problems = found.problems.map(({ reason }) => reason);
    return { chain, problems, receipts: found.receipts };
  }
}
