import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/*.test.ts'],
    // For what hangs alone: the machine may have other work, and then everything takes several times as long.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // Two cores: ONNX Runtime itself uses both.
    maxWorkers: 2,
  },
});
