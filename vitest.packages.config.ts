import { defineConfig } from 'vitest/config';

/** Tests that install the packages as a user does: they need the registry, and Chromium for the pages. */
export default defineConfig({
  test: {
    include: ['test/projects/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
