import * as ort from 'onnxruntime-node';
import { createSession, type Runtime } from './runtime.js';

/** ONNX Runtime's native library. `run` computes on the calling thread. */
export const nodeRuntime: Runtime = {
  name: 'onnxruntime-node',
  version: ort.env.versions.node ?? 'unknown',
  createSession: (model, { threads } = {}) =>
    createSession(ort, model, {
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    }),
};
