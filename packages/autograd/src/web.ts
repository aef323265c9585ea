import { cpu, openSessionOn } from './device.js';
import { openSession } from './open-session.js';
import { optionalPackage } from './optional-package.js';
import { requireThreads, type Runtime } from './runtime.js';

export interface WebRuntimeOptions {
  /**
   * Where `ort-wasm-simd-threaded.wasm` (and `.mjs`) of onnxruntime-web lie: the address of their folder, ending in `/`, or of
   * each. Default: beside the script that loads them, where most bundlers put them (docs/bundlers.md).
   */
  readonly wasmPaths?: string | { readonly wasm?: string | URL; readonly mjs?: string | URL };
}

/** In browsers the build without WebGPU, a third of the size; in Node the package's own choice. */
const load = () =>
  optionalPackage<typeof import('onnxruntime-web')>(
    'onnxruntime-web',
    'npm install onnxruntime-web',
    // @ts-expect-error Its types are declared for the package's own name.
    () => import('#onnxruntime-web'),
  );

const helpOf = (device: string): string =>
  device === 'webgpu'
    ? 'The bundler must take onnxruntime-web/webgpu for #onnxruntime-web (docs/bundlers.md), and the browser ' +
      'must offer WebGPU; or choose cpu.'
    : 'Choose cpu.';

/** The last session that was made on another device than the processor: its build can make but one at a time. */
let lastOnDevice: Promise<unknown> = Promise.resolve();

/**
 * ONNX Runtime as WebAssembly. There is one WebAssembly instance a page, started by the first session: that one sets the
 * number of threads and where the files lie. More than one thread needs a cross-origin isolated page.
 */
export const createWebRuntime = ({ wasmPaths }: WebRuntimeOptions = {}): Runtime => ({
  name: 'onnxruntime-web',
  version: async () => (await load()).env.versions.web ?? 'unknown',
  async createSession(model, { threads, device = cpu, variableShapes = false } = {}) {
    requireThreads(threads);
    const ort = await load();
    if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
    if (threads !== undefined) ort.env.wasm.numThreads = threads;
    const options = { enableMemPattern: !variableShapes };
    if (device === cpu) return openSession(ort, model, { executionProviders: ['wasm'], ...options });
    const opened = lastOnDevice.then(() => openSessionOn(device, ort, model, options, helpOf(device)));
    lastOnDevice = opened.catch(() => {});
    return opened;
  },
});

/** The runtime with its files where the bundler has put them. */
export const webRuntime: Runtime = createWebRuntime();
