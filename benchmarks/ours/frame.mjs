/**
 * Times our recognizer on whole frames in Node: a JSON line for photos, for the camera (`createTracker`) and for a clip.
 *
 *   node ours/frame.mjs --scenes FOLDER [--threads 2] [--weights FILE] [--name ours]
 */
import { parseArgs } from 'node:util';
import { createRecognizer, createTracker } from 'sdnet';
import { printRow } from '../peers/peer.mjs';
import { movingFaces } from '../scenes/moving-faces.mjs';
import { timeClip, timeClips, timePhotos } from '../scenes/time-frames.mjs';

const { values } = parseArgs({
  options: {
    scenes: { type: 'string' },
    threads: { type: 'string', default: '2' },
    weights: { type: 'string' },
    name: { type: 'string', default: 'ours' },
  },
});
const threads = Number(values.threads);
const scenes = await movingFaces(values.scenes);
const { weights, name } = values;
const recognizer = await createRecognizer({ threads, ...(weights && { weights }) });
const tracker = createTracker(recognizer);
const row = { name, threads, batch: 1 };
printRow({ ...row, path: 'photo', ...(await timePhotos(scenes, recognizer.recognize)) });
// Face-api.js and Human hardly find smaller ones (detection.mjs), and take no time to look for them.
const larger = (image) => recognizer.recognize(image, { minimumFace: 40 });
printRow({ ...row, path: 'photo, faces from 40 px', ...(await timePhotos(scenes, larger)) });
printRow({ ...row, path: 'camera', ...(await timeClips(scenes, 40, tracker)) });
printRow({ ...row, path: 'clip', ...(await timeClip(scenes, 300, tracker)) });
await recognizer.release();
