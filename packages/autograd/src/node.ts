import { cpu, deviceError, openSessionOn } from './device.js';
import { openSession } from './open-session.js';
import { missingPackageError, optionalPackage } from './optional-package.js';
import type { Runtime } from './runtime.js';
import { switchTelemetryOff } from './telemetry.js';

// Here already, for the program that imports this and makes sessions of its own. What goes wrong is thrown by `load`.
switchTelemetryOff().catch(() => {});

/** The only place that loads onnxruntime-node. */
async function load() {
  await switchTelemetryOff();
  try {
    // Its install script would download CUDA libraries, and fails where it cannot. The CPU library is in the package.
    return await optionalPackage(
      'onnxruntime-node',
      'npm install --ignore-scripts onnxruntime-node',
      () => import('onnxruntime-node'),
    );
  } catch (error) {
    if (!/Cannot find module .*onnxruntime_binding\.node/.test(String(error))) throw error;
    throw missingPackageError(
      `The package onnxruntime-node has no library for ${process.platform} on ${process.arch}. ` +
        'Use webRuntime of @sdnet/autograd/web there, on the package onnxruntime-web.',
      error,
    );
  }
}

/** ONNX Runtime's native library, its telemetry switched off. `run` computes on the calling thread. */
export const nodeRuntime: Runtime = {
  name: 'onnxruntime-node',
  version: async () => (await load()).env.versions.node ?? 'unknown',
  async createSession(model, { threads, device = cpu, variableShapes = false, takesTurns = false } = {}) {
    const ort = await load();
    const options = {
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      enableMemPattern: !variableShapes,
      ...(takesTurns && { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
    };
    if (device === cpu) return openSession(ort, model, options);
    const offered = ort.listSupportedBackends().map(({ name }) => name);
    if (!offered.includes(device))
      throw deviceError(
        `The device ${device} is not offered here: onnxruntime-node on ${process.platform} (${process.arch}) has ` +
          `${offered.join(', ')}.`,
      );
    const others = offered.filter((name) => name !== device);
    return openSessionOn(
      device,
      ort,
      model,
      options,
      `Install what it needs, or choose of ${others.join(', ')}.`,
    );
  },
};
