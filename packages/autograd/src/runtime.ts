import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';

/** A tensor that goes into a session or comes out of it. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What goes into a session: numbers, or the bytes of images for a model that takes these. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

/** A compiled model, ready to run. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Computes the outputs named in `outputs` (default: all). Rejects after `release`. */
  run(feeds: Readonly<Record<string, Feed>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the session's memory. A second call changes nothing. */
  release(): Promise<void>;
}

export interface SessionOptions {
  /** Threads that compute, from 1 to `largestThreads`; default: ONNX Runtime's choice. */
  readonly threads?: number;
}

/** Most threads of a session: thousands of them wait for each other. */
export const largestThreads = 256;

/** Throws where a number of threads is none that a session can have. */
export function requireThreads(threads: number | undefined): void {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= largestThreads))
    throw new Error(
      `A session of ${threads} threads cannot be: a whole number from 1 to ${largestThreads} is expected.`,
    );
}

/** ONNX Runtime, natively or as WebAssembly. */
export interface Runtime {
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  /** The installed package's, such as `1.30.0`. */
  readonly version: string;
  createSession(model: Uint8Array, options?: SessionOptions): Promise<Session>;
}

/** What is needed of `onnxruntime-node` and `onnxruntime-web`: both implement the same interface. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: {
    new (type: 'float32', data: Float32Array, dims: readonly number[]): OrtTensor;
    new (type: 'uint8', data: Uint8Array, dims: readonly number[]): OrtTensor;
  };
}

export async function createSession(
  ort: OnnxRuntime,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<Session> {
  requireThreads(options.intraOpNumThreads);
  // Errors only: ONNX Runtime's warnings are about its own optimizations.
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, ...options });
  let released: Promise<void> | undefined;
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs = session.outputNames) {
      if (released) throw new Error('The session has been released.');
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, shape }]) => [
          name,
          data instanceof Float32Array
            ? new ort.Tensor('float32', data, shape)
            : new ort.Tensor('uint8', data, shape),
        ]),
      );
      const results = await session.run(tensors, [...outputs]);
      return Object.fromEntries(
        Object.entries(results).map(([name, { data, dims }]) => [
          name,
          { data: data as Float32Array, shape: dims },
        ]),
      );
    },
    release: () => (released ??= session.release()),
  };
}
