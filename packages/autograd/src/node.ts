import { createSession, type Runtime } from './runtime.js';
import { switchTelemetryOff } from './telemetry.js';

// Here already, for the program that imports this and makes sessions of its own. What goes wrong is thrown by `load`.
switchTelemetryOff().catch(() => {});

/** The only place that loads onnxruntime-node. */
async function load() {
  await switchTelemetryOff();
  return import('onnxruntime-node');
}

/** ONNX Runtime's native library, its telemetry switched off. `run` computes on the calling thread. */
export const nodeRuntime: Runtime = {
  name: 'onnxruntime-node',
  version: async () => (await load()).env.versions.node ?? 'unknown',
  createSession: async (model, { threads } = {}) =>
    createSession(await load(), model, {
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    }),
};
