import * as ort from 'onnxruntime-web';
import { createSession, type Runtime } from './runtime.js';

/**
 * ONNX Runtime as WebAssembly. The number of threads is set by the first session: there is one WebAssembly instance
 * a page. More than one thread needs a cross-origin isolated page.
 */
export const webRuntime: Runtime = {
  name: 'onnxruntime-web',
  version: () => Promise.resolve(ort.env.versions.web ?? 'unknown'),
  createSession(model, { threads } = {}) {
    if (threads !== undefined) ort.env.wasm.numThreads = threads;
    return createSession(ort, model, { executionProviders: ['wasm'] });
  },
};
