import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { root } from './packages.js';

/**
 * Writes a page with all that `sdnet` needs in it to `folder`: it runs `script`, which may import by the packages' names.
 *
 * @param external what the script imports and is not to be bundled
 * @param files further ones that it fetches, by their path in the repository, to lie beside it
 */
export async function writeRecognizerPage(
  folder: string,
  script: string,
  external: readonly string[] = [],
  files: readonly string[] = [],
): Promise<void> {
  await bundleScript(script, join(folder, 'main.js'), external);
  await bundle({
    entryPoints: [join(root, 'packages/sdnet/dist/browser/recognizer-worker.js')],
    outfile: join(folder, 'recognizer-worker.js'),
  });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
  const needed = [
    'models/blazeface/back.onnx',
    'models/blazeface/short-range.onnx',
    'models/sdnet-fer2013/weights.safetensors',
    'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  ];
  for (const file of [...needed, ...files]) copyFileSync(join(root, file), join(folder, basename(file)));
}

/** A script as a bundler makes it for a page. */
export const bundleScript = (
  contents: string,
  outfile: string,
  external: readonly string[] = [],
): Promise<unknown> =>
  bundle({ stdin: { contents, resolveDir: root, sourcefile: 'main.js' }, outfile, external: [...external] });

const bundle = (options: BuildOptions) =>
  build({ bundle: true, format: 'esm', logLevel: 'silent', ...options });
