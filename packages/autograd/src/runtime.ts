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

/**
 * ONNX Runtime, natively or as WebAssembly: a package that is loaded when it is first needed. Then the functions throw an
 * error with the name `MissingPackageError` where it is not installed.
 */
export interface Runtime {
  readonly name: 'onnxruntime-node' | 'onnxruntime-web';
  /** The installed package's, such as `1.30.0`. */
  version(): Promise<string>;
  createSession(model: Uint8Array, options?: SessionOptions): Promise<Session>;
}
