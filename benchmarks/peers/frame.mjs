/**
 * Times face-api.js or Human on whole frames in Node, on TensorFlow.js' wasm backend: a JSON line.
 *
 *   node peers/frame.mjs --scenes FOLDER --peer face-api.js|Human
 */
import { parseArgs } from 'node:util';
import { movingFaces } from '../scenes/moving-faces.mjs';
import { timePhotos } from '../scenes/time-frames.mjs';
import { printRow } from './peer.mjs';
import { faceApi, human } from './whole-face.mjs';

const { values } = parseArgs({ options: { scenes: { type: 'string' }, peer: { type: 'string' } } });
const scenes = await movingFaces(values.scenes);
const { threads, recognize } = await { 'face-api.js': faceApi, Human: human }[values.peer]();
const named = ({ box, scores }) => ({
  box,
  expression: Object.keys(scores).sort((a, b) => scores[b] - scores[a])[0],
});
const measured = await timePhotos(scenes, async (image) => (await recognize(image)).map(named));
printRow({ name: values.peer, threads, batch: 1, path: 'photo', ...measured });
