import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';

/** A tensor that goes into a session or comes out of it. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A compiled model, ready to run. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Computes the outputs named in `outputs` (default: all). */
  run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the session's memory. */
  release(): Promise<void>;
}

export interface SessionOptions {
  /** Threads that compute; default: ONNX Runtime's choice. */
  readonly threads?: number;
}

/** ONNX Runtime, natively or as WebAssembly. */
export interface Runtime {
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  /** The installed package's, such as `1.30.0`. */
  version(): Promise<string>;
  createSession(model: Uint8Array, options?: SessionOptions): Promise<Session>;
}

/** What is needed of `onnxruntime-node` and `onnxruntime-web`: both implement the same interface. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
}

export async function createSession(
  ort: OnnxRuntime,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<Session> {
  // Errors only: ONNX Runtime's warnings are about its own optimizations.
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, ...options });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, outputs = session.outputNames) {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { data, shape }]) => [
          name,
          new ort.Tensor('float32', data, shape),
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
    release: () => session.release(),
  };
}
