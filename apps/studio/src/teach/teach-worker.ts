/** The worker that teaches. It computes with the very code of the `sdnet` command. */
import './without-made-code.js';
import { webRuntime } from '@sdnet/autograd/web';
import { evaluateAcross, fineTune } from '@sdnet/training';
import { decodeWeights, encodeWeights, exportOnnx, readPixels, resizeImage } from 'sdnet';
import { faceSize } from './taught-image.js';
import type { LessonRequest, TeachAnswer, TeachRequest } from './teach-messages.js';

const answer = (message: TeachAnswer, transfer: Transferable[] = []) => postMessage(message, { transfer });

/** WebAssembly ends at 4 GiB, and the networks need some of it. */
const memoryLimit = 3 * 2 ** 30;

const stopping = new AbortController();

async function teach({
  init: file,
  dataset,
  partition,
  recipe,
  seed,
  threads,
}: LessonRequest): Promise<void> {
  const init = await decodeWeights(file);
  const before = await evaluateAcross(webRuntime, init, dataset, partition.validation, { threads });
  answer({ kind: 'before', before });
  const taught = await fineTune({
    ...{ runtime: webRuntime, dataset, partition, init, recipe, seed, threads, memoryLimit },
    signal: stopping.signal,
    onProgress: (progress) => answer({ kind: 'progress', progress }),
    onEpoch: (record) => answer({ kind: 'epoch', record }),
  });
  if (!taught) return answer({ kind: 'stopped' });
  const { weights, metrics, finished } = taught;
  const encoded = await encodeWeights(weights);
  const after = { classNames: weights.classNames, metrics };
  answer({ kind: 'taught', weights: encoded, after, finished }, [encoded.buffer]);
}

async function answerTo(request: TeachRequest): Promise<void> {
  if (request.kind === 'stop') return stopping.abort();
  if (request.kind === 'teach') return teach(request.lesson);
  if (request.kind === 'describe') {
    const { classNames } = await decodeWeights(request.weights);
    return answer({ kind: 'described', classNames });
  }
  if (request.kind === 'read') {
    const [plane] = resizeImage(await readPixels(request.file), 1, faceSize, faceSize);
    return answer({ kind: 'face', pixels: Uint8Array.from(plane!, Math.round) });
  }
  const onnx = Uint8Array.from(exportOnnx(await decodeWeights(request.weights)));
  answer({ kind: 'exported', onnx }, [onnx.buffer]);
}

/** ONNX Runtime starts its threads with the script it is in: this one, where a bundler has put both into one file. */
const isThreadOfRuntime = self.name.startsWith('em-pthread');

if (isThreadOfRuntime) void webRuntime.version();
else
  addEventListener('message', ({ data }: MessageEvent<TeachRequest>) => {
    answerTo(data).catch((error: unknown) => {
      const { message, code } = error as Error & { code?: string };
      answer({ kind: 'failed', message, ...(typeof code === 'string' && { code }) });
    });
  });
