export * from './inspect.js';
export * from './losses/class-weights.js';
export * from './losses/distillation-loss.js';
export * from './losses/ro-loss.js';
export * from './models/index.js';
export * from './preprocess.js';
export * from './recognizer.js';
export * from './weights.js';
