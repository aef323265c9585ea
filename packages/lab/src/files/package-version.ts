import { createRequire } from 'node:module';

/** Of the package this is part of. */
export const { version: packageVersion } = createRequire(import.meta.url)('../../package.json') as {
  readonly version: string;
};
