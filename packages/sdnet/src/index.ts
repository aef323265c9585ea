export * from './losses/class-weights.js';
export * from './preprocess.js';
export * from './losses/ro-loss.js';
export * from './models/index.js';
export * from './weights.js';
