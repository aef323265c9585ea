/**
 * face-api.js and Human from an image to expressions, on TensorFlow.js' wasm backend, as their users run them: face-api.js
 * with its tiny detector at its defaults (416 pixels, score 0.5) and its expression net; Human with its face detector and
 * emotion net at their defaults, everything else off; `maximumFaces` in place of its default of 1. `detect` gives for each face its box in the image's pixels and a
 * score for each of FER2013's classes, by their names.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { folderOf, requirePeer, tensorflowWasm } from './peer.mjs';

/** An image as [H,W,3] bytes. */
const tensorOf = (tf, { width, height, pixels }) => tf.tensor3d(pixels, [height, width, 3], 'int32');

export async function faceApi() {
  const { tf, threads } = await tensorflowWasm();
  const build = '@vladmandic/face-api/dist/face-api.node-wasm.js';
  const faceapi = requirePeer(build);
  const folder = `${folderOf(build)}/../model`;
  await faceapi.nets.tinyFaceDetector.loadFromDisk(folder);
  await faceapi.nets.faceExpressionNet.loadFromDisk(folder);
  const options = new faceapi.TinyFaceDetectorOptions();
  const boxOf = ({ x, y, width, height }) => ({ x, y, width, height });
  return {
    name: `@vladmandic/face-api ${faceapi.version}`,
    threads,
    async detect(image) {
      const tensor = tensorOf(tf, image);
      const faces = await faceapi.detectAllFaces(tensor, options);
      tensor.dispose();
      return faces.map(({ box }) => ({ box: boxOf(box) }));
    },
    async recognize(image) {
      const tensor = tensorOf(tf, image);
      const faces = await faceapi.detectAllFaces(tensor, options).withFaceExpressions();
      tensor.dispose();
      return faces.map(({ detection: { box }, expressions }) => ({
        box: boxOf(box),
        scores: {
          angry: expressions.angry,
          disgust: expressions.disgusted,
          fear: expressions.fearful,
          happy: expressions.happy,
          sad: expressions.sad,
          surprise: expressions.surprised,
          neutral: expressions.neutral,
        },
      }));
    },
    release: async () => {},
  };
}

export async function human({ maximumFaces = 1 } = {}) {
  const { tf, threads } = await tensorflowWasm();
  const folder = `${folderOf('@vladmandic/human')}/..`;
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  fetchFiles();
  const { default: Human } = await import(pathToFileURL(`${folder}/dist/human.node-wasm.js`));
  const off = { enabled: false };
  const instance = new Human.Human({
    backend: 'wasm',
    wasmPath: `${folderOf('@tensorflow/tfjs-backend-wasm')}/`,
    modelBasePath: `file://${folder}/models`,
    debug: false,
    // Every image is a new one.
    cacheSensitivity: 0,
    filter: off,
    face: {
      enabled: true,
      detector: { maxDetected: maximumFaces },
      mesh: off,
      iris: off,
      description: off,
      emotion: { enabled: true },
      attention: off,
    },
    body: off,
    hand: off,
    object: off,
    gesture: off,
    segmentation: off,
  });
  await instance.load();
  async function recognize(image) {
    const tensor = tensorOf(tf, image);
    const { face } = await instance.detect(tensor);
    tensor.dispose();
    return face.map(({ box: [x, y, width, height], emotion = [] }) => ({
      box: { x, y, width, height },
      scores: Object.fromEntries(emotion.map(({ emotion: name, score }) => [name, score])),
    }));
  }
  return {
    name: `@vladmandic/human ${version}`,
    threads,
    detect: recognize,
    recognize,
    release: async () => {},
  };
}

/** Under Node, Human's wasm build fetches its models, which `fetch` refuses for files. */
function fetchFiles() {
  const { fetch } = globalThis;
  globalThis.fetch = async (resource, init) => {
    const url = String(resource?.url ?? resource);
    return url.startsWith('file:') ? new Response(readFileSync(new URL(url))) : fetch(resource, init);
  };
}
