/**
 * Times an engine on whole frames in headless Chromium, on WebAssembly with one thread: JSON lines.
 *
 *   node pages/time-frames.mjs --scenes FOLDER --engine ours|face-api.js|Human
 */
import { parseArgs } from 'node:util';
import { folderOf } from '../peers/peer.mjs';
import { bundlePage, runPage } from './chromium.mjs';

const { values } = parseArgs({ options: { scenes: { type: 'string' }, engine: { type: 'string' } } });
await bundlePage('frames.js', values.scenes);
const mounts =
  values.engine === 'ours'
    ? {}
    : {
        'face-api': `${folderOf('@vladmandic/face-api/dist/face-api.node-wasm.js')}/..`,
        human: `${folderOf('@vladmandic/human')}/..`,
        wasm: folderOf('@tensorflow/tfjs-backend-wasm'),
      };
// A page that is not cross-origin isolated has one thread, whatever it asks for.
const { lines } = await runPage(values.scenes, { mounts, query: `?threads=1&engine=${values.engine}` });
for (const line of lines) console.log(JSON.stringify(line));
