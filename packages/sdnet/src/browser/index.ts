export * from '../index.js';
export * from './create-recognizer.js';
export type { ImageSource } from './read-image.js';
export type { Face } from '../recognition/face.js';
export type { ExplainOptions } from '../recognition/face-recognizer.js';
export type { FaceExplanation, Recognizer } from '../recognition/recognizer.js';
export type { RecognizeOptions, RecognizerOptions } from '../recognition/recognizer-options.js';
