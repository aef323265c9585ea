import { defineConfig } from 'vitest/config';

/** Tests of what is taken of processor time: beside other work on the same core, everything takes more. */
const measuring = [
  'packages/sdnet/test/node/hostile-images.test.ts',
  'packages/lab/test/cli/hostile-inputs.test.ts',
  'packages/lab/test/datasets/synthetic.test.ts',
];

export default defineConfig({
  test: {
    // For what hangs alone: the machine may have other work, and then everything takes several times as long.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'measuring',
          include: measuring,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'all others',
          include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/*.test.ts'],
          exclude: measuring,
          // Two cores: ONNX Runtime itself uses both.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
