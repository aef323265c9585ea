import { createWebRuntime, type WebRuntimeOptions } from '@sdnet/autograd/web';
import { back, shortRange } from '@sdnet/model-blazeface';
import { weights as shippedWeights } from '@sdnet/model-fer2013';
import { createFaceRecognizer, type FaceRecognizer } from '../recognition/face-recognizer.js';
import type { RecognizerOptions } from '../recognition/recognizer-options.js';
import { UserError } from '../user-error.js';
import { decodeWeights, type Weights } from '../weights.js';

/** What an engine is made of, as it can be sent to a worker. */
export interface EngineOptions extends RecognizerOptions, WebRuntimeOptions {
  /** Address or content of a file of weights. Default: the shipped ones. */
  readonly weights?: string | Uint8Array | undefined;
}

/** The whole way from pixels to expressions on WebAssembly, on the calling thread. */
export async function createEngine({
  weights = shippedWeights.href,
  detector = true,
  views,
  threads,
  device,
  wasmPaths,
}: EngineOptions): Promise<FaceRecognizer> {
  const runtime = createWebRuntime(wasmPaths === undefined ? {} : { wasmPaths });
  const models = async () => {
    const [first, second] = await Promise.all([fetched(back.href), fetched(shortRange.href)]);
    return { back: first, shortRange: second };
  };
  return createFaceRecognizer(runtime, weightsOf(weights), detector ? models() : undefined, {
    views,
    ...(threads !== undefined && { threads }),
    ...(device !== undefined && { device }),
  });
}

async function weightsOf(weights: string | Uint8Array): Promise<Weights> {
  const bytes = typeof weights === 'string' ? await fetched(weights) : weights;
  try {
    return await decodeWeights(bytes);
  } catch (error) {
    const name = typeof weights === 'string' ? `${weights}: ` : '';
    throw new UserError(`${name}${(error as Error).message}`, { code: 'weights-invalid', cause: error });
  }
}

async function fetched(address: string): Promise<Uint8Array> {
  const response = await fetch(address).catch((error: Error) => {
    throw new UserError(`${address} cannot be fetched: ${error.message}`, {
      code: 'weights-invalid',
      cause: error,
    });
  });
  if (!response.ok)
    throw new UserError(
      `${address} was answered with ${response.status}. The file must lie there: see the documentation of your bundler.`,
      { code: 'weights-invalid' },
    );
  return new Uint8Array(await response.arrayBuffer());
}
