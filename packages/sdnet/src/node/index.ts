export * from '../index.js';
export * from './create-recognizer.js';
