export * from './convolution.js';
export * from './elementwise.js';
export * from './matmul.js';
export * from './normalization.js';
export * from './pooling.js';
export * from './reduction.js';
export * from './shape.js';
export { invariantThreads } from './thread-invariance.js';
export { sum } from './broadcast.js';
