#!/usr/bin/env node
// The command line: `npx statehold`. All of it is native; this hands over the arguments and the exit code.
'use strict';
process.exitCode = require('../native/index.js').run(['statehold', ...process.argv.slice(2)]);
