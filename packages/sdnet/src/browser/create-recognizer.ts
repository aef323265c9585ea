import type { RawImage } from '../preprocess.js';
import { isRawImage, type Recognizer, recognizerOn } from '../recognition/recognizer.js';
import { type RecognizerOptions, requireOptions } from '../recognition/recognizer-options.js';
import { UserError } from '../user-error.js';
import { type Backend, discard, shownOf, take } from './backend.js';
import type { EngineOptions } from './engine.js';
import { type ImageSource, type ShownImage, tainted } from './read-image.js';
import { type Answered, receivedError, type WorkerAnswer, type WorkerRequest } from './worker-messages.js';

export interface BrowserRecognizerOptions extends RecognizerOptions {
  /** Address or content of a file of weights, of any of the five networks. Default: the shipped ones. */
  readonly weights?: string | URL | Uint8Array | undefined;
  /** Where onnxruntime-web's WebAssembly files lie; default: where the bundler has put them. */
  readonly wasmPaths?: EngineOptions['wasmPaths'];
  /** Whether to compute in a worker of its own, so that the page never waits. Default: where the browser allows it. */
  readonly worker?: boolean | undefined;
}

/**
 * Makes a recognizer: finds the faces in pictures of a page and reads their expressions, with the shipped detector and
 * weights. Nothing is fetched but its own files, and nothing is sent.
 *
 * @throws UserError where an option has no meaning, a file cannot be had or a device is not offered
 */
export async function createRecognizer(
  options: BrowserRecognizerOptions = {},
): Promise<Recognizer<ImageSource>> {
  requireOptions(options);
  const { weights, worker = true, detector, views, threads, device, wasmPaths } = options;
  const engine: EngineOptions = {
    detector,
    views,
    threads,
    device,
    weights: weights instanceof Uint8Array || weights === undefined ? weights : address(weights),
    ...(wasmPaths !== undefined && { wasmPaths: addressesOf(wasmPaths) }),
  };
  return recognizerOn((worker && (await workerBackend(engine))) || (await pageBackend(engine)), options);
}

/** An address as the page means it, in a form that a worker can be told. */
function address(at: string | URL): string {
  try {
    return new URL(at, globalThis.location?.href).href;
  } catch (error) {
    throw new UserError(`${String(at)} is no address.`, { code: 'option-invalid', cause: error });
  }
}

type WasmPaths = NonNullable<EngineOptions['wasmPaths']>;

const addressesOf = (paths: WasmPaths): WasmPaths =>
  typeof paths === 'string'
    ? address(paths)
    : Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, address(path)]));

/** Loaded apart, as a page whose worker computes has no need of what computes. */
async function pageBackend(engine: EngineOptions): Promise<Backend> {
  return (await import('./page-backend.js')).pageBackend(engine);
}

/** What of an image is given away. */
const transferOf = (image: ShownImage | RawImage): Transferable[] =>
  isRawImage(image) ? [image.pixels.buffer as ArrayBuffer] : [image];

/** Undefined where no worker can be had: the page's policy forbids it, or the bundler has not put its file anywhere. */
async function workerBackend(options: EngineOptions): Promise<Backend | undefined> {
  let worker: Worker;
  try {
    worker = new Worker(new URL('./recognizer-worker.js', import.meta.url), { type: 'module' });
  } catch {
    return undefined;
  }
  const waiting = new Map<number, { resolve(answer: WorkerAnswer): void; reject(reason: unknown): void }>();
  let requests = 0;
  let streams = 0;
  let started = false;
  let failure: Error | undefined;
  const end = (reason: Error) => {
    failure ??= reason;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
    started = true;
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === 'failed') asked?.reject(receivedError(data.error));
    else asked?.resolve(data);
  };
  worker.onerror = ({ message }) =>
    end(
      new UserError(`The worker that recognises has ended: ${message || 'it could not be loaded'}.`, {
        code: 'worker-failed',
      }),
    );
  type Unnumbered<Request> = Request extends WorkerRequest ? Omit<Request, 'id'> : never;
  const ask = (request: Unnumbered<WorkerRequest>, transfer: Transferable[] = []): Promise<WorkerAnswer> =>
    new Promise((resolve, reject) => {
      if (failure) {
        if ('image' in request) discard(request.image);
        return reject(failure);
      }
      const id = requests++;
      waiting.set(id, { resolve, reject });
      try {
        worker.postMessage({ id, ...request } as WorkerRequest, transfer);
      } catch (error) {
        waiting.delete(id);
        if ('image' in request) discard(request.image);
        // A picture that was just taken cannot be given away only where its pixels may not be read.
        reject((error as Error).name === 'DataCloneError' && transfer.length > 0 ? tainted(error) : error);
      }
    });
  try {
    const created = await ask({ kind: 'create', options });
    return {
      classNames: (created as Answered<'created'>).classNames,
      take,
      discard,
      async recognize(taken, call) {
        const image = await shownOf(taken);
        const answer = await ask({ kind: 'recognize', image, options: call }, transferOf(image));
        return (answer as Answered<'recognized'>).seen;
      },
      follow(call) {
        const stream = streams++;
        return {
          async next(taken, time) {
            const image = await shownOf(taken);
            const answer = await ask(
              { kind: 'follow', stream, image, time, options: call },
              transferOf(image),
            );
            return (answer as Answered<'followed'>).seen;
          },
          forget: async () => void (await ask({ kind: 'forget', stream })),
          release: async () => void (await ask({ kind: 'unfollow', stream })),
        };
      },
      async explain(crop, call) {
        const answer = await ask({ kind: 'explain', crop, options: call });
        return (answer as Answered<'explained'>).explanation;
      },
      release: async () => end(new UserError('The recognizer has been released.', { code: 'released' })),
    };
  } catch (error) {
    worker.terminate();
    // A worker that never spoke could not be loaded; one that did says what is wrong with the options.
    if (started) throw error;
    return undefined;
  }
}
