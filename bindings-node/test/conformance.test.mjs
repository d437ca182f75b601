// Goal: Node does what every language does. Method: the cases of tests/spec/cases, each in every mode, through the
// promises and again through the Sync twins. The format is described in tests/spec/README.md.
import assert from 'node:assert/strict';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Executor, driveAsync } from './conformance/executor.mjs';
import { cases, same } from './conformance/format.mjs';

// What JavaScript can't express, by name.
const LACKS = {
  float_type: 'a number that is whole is an integer',
  integer_name_order: 'objects move members whose names are integers to the front',
  non_string_name: 'objects turn the names of their members into strings',
};
const MODES = ['direct', 'reopen', 'transaction'];

// In memory where the system has a folder for that: no case is about the disk, and waiting for it would take half of
// the time.
const MEMORY = '/dev/shm';
const isWritable = (folder) => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
const FOLDER = isWritable(MEMORY) ? MEMORY : tmpdir();

// What a case leaves in a store of its own.
async function run(testCase, mode, isSync) {
  const folder = mkdtempSync(join(FOLDER, 'statehold-'));
  try {
    return await driveAsync(new Executor(testCase, mode, join(folder, 'store.db'), isSync).run());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const isSync of [false, true]) {
  // What the mode direct leaves of each case, which is run once; the other modes are compared with it.
  const left = new Map();
  const leftByDirect = async (testCase) => {
    if (!left.has(testCase)) left.set(testCase, await run(testCase, 'direct', isSync));
    return left.get(testCase);
  };

  describe(isSync ? 'Sync twins' : 'promises', () => {
    for (const [file, testCase] of cases()) {
      const lack = (testCase.needs ?? []).find((need) => need in LACKS);
      const modes = testCase.modes ?? MODES;
      for (const mode of modes) {
        test(`${file}: ${testCase.name} (${mode})`, { skip: lack && LACKS[lack] }, async () => {
          if (mode === 'direct') {
            await leftByDirect(testCase);
            return;
          }
          const content = await run(testCase, mode, isSync);
          if (modes.includes('direct')) {
            assert(same(content, await leftByDirect(testCase)), 'it leaves something else than direct');
          }
        });
      }
    }
  });
}
