/**
 * Times an engine on whole frames in headless Chromium, on WebAssembly with one thread: JSON lines.
 *
 *   node pages/time-frames.mjs --scenes FOLDER --engine ours|face-api.js|Human [--weights FILE] [--name ours]
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { URLSearchParams } from 'node:url';
import { parseArgs } from 'node:util';
import { folderOf } from '../peers/peer.mjs';
import { bundlePage, runPage } from './chromium.mjs';

const { values } = parseArgs({
  options: {
    scenes: { type: 'string' },
    engine: { type: 'string' },
    weights: { type: 'string' },
    name: { type: 'string', default: 'ours' },
  },
});
await bundlePage('frames.js', values.scenes);
// A page that is not cross-origin isolated has one thread, whatever it asks for.
const query = new URLSearchParams({ threads: '1', engine: values.engine, name: values.name });
if (values.weights) {
  await copyFile(values.weights, join(values.scenes, 'other.safetensors'));
  query.set('weights', 'other.safetensors');
}
const mounts =
  values.engine === 'ours'
    ? {}
    : {
        'face-api': `${folderOf('@vladmandic/face-api/dist/face-api.node-wasm.js')}/..`,
        human: `${folderOf('@vladmandic/human')}/..`,
        wasm: folderOf('@tensorflow/tfjs-backend-wasm'),
      };
const { lines } = await runPage(values.scenes, { mounts, query: `?${query}` });
for (const line of lines) console.log(JSON.stringify(line));
