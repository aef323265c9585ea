import { folderOf, requirePeer, tensorflowWasm } from './peer.mjs';

/** face-api.js's expression net, with its own resize to 112×112 and normalisation, on TensorFlow.js' wasm backend. */
export async function faceApiNet() {
  const { tf, threads } = await tensorflowWasm();
  const build = '@vladmandic/face-api/dist/face-api.node-wasm.js';
  const faceapi = requirePeer(build);
  await faceapi.nets.faceExpressionNet.loadFromDisk(`${folderOf(build)}/../model`);
  return {
    tf,
    threads,
    note: `@vladmandic/face-api ${faceapi.version} on TensorFlow.js wasm, with its resize`,
    /** From one crop [48,48,3] of bytes, or several, to as many objects with a score for each of its expressions. */
    predict: (crops) => faceapi.nets.faceExpressionNet.predictExpressions(crops),
  };
}
