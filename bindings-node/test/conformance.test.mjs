// Goal: Node does what every language does. Method: the cases of tests/spec/cases, each in every mode, through the
// promises and again through the Sync twins. The format is described in tests/spec/README.md.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { Executor, driveAsync } from './conformance/executor.mjs';
import { cases, same } from './conformance/format.mjs';

// What JavaScript can't express, by name.
const LACKS = {
  float_type: 'a number that is whole is an integer',
  integer_name_order: 'objects move members whose names are integers to the front',
  non_string_name: 'objects turn the names of their members into strings',
};
const MODES = ['direct', 'reopen', 'transaction'];

const folder = mkdtempSync(join(tmpdir(), 'statehold-conformance-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

for (const isSync of [false, true]) {
  describe(isSync ? 'Sync twins' : 'promises', () => {
    for (const [file, testCase] of cases()) {
      const lack = (testCase.needs ?? []).find((need) => need in LACKS);
      const modes = testCase.modes ?? MODES;
      for (const mode of modes) {
        test(`${file}: ${testCase.name} (${mode})`, { skip: lack && LACKS[lack] }, async () => {
          const run = async (each) => {
            files += 1;
            return driveAsync(new Executor(testCase, each, join(folder, `${files}.db`), isSync).run());
          };
          const content = await run(mode);
          if (mode !== 'direct' && modes.includes('direct')) {
            assert(same(content, await run('direct')), 'it leaves something else than direct');
          }
        });
      }
    }
  });
}
