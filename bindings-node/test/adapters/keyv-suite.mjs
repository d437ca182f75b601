// Keyv's own test suite, as vitest runs it: once for each Keyv, each time with all of its handles on one file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import keyvTestSuite, { keyvIteratorTests } from '@keyv/test-suite';
import { Keyv } from 'keyv';
import { Keyv as Keyv6 } from 'keyv-6';
import { KeyvStatehold } from 'statehold/keyv';
import * as vitest from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'statehold-keyv-'));
vitest.afterAll(() => rmSync(folder, { recursive: true, maxRetries: 5 }));

function suite(name, kind, api) {
  vitest.describe(name, () => {
    const store = () => new KeyvStatehold(join(folder, `${name}.db`));
    keyvTestSuite(api, kind, store);
    keyvIteratorTests(api, kind, store);
  });
}

suite('Keyv 5', Keyv, vitest);
// The suite is that of Keyv 5. Keyv 6 answers with an answer for each key, an array, which is never falsy.
const others = ['.deleteMany([keys]) with nonexistent keys resolves to false'];
const it = (title, body) => (others.includes(title) ? vitest.it.fails : vitest.it)(title, body);
suite('Keyv 6', Keyv6, { ...vitest, it });
