import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'runs/'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        URL: 'readonly',
        Response: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['benchmarks/pages/*.js'],
    languageOptions: {
      globals: {
        ImageData: 'readonly',
        PerformanceObserver: 'readonly',
        URLSearchParams: 'readonly',
        clearInterval: 'readonly',
        createImageBitmap: 'readonly',
        document: 'readonly',
        fetch: 'readonly',
        location: 'readonly',
        setInterval: 'readonly',
      },
    },
  },
  {
    rules: {
      // Noted where it is meant: an index is known to be in range.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    // The command prints in one place, where what is not ours is made visible and a reader may leave.
    files: ['packages/lab/src/**/*.ts'],
    ignores: ['packages/lab/src/cli/output.ts'],
    rules: { 'no-console': 'error' },
  },
);
