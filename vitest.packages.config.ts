import { defineConfig } from 'vitest/config';

/** Tests that install the packages as a user does: they need the registry, and Chromium for the pages. */
export default defineConfig({
  test: {
    include: ['test/projects/*.test.ts'],
    // For what hangs alone.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
  },
});
