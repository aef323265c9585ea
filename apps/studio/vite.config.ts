import { resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { modelCard } from './build-plugins/model-card.js';
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

/** How long a plug-in takes is no fault of what is built. */
const checks = { pluginTimings: false };

export default defineConfig({
  root: import.meta.dirname,
  // It runs below any path.
  base: './',
  plugins: [
    policyInPage,
    modelCard(resolve(import.meta.dirname, '../..')),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'service-worker',
      filename: 'service-worker.ts',
      // By src/offline, without a script in the page.
      injectRegister: false,
      injectManifest: {
        globPatterns: ['**/*.{html,js,css,svg,png,jpg,wasm,onnx,txt,webmanifest}', 'assets/*.safetensors'],
        // For browsers in which no worker can be had, which have no service worker either.
        globIgnores: ['assets/page-backend-*.js'],
        maximumFileSizeToCacheInBytes: 32 * 2 ** 20,
      },
      manifest: {
        name: 'SDNet Studio',
        short_name: 'SDNet',
        description: 'Reads the expression of faces in your browser. Pictures never leave your device.',
        start_url: './',
        scope: './',
        display: 'standalone',
        background_color: '#0e1016',
        theme_color: '#0e1016',
        icons: [
          { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
        ],
      },
    }),
  ],
  worker: { format: 'es', rolldownOptions: { checks } },
  build: {
    target: 'es2022',
    // Only files: what is in the page as data would have to be allowed by the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks,
      output: {
        // Apart, as the service worker keeps them when they are chosen, not from the beginning.
        assetFileNames: ({ originalFileNames: [file = ''] }) =>
          /models\/(table-1|sdnet-fer2013-48|sdnet-fer2013-paper)\//.test(file)
            ? 'assets/more/[name]-[hash][extname]'
            : 'assets/[name]-[hash][extname]',
      },
    },
    license: { fileName: 'licenses.txt' },
  },
});
