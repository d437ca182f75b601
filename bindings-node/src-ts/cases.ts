/** The cases of a store or of a transaction, and what looking through them finds. */
import type { CaseCheck, CaseFilter, CaseOptions, CaseProblem, CaseSummary } from './case-types.js';
import type { Call, handles } from './native.js';
import { CASES, CREATING, checked } from './options.js';
import { encode } from './value.js';

function shownProblem({ caseId, sequence, receiptId, reason }: handles.CaseProblem): CaseProblem {
  return { caseId, sequence: sequence ?? null, receiptId: receiptId ?? null, reason };
}

export function shownCheck(check: handles.CaseCheck): CaseCheck {
  return { ...check, problems: check.problems.map(shownProblem) };
}

/** What a store and a transaction have of cases. */
type Cases = Pick<handles.Store, 'createCase' | 'cases'>;

export function creating(cases: Cases, ctx: object, options: CaseOptions | undefined): Call<handles.Case> {
  const [text, given] = [encode(ctx), checked(options, CREATING) as handles.Creating | undefined];
  return (later) => cases.createCase(text, given, later);
}

export function listing(cases: Cases, options: CaseFilter | undefined): Call<CaseSummary[]> {
  const given = checked(options, CASES) as handles.CaseListing | undefined;
  return (later) => cases.cases(given, later) as CaseSummary[] | Promise<CaseSummary[]>;
}
