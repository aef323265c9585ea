export * from '../index.js';
export * from './create-recognizer.js';
export type { ImageSource } from './read-image.js';
