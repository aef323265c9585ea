/**
 * Times engines on moving faces, the same way for each engine, in Node and in pages.
 *
 * @param scenes `count` and `frame(index, step)`: `{ image, judge(faces) }`
 */

/** Every scene's first frame on its own: the median time, and how many faces were found and read right. */
export async function timePhotos({ count, frame }, recognize) {
  for (let index = 0; index < 5; index++) await recognize(frame(index).image);
  return timed(
    Array.from({ length: count }, (_, index) => () => frame(index)),
    recognize,
    (times) => times.toSorted((a, b) => a - b)[times.length >> 1],
  );
}

/**
 * Clips of ten frames, one of each of `most` scenes at most: the mean time of a frame, in which the search for the face at a clip's
 * beginning has its part, and how many faces were found and read right at its end.
 */
export async function timeClips({ count, frame }, most, { next, reset }) {
  const clips = Math.min(most, count);
  const steps = Array.from({ length: 10 * clips }, (_, at) => ({
    index: Math.floor(at / 10),
    step: at % 10,
  }));
  let time = 0;
  const follow = (image) => next(image, (time += 33));
  for (const { index, step } of steps.slice(0, 10)) await follow(frame(index, step).image);
  return timed(
    steps.map(({ index, step }) => async () => {
      if (step === 0) await reset();
      return { ...frame(index, step), counts: step === 9 };
    }),
    follow,
    mean,
  );
}

/** One clip of `length` frames: the mean time of a frame, in how many of them the face was found, and how many identities it had. */
export async function timeClip({ frame }, length, { next, reset }) {
  await reset();
  const times = [];
  const identities = new Set();
  let found = 0;
  for (let step = 0; step < length; step++) {
    const { image, judge } = frame(0, step);
    const start = performance.now();
    const faces = await next(image, 1e7 + 33 * step);
    times.push(performance.now() - start);
    if (judge(faces).found) found++;
    for (const { id } of faces) identities.add(id);
  }
  return { milliseconds: mean(times), found: found / length, identities: identities.size };
}

async function timed(frames, recognize, middle) {
  const times = [];
  let [judged, found, right] = [0, 0, 0];
  for (const next of frames) {
    const { image, judge, counts = true } = await next();
    const start = performance.now();
    const faces = await recognize(image);
    times.push(performance.now() - start);
    if (!counts) continue;
    const verdict = judge(faces);
    judged++;
    found += Number(verdict.found);
    right += Number(verdict.right);
  }
  return { milliseconds: middle(times), faces: judged, found: found / judged, accuracy: right / judged };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
