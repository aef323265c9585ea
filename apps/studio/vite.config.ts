import { defineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy } from './headers.mjs';

/** The policy in the page itself, for servers that send no headers. */
const policyInPage: Plugin = {
  name: 'policy-in-page',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  root: import.meta.dirname,
  // It runs below any path.
  base: './',
  plugins: [policyInPage],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Only files: what is in the page as data would have to be allowed by the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
