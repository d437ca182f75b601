// Runs before the package is packed: its licences stand at the root of the repository, and npm packs what lies in its folder.
import { copyFileSync } from 'node:fs';

for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
  copyFileSync(new URL(`../../${name}`, import.meta.url), new URL(`../${name}`, import.meta.url));
}
