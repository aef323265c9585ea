export * from './compile.js';
export * from './largest-batch.js';
export * from './gradients.js';
export * from './graph.js';
export * from './ops/index.js';
export * from './optimizers.js';
export { missingPackageError, optionalPackage } from './optional-package.js';
export * from './parameter-layout.js';
export * from './printable.js';
export * from './random.js';
export {
  type Feed,
  largestThreads,
  requireThreads,
  type Runtime,
  type Session,
  type SessionOptions,
  type Tensor,
} from './runtime.js';
export * from './safetensors.js';
export * as schedules from './schedules.js';
