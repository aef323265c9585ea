import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { root } from './support/packages.js';

/** What a page may import. */
const entries = ['@sdnet/autograd', '@sdnet/autograd/web', 'sdnet', '@sdnet/training'];

/** Bundles everything an entry exports for a page. Node's modules are not there. */
const bundled = (entry: string, alias: Readonly<Record<string, string>> = {}) =>
  build({
    alias,
    stdin: { contents: `import * as all from '${entry}'; console.log(all);`, resolveDir: root },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });

describe('bundled for a browser', () => {
  it.each(entries)('%s imports nothing of Node', async (entry) => {
    const { metafile, errors } = await bundled(entry);
    expect(errors).toEqual([]);
    const { imports } = Object.values(metafile.outputs)[0]!;
    expect(imports.map(({ path }) => path)).toEqual([]);
    expect(Object.keys(metafile.inputs).filter((path) => path.includes('onnxruntime-node'))).toEqual([]);
  });

  it('has the runtime without WebGPU, or with it where the bundler is told as docs/bundlers.md says', async () => {
    const runtimes = async (alias?: Readonly<Record<string, string>>) =>
      Object.keys((await bundled('sdnet', alias)).metafile.inputs).filter((path) =>
        /\bort\..*mjs$/.test(path),
      );
    expect(await runtimes()).toEqual([expect.stringMatching(/ort\.wasm\./)]);
    const [from, to] = /--alias:(\S+)=([^`\s]+)/
      .exec(readFileSync(join(root, 'docs/bundlers.md'), 'utf8'))!
      .slice(1);
    expect(await runtimes({ [from!]: to! })).toEqual([expect.stringMatching(/ort\.webgpu\./)]);
  });

  it('a package for Node does', async () => {
    await expect(bundled('@sdnet/lab')).rejects.toThrow(/Could not resolve "/);
  });
});
