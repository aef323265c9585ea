// Reads the expression of the image it is given, and trains for an epoch into the folder `run`.
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { nodeRuntime } from '@sdnet/autograd/node';
import { decodeImage, loadDataset, readWeights, requireSplit, train } from '@sdnet/lab';
import { recipeNamed } from '@sdnet/training';
import { createCropRecognizer } from 'sdnet';

const weights = fileURLToPath(import.meta.resolve('@sdnet/model-fer2013/weights.safetensors'));
const recognizer = await createCropRecognizer(nodeRuntime, await readWeights(weights));
const [{ expression }] = await recognizer.recognize([await decodeImage(workerData ?? process.argv[2])]);

const dataset = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 10 } });
const { history } = await train({
  dataset,
  partition: { train: requireSplit(dataset, 'train'), validation: requireSplit(dataset, 'validation') },
  model: 'mobilenet-v3-small',
  recipe: { ...recipeNamed('paper'), size: 32, epochs: 1 },
  seed: 1,
  out: 'run',
});
console.log(`${expression}, epoch ${history[0].epoch}`);
