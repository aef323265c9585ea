/** Times an engine, named by the address, on the frames of `scenes.bin`, as canvases; prints a line of JSON a row. */
import { createRecognizer, createTracker } from 'sdnet';
import { cutFrame } from '../scenes/cut-frame.mjs';
import { matchFaces } from '../scenes/matching.mjs';
import { timeClip, timeClips, timePhotos } from '../scenes/time-frames.mjs';

const fetched = async (path) => (await fetch(path)).arrayBuffer();
const layout = await (await fetch('scenes.json')).json();
const planes = new Uint8Array(await fetched('scenes.bin'));

const scenes = {
  count: layout.faces.length,
  frame(index, step = 0) {
    const { grey, left, top } = cutFrame(layout, planes, index, step);
    const data = new ImageData(640, 480);
    for (let at = 0; at < grey.length; at++) data.data.set([grey[at], grey[at], grey[at], 255], 4 * at);
    const image = document.createElement('canvas');
    Object.assign(image, { width: 640, height: 480 });
    image.getContext('2d').putImageData(data, 0, 0);
    const { x, y, size, expression } = layout.faces[index];
    const judge = (faces) => {
      const boxes = faces.map(({ box }) => box);
      const match = matchFaces([{ x: x - left, y: y - top, size }], boxes)[0];
      return { found: match >= 0, right: faces[match]?.expression === expression };
    };
    return { image, judge };
  },
};
const best = (scores) => Object.keys(scores).sort((a, b) => scores[b] - scores[a])[0];
const query = new URLSearchParams(location.search);
const threads = Number(query.get('threads'));
const print = (row) => console.log(JSON.stringify({ threads, batch: 1, ...row }));

async function ours() {
  const [name, weights] = [query.get('name'), query.get('weights')];
  const recognizer = await createRecognizer({ threads, ...(weights && { weights }) });
  const tracker = createTracker(recognizer);
  print({ name, path: 'photo', ...(await timePhotos(scenes, recognizer.recognize)) });
  const larger = (image) => recognizer.recognize(image, { minimumFace: 40 });
  print({ name, path: 'photo, faces from 40 px', ...(await timePhotos(scenes, larger)) });
  print({ name, path: 'camera', ...(await timeClips(scenes, 20, tracker)) });
  print({ name, path: 'clip', ...(await timeClip(scenes, 300, tracker)) });
}

async function faceApi() {
  const faceapi = await import(`${location.origin}/face-api/dist/face-api.esm.js`);
  faceapi.tf.setWasmPaths('/wasm/');
  await faceapi.tf.setBackend('wasm');
  await faceapi.tf.ready();
  await faceapi.nets.tinyFaceDetector.loadFromUri('/face-api/model');
  await faceapi.nets.faceExpressionNet.loadFromUri('/face-api/model');
  const options = new faceapi.TinyFaceDetectorOptions();
  const names = { disgusted: 'disgust', fearful: 'fear', surprised: 'surprise' };
  const recognize = async (canvas) =>
    (await faceapi.detectAllFaces(canvas, options).withFaceExpressions()).map(
      ({ detection: { box }, expressions }) => {
        const expression = best(expressions);
        return { box, expression: names[expression] ?? expression };
      },
    );
  print({ name: 'face-api.js', path: 'photo', ...(await timePhotos(scenes, recognize)) });
}

async function human() {
  const { default: Human } = await import(`${location.origin}/human/dist/human.esm.js`);
  const off = { enabled: false };
  const instance = new Human({
    ...{ backend: 'wasm', wasmPath: '/wasm/', modelBasePath: '/human/models', debug: false },
    // Every image is a new one.
    cacheSensitivity: 0,
    ...{ filter: off, body: off, hand: off, object: off, gesture: off, segmentation: off },
    face: {
      ...{ enabled: true, mesh: off, iris: off, description: off, attention: off },
      emotion: { enabled: true },
    },
  });
  await instance.load();
  const recognize = async (canvas) =>
    (await instance.detect(canvas)).face.map(({ box: [x, y, width, height], emotion = [] }) => ({
      box: { x, y, width, height },
      expression: emotion[0]?.emotion,
    }));
  print({ name: 'Human', path: 'photo', ...(await timePhotos(scenes, recognize)) });
}

await { ours, 'face-api.js': faceApi, Human: human }[query.get('engine')]();
console.log('done');
