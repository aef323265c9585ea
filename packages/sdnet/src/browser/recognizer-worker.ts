/** The worker that detects and recognises for `createRecognizer`. One request after the other, in their order. */
import { webRuntime } from '@sdnet/autograd/web';
import type { FaceRecognizer, FollowOptions, FrameFollower } from '../recognition/face-recognizer.js';
import { createEngine } from './engine.js';
import { type PixelMemory, pixelsOf } from './read-image.js';
import { sentError, type WorkerAnswer, type WorkerRequest } from './worker-messages.js';

let engine: FaceRecognizer | undefined;
/** Of each stream whose faces are followed. */
const followers = new Map<number, FrameFollower>();
let last: Promise<unknown> = Promise.resolve();
/** Every request is answered, with a copy of what it is answered with, before the next one's pixels are read. */
const memory: PixelMemory = {};

function followerOf(stream: number, options: FollowOptions): FrameFollower {
  const follower = followers.get(stream) ?? engine!.follow(options);
  followers.set(stream, follower);
  return follower;
}

async function answerTo(request: WorkerRequest): Promise<WorkerAnswer> {
  const { id } = request;
  if (request.kind === 'create') {
    engine = await createEngine(request.options);
    return { id, kind: 'created', classNames: engine.classNames };
  }
  if (request.kind === 'explain')
    return { id, kind: 'explained', explanation: await engine!.explain(request.crop, request.options) };
  if (request.kind === 'forget') {
    followers.get(request.stream)?.forget();
    return { id, kind: 'forgotten' };
  }
  if (request.kind === 'unfollow') {
    followers.delete(request.stream);
    return { id, kind: 'forgotten' };
  }
  if (request.kind === 'follow') {
    const { stream, image, time, options } = request;
    return {
      id,
      kind: 'followed',
      seen: await followerOf(stream, options).next(await pixelsOf(image, memory), time),
    };
  }
  return {
    id,
    kind: 'recognized',
    seen: await engine!.recognize(await pixelsOf(request.image, memory), request.options),
  };
}

/**
 * ONNX Runtime starts its threads with the script it is in: this one, where a bundler has put both into one file. Loading
 * the runtime is then all there is to do.
 */
const isThreadOfRuntime = self.name.startsWith('em-pthread');

if (isThreadOfRuntime) void webRuntime.version();
else
  addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => {
    last = last
      .then(() => answerTo(data))
      .catch((error: unknown): WorkerAnswer => ({ id: data.id, kind: 'failed', error: sentError(error) }))
      .then((answer) => postMessage(answer));
  });
