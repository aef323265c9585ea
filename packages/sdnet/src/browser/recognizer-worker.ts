/** The worker that detects and recognises for `createRecognizer`. One request after the other, in their order. */
import { webRuntime } from '@sdnet/autograd/web';
import type { FaceRecognizer } from '../recognition/face-recognizer.js';
import { createEngine } from './engine.js';
import { isRawImage } from '../recognition/recognizer.js';
import { bitmapPixels } from './read-image.js';
import { sentError, type WorkerAnswer, type WorkerRequest } from './worker-messages.js';

let engine: FaceRecognizer | undefined;
let last: Promise<unknown> = Promise.resolve();

async function answerTo(request: WorkerRequest): Promise<WorkerAnswer> {
  const { id } = request;
  if (request.kind === 'create') {
    engine = await createEngine(request.options);
    return { id, kind: 'created', classNames: engine.classNames };
  }
  if (request.kind === 'explain')
    return { id, kind: 'explained', explanation: await engine!.explain(request.crop, request.options) };
  const { image, options } = request;
  const seen = await engine!.recognize(isRawImage(image) ? image : bitmapPixels(image), options);
  return { id, kind: 'recognized', seen };
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
