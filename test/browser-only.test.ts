import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { root } from './support/packages.js';

/** What a page may import. */
const entries = ['@sdnet/autograd', '@sdnet/autograd/web', 'sdnet', '@sdnet/training'];

/** Bundles everything an entry exports for a page. Node's modules are not there. */
const bundled = (entry: string) =>
  build({
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

  it('a package for Node does', async () => {
    await expect(bundled('@sdnet/lab')).rejects.toThrow(/Could not resolve "/);
  });
});
