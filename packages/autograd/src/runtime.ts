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
  /**
   * What computes: `cpu` (default), or what else the installed ONNX Runtime offers on this machine (its execution
   * providers), such as `cuda`, `tensorrt`, `dml`, `coreml` or `webgpu`. Operators that it has no kernel for run on the
   * CPU beside it; a device that is not there is refused, and never replaced by the CPU.
   */
  readonly device?: string;
  /**
   * Inputs come in many shapes: ONNX Runtime then keeps no plan of its memory for each, which takes half as much again.
   * Default: false.
   */
  readonly variableShapes?: boolean;
  /**
   * Other sessions and JavaScript compute between its runs: its threads then sleep, where they would else go on spinning and
   * take the cores from them. Default: false, which is quicker where one run follows the other.
   */
  readonly takesTurns?: boolean;
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

/**
 * ONNX Runtime, natively or as WebAssembly: a package that is loaded when it is first needed. Then the functions throw an
 * error with the name `MissingPackageError` where it is not installed.
 */
export interface Runtime {
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  /** The installed package's, such as `1.30.0`. */
  version(): Promise<string>;
  /** Throws an error with the name `DeviceError` where the device is not offered here. */
  createSession(model: Uint8Array, options?: SessionOptions): Promise<Session>;
}
