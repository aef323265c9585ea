/**
 * A process of the pool: has networks of its own, since ONNX Runtime computes on the calling thread. A process rather than a
 * thread, since what a library aborts on ends a whole process: see docs/decisions/0012.
 */
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { nodeRuntime } from '@sdnet/autograd/node';
import { probeVideo, smallestFaceInFrames, trackVideo } from '@sdnet/lab';
import { back, shortRange } from '@sdnet/model-blazeface';
import {
  createFaceRecognizer,
  createRecognizer,
  type FaceRecognizer,
  openImage,
  type RawImage,
  readWeights,
  type SaliencyMap,
  scaleTo,
  type SeenFace,
  type TrackedFrame,
  UserError,
} from 'sdnet';
import type {
  ExplainAnswer,
  ExplainOptions,
  ImageAnswer,
  ImageProblem,
  ImageTask,
  Job,
  PlainMap,
  VideoAnswer,
  VideoOptions,
  WorkerSettings,
} from './messages.js';

const { weights, pixelLimit, threads, sameBits } = JSON.parse(process.argv[2]!) as WorkerSettings;
// Below that of whoever takes the requests, which needs little, but at once: health is asked for when all cores are busy.
setPriority(5);
let loading: Promise<FaceRecognizer> | undefined;
// Each job says so, too.
loaded().catch(() => {});
// Ctrl-C goes to every process of a terminal; what it ends is for the server to say.
process.on('SIGINT', () => {});

/** Does one job. What is wrong with an image is part of the answer; all else is thrown. */
export default async function work(job: Job): Promise<ImageAnswer[] | ExplainAnswer | VideoAnswer> {
  if (job.kind === 'video') return follow(job.file, job.options);
  const networks = await loaded();
  return job.kind === 'recognize'
    ? recognize(networks, job.images)
    : explain(networks, job.bytes, job.options);
}

/** What could not be loaded is tried again by the next job: the file may be back. */
function loaded(): Promise<FaceRecognizer> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));
}

async function load(): Promise<FaceRecognizer> {
  const models = { back: await readFile(back), shortRange: await readFile(shortRange) };
  return createFaceRecognizer(nodeRuntime, await readWeights(weights), models, { threads, sameBits });
}

async function recognize(networks: FaceRecognizer, images: readonly ImageTask[]): Promise<ImageAnswer[]> {
  const outcomes = await networks.recognizeTogether(
    images.map(({ bytes, options: { cropped, ...options } }) => ({
      ...options,
      detector: !cropped,
      image: () => pixelsOf(bytes),
    })),
  );
  return outcomes.map((outcome) => ('error' in outcome ? { problem: problemOf(outcome.error) } : outcome));
}

/** Its networks are its own: it is long, and they learn from frame to frame where a face is. */
async function follow(file: string, { every, minimumFace, ...options }: VideoOptions): Promise<VideoAnswer> {
  const frames: TrackedFrame[] = [];
  try {
    const video = await probeVideo(file);
    const recognizer = await createRecognizer({
      ...{ weights, threads, ...options },
      // Of the frames, which may be reduced.
      minimumFace: smallestFaceInFrames(minimumFace, video),
    });
    try {
      for await (const frame of trackVideo(video, recognizer, every)) frames.push(frame);
    } finally {
      await recognizer.release();
    }
    return { frames };
  } catch (error) {
    return { frames, problem: problemOf(error) };
  }
}

async function explain(
  networks: FaceRecognizer,
  bytes: Uint8Array,
  { cropped, face = 0, expression, ...options }: ExplainOptions,
): Promise<ExplainAnswer> {
  try {
    const image = await pixelsOf(bytes);
    const { width, height } = image;
    const seen = cropped ? [await wholeFace(networks, image)] : await networks.recognize(image, options);
    const chosen = seen[face];
    if (!chosen) return { problem: noFace(seen.length, face) };
    const { gradCam, spatialAttention, ...others } = await networks.explain(chosen.crop, { expression });
    return {
      ...{ width, height, face: chosen.face, ...others },
      toImage: chosen.toImage ?? scaleTo(gradCam, image),
      gradCam: plain(gradCam),
      ...(spatialAttention && { spatialAttention: plain(spatialAttention) }),
    };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** An image that is a face, as `recognize` answers faces. */
async function wholeFace(
  networks: FaceRecognizer,
  image: RawImage,
): Promise<Omit<SeenFace, 'toImage'> & { toImage?: never }> {
  const [outcome] = await networks.recognizeTogether([{ image: async () => image, detector: false }]);
  if (!outcome || 'error' in outcome) throw outcome?.error;
  return { face: outcome.faces[0]!, crop: image };
}

/** Refuses by the header what has more pixels than this server takes. */
async function pixelsOf(bytes: Uint8Array) {
  const { size, decode } = await openImage(bytes);
  if (size > pixelLimit)
    throw new UserError(
      `The image has ${size} pixels; at most ${pixelLimit} are taken here. Make it smaller first.`,
      { code: 'image-too-large' },
    );
  return decode();
}

const noFace = (found: number, face: number): ImageProblem => ({
  code: 'no-face',
  message:
    found === 0
      ? 'No face was found in the image, so there is nothing to explain.'
      : `The image has ${found} face${found === 1 ? '' : 's'}, counted from 0; there is no face ${face}.`,
});

/** Throws what the sender of the image cannot mend. */
function problemOf(error: unknown): ImageProblem {
  if (!(error instanceof UserError) || !error.code || error.code === 'package-missing') throw error;
  return { code: error.code, message: error.message };
}

const plain = ({ width, height, values }: SaliencyMap): PlainMap => ({ width, height, values: [...values] });
