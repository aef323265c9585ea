import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import { requireThreads, type Session } from './runtime.js';

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

export type OrtSessionOptions = InferenceSession.SessionOptions;

export async function openSession(
  ort: OnnxRuntime,
  model: Uint8Array,
  options: OrtSessionOptions,
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
