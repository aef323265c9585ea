import { readFileSync } from 'node:fs';
import { folderOf, tensorflowWasm } from './peer.mjs';

const SIDE = 64;

/**
 * Human's emotion net on TensorFlow.js' wasm backend. Human runs the net only behind its face detector, so it is loaded
 * here by itself, with the preprocessing of Human's src/gear/emotion.ts: resize to 64×64, grey, −1…1.
 */
export async function humanNet() {
  const { tf, threads } = await tensorflowWasm();
  const folder = `${folderOf('@vladmandic/human')}/..`;
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const net = await tf.loadGraphModel({ load: async () => savedModel(folder) });
  const luma = tf.tensor1d([0.2989, 0.587, 0.114]);
  return {
    tf,
    threads,
    note: `@vladmandic/human ${version} on TensorFlow.js wasm, with its resize`,
    /** Scores [N,7] (angry, disgust, fear, happy, sad, surprise, neutral) of crops [N,48,48,3] in 0…1. */
    async scores(crops) {
      const output = tf.tidy(() => {
        const grey = tf.image.resizeBilinear(crops, [SIDE, SIDE]).mul(luma).sum(3, true);
        return net.execute(grey.sub(0.5).mul(2));
      });
      const values = await output.data();
      output.dispose();
      return values;
    },
  };
}

/** The model's topology and weights, in the form TensorFlow.js asks of a loader. */
function savedModel(folder) {
  const { modelTopology, userDefinedMetadata, weightsManifest } = JSON.parse(
    readFileSync(`${folder}/models/emotion.json`, 'utf8'),
  );
  const weights = readFileSync(`${folder}/models/emotion.bin`);
  return {
    modelTopology,
    userDefinedMetadata,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
  };
}
