/** What a package needs to have a command of `sdnet` (see command-packages.ts). */
export type { CommandModule } from 'yargs';
export { requireThreads, requireWhole } from './options.js';
export { print } from './output.js';
export { UsageError } from './usage-error.js';
export { weightsFileOf, weightsOption } from './weights.js';
