/**
 * Recall and precision of face detectors on composed scenes, ours beside face-api.js' tiny detector and Human's; see
 * README.md.
 *
 *   node benchmarks/detection.mjs --data FER2013 [--scenes 200] [--empty 200] [--split validation|train] [--only ours]
 *
 * Every detector sees the same scenes: 640×480, up to 12 faces of 24 to 400 pixels, half of them on drawn heads, upright
 * (±10°), at ±30° and at ±45° (each ±5°), on drawn backgrounds; and as many textured ones without a face.
 */
import { parseArgs } from 'node:util';
import { textures } from './scenes/backgrounds.mjs';
import { paintScene, planScene } from './scenes/compose.mjs';
import { detectors } from './scenes/detectors.mjs';
import { faceCrops } from './scenes/face-crops.mjs';
import { matchFaces } from './scenes/matching.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    split: { type: 'string', default: 'validation' },
    scenes: { type: 'string', default: '200' },
    empty: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
if (!values.data) {
  console.error('Name FER2013 by --data: its folder, or fer2013.csv.');
  process.exit(2);
}
const { count, cropOf } = await faceCrops(values.data, values.split);
const sizes = [24, 32, 48, 64, 96, 150, 250, 400];
const poses = [
  { pose: 'upright', angles: [0], jitter: 10 },
  { pose: '±30°', angles: [30, -30], jitter: 5 },
  { pose: '±45°', angles: [45, -45], jitter: 5 },
];
const seed = Number(values.seed);

/** The scenes: half of them upright, a quarter for each of the other poses. */
function* scenes() {
  for (let index = 0; index < Number(values.scenes); index++) {
    const { pose, ...turned } = poses[[0, 1, 0, 2][index % 4]];
    const plan = planScene({ seed: seed * 100_000 + index, crops: count, sizes, ...turned });
    yield { pose, plan, image: paintScene(plan, cropOf) };
  }
}

function* emptyScenes() {
  for (let index = 0; index < Number(values.empty); index++) {
    const background = textures[index % textures.length];
    const scene = { seed: seed * 100_000 + 50_000 + index, width: 640, height: 480, background, faces: [] };
    yield paintScene(scene, cropOf);
  }
}

const rows = [];
for (const [name, load] of Object.entries(detectors)) {
  if (values.only && values.only !== name) continue;
  const detector = await load();
  const found = new Map();
  const tally = (key, hit) => {
    const sum = found.get(key) ?? { faces: 0, hits: 0 };
    found.set(key, { faces: sum.faces + 1, hits: sum.hits + hit });
  };
  let detections = 0;
  let hits = 0;
  let faces = 0;
  for (const { pose, plan, image } of scenes()) {
    const boxes = await detector.detect(image);
    const matches = matchFaces(plan.faces, boxes);
    for (const [index, { size, head }] of plan.faces.entries()) {
      const hit = matches[index] >= 0 ? 1 : 0;
      tally(`${pose} ${size}`, hit);
      tally(`${head ? 'head' : 'crop'} ${size}`, hit);
    }
    const matched = matches.filter((box) => box >= 0).length;
    detections += boxes.length;
    faces += plan.faces.length;
    hits += matched;
  }
  let inEmpty = 0;
  for (const image of emptyScenes()) if ((await detector.detect(image)).length > 0) inEmpty++;
  await detector.release();
  rows.push({
    name,
    found,
    precision: hits / detections,
    falseFaces: detections - hits,
    recall: hits / faces,
    inEmpty,
  });
}

/** With its standard error. */
function percent(hits, faces) {
  if (faces === 0) return '–';
  const share = hits / faces;
  const error = Math.sqrt((share * (1 - share)) / faces);
  return `${(100 * share).toFixed(1)} ± ${(100 * error).toFixed(1)} % (${faces})`;
}
const largeEnough = sizes.filter((size) => size >= 64);
const recallOf = ({ found }, kind, some) => {
  const sums = some.map((size) => found.get(`${kind} ${size}`) ?? { faces: 0, hits: 0 });
  return percent(
    sums.reduce((sum, { hits }) => sum + hits, 0),
    sums.reduce((sum, { faces }) => sum + faces, 0),
  );
};
console.log(
  `\n${values.scenes} scenes of ${values.split} faces, ${values.empty} textures without faces. Recall (of how many faces):\n`,
);
console.log(
  table(
    [
      ['detector', ({ name }) => name],
      ['pose', ({ pose }) => pose],
      ...sizes.map((size) => [`${size} px`, (row) => recallOf(row, row.pose, [size])]),
    ],
    rows.flatMap((row) => poses.map(({ pose }) => ({ ...row, pose }))),
  ),
);
console.log();
console.log(
  table(
    [
      ['detector', ({ name }) => name],
      ['upright, 64 px and more', (row) => recallOf(row, 'upright', largeEnough)],
      ['upright, 32–64 px', (row) => recallOf(row, 'upright', [32, 48, 64])],
      ['upright, 24 px', (row) => recallOf(row, 'upright', [24])],
      ['±45°, 64 px and more', (row) => recallOf(row, '±45°', largeEnough)],
      ['on drawn heads, 64 px and more', (row) => recallOf(row, 'head', largeEnough)],
      ['tight crops, 64 px and more', (row) => recallOf(row, 'crop', largeEnough)],
      ['precision', (row) => `${(100 * row.precision).toFixed(1)} %`],
      ['false faces a scene', (row) => (row.falseFaces / Number(values.scenes)).toFixed(3)],
      ['textures with a false face', (row) => `${row.inEmpty} of ${values.empty}`],
    ],
    rows,
  ),
);
