/**
 * Recognises a photo whose faces are known, four times: a JSON line with the median time but for the first, which counts apart.
 *
 *   node ours/large-photo.mjs --file FILE --faces JSON [--threads 2]
 */
import { parseArgs } from 'node:util';
import { createRecognizer } from 'sdnet';
import { median, printRow } from '../peers/peer.mjs';
import { matchFaces } from '../scenes/matching.mjs';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    faces: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
});
const recognizer = await createRecognizer({ threads: Number(values.threads) });
const times = [];
let boxes;
for (let run = 0; run < 4; run++) {
  const start = performance.now();
  boxes = (await recognizer.recognize(values.file)).map(({ box }) => box);
  times.push(performance.now() - start);
}
const found = matchFaces(JSON.parse(values.faces), boxes).filter((box) => box >= 0).length;
const [first, ...others] = times;
printRow({ batch: 1, milliseconds: median(others), first, found, falseFaces: boxes.length - found });
await recognizer.release();
