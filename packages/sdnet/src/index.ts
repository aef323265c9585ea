export * from './alignment/align-face.js';
export * from './alignment/face-square.js';
export * from './calibration.js';
export * from './description.js';
export * from './detection/detection.js';
export * from './detection/detector.js';
export * from './detection/smallest-face.js';
export type { Box, Point } from './detection/geometry.js';
export * from './explanation/explainer.js';
export * from './explanation/map-to-image.js';
export * from './explanation/overlay.js';
export type { SaliencyMap } from './explanation/saliency-map.js';
export * from './inspect.js';
export * from './losses/class-weights.js';
export * from './losses/distillation-loss.js';
export * from './losses/ro-loss.js';
export * from './models/index.js';
export * from './preprocess.js';
export type { Provenance } from './provenance.js';
export * from './quality.js';
export * from './recognition/crop-recognizer.js';
export {
  createFaceRecognizer,
  type FaceRecognizer,
  type FaceRecognizerOptions,
  type SeenFace,
} from './recognition/face-recognizer.js';
export type { ImageOutcome, ImageTask } from './recognition/recognize-together.js';
export { imageToSquare, type Square, squareToImage } from './sample-square.js';
export * from './scores.js';
export * from './user-error.js';
export * from './weights.js';
