export * from '../index.js';
export * from './create-recognizer.js';
export * from './file-error.js';
export * from './images/decode-image.js';
