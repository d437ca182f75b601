// Runs when the package is installed from a folder of a clone (npm runs `prepare` for those, and not for what
// comes from the registry): fetches the build tools if they are missing, and builds what is out of date.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const run = (command) => execSync(command, { cwd, stdio: 'inherit' });

if (!existsSync(new URL('../node_modules/@napi-rs/cli', import.meta.url))) {
  run('npm ci --ignore-scripts --no-audit --no-fund');
}
run('npm run build');
