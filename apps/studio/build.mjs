/**
 * Builds the studio into a folder of static files.
 *
 *   node build.mjs [--out FOLDER]
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** As in vite.config.ts. */
const checks = { pluginTimings: false };

/** @param {{ outDir?: string, logLevel?: import('vite').LogLevel }} options */
export async function buildStudio({ outDir = join(root, 'dist'), logLevel = 'warn' } = {}) {
  await build({
    ...{ root, logLevel },
    configFile: join(root, 'vite.config.ts'),
    build: { outDir, emptyOutDir: true },
  });
  // The recognizer once more, on ONNX Runtime's build with WebGPU, which is twice as large: loaded where it is chosen.
  await build({
    ...{ root, logLevel },
    configFile: false,
    base: './',
    publicDir: false,
    resolve: { alias: { '#onnxruntime-web': 'onnxruntime-web/webgpu' } },
    worker: { format: 'es', rolldownOptions: { checks } },
    build: {
      target: 'es2022',
      outDir: join(outDir, 'webgpu'),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: {
        checks,
        input: join(root, 'src/webgpu/recognizer.ts'),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: 'recognizer.js' },
      },
    },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  await buildStudio(values.out === undefined ? {} : { outDir: resolve(values.out) });
}
