import type { ImageSource } from './create-recognizer.js';
import type { Recognizer as RecognizerOf } from '../recognition/recognizer.js';
import type { Tracker as TrackerOf } from '../recognition/tracker.js';

export * from '../index.js';
export * from './create-recognizer.js';
export * from './file-error.js';
export * from './images/decode-image.js';
export * from './read-weights.js';
export type { Face } from '../recognition/face.js';
export type { TrackedFace } from '../recognition/tracked-face.js';
export * from '../recognition/tracker.js';
export type { TrackerOptions } from '../tracking/tracker-options.js';
export type { ExplainOptions } from '../recognition/face-recognizer.js';
export type { FaceExplanation } from '../recognition/recognizer.js';
export type { RecognizeOptions, RecognizerOptions } from '../recognition/recognizer-options.js';

/** What `createRecognizer` makes. */
export type Recognizer<Image = ImageSource> = RecognizerOf<Image>;
/** What `createTracker` makes. */
export type Tracker<Image = ImageSource> = TrackerOf<Image>;
