import type { DetectOptions } from '../detection/detector.js';
import type { RawImage } from '../preprocess.js';
import type { Explanation } from '../explanation/explainer.js';
import type {
  ExplainOptions,
  FollowOptions,
  SeenFace,
  SeenTrackedFace,
} from '../recognition/face-recognizer.js';
import { type ErrorCode, UserError } from '../user-error.js';
import type { EngineOptions } from './engine.js';
import type { ShownImage } from './read-image.js';

/** What the page asks of the worker. Bitmaps and video frames are given away. */
export type WorkerRequest =
  | { readonly id: number; readonly kind: 'create'; readonly options: EngineOptions }
  | {
      readonly id: number;
      readonly kind: 'recognize';
      readonly image: ShownImage | RawImage;
      readonly options: DetectOptions;
    }
  | {
      readonly id: number;
      readonly kind: 'explain';
      readonly crop: RawImage;
      readonly options: ExplainOptions;
    }
  /** The next frame of a stream, whose faces are followed by the options of its first. */
  | {
      readonly id: number;
      readonly kind: 'follow';
      readonly stream: number;
      readonly image: ShownImage | RawImage;
      readonly time: number;
      readonly options: FollowOptions;
    }
  | { readonly id: number; readonly kind: 'forget'; readonly stream: number }
  /** The stream has ended. */
  | { readonly id: number; readonly kind: 'unfollow'; readonly stream: number };

/** An error as it can be sent. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode | undefined;
}

export type WorkerAnswer =
  | { readonly id: number; readonly kind: 'created'; readonly classNames: readonly string[] }
  | { readonly id: number; readonly kind: 'recognized'; readonly seen: readonly SeenFace[] }
  | { readonly id: number; readonly kind: 'explained'; readonly explanation: Explanation }
  | { readonly id: number; readonly kind: 'followed'; readonly seen: readonly SeenTrackedFace[] }
  | { readonly id: number; readonly kind: 'forgotten' }
  | { readonly id: number; readonly kind: 'failed'; readonly error: SentError };

/** The answer to a request that did not fail. */
export type Answered<Kind extends WorkerAnswer['kind']> = Extract<WorkerAnswer, { readonly kind: Kind }>;

export const sentError = (error: unknown): SentError => {
  const { name, message, code } = error as Error & { code?: ErrorCode };
  return { name, message, ...(error instanceof UserError && { code }) };
};

export const receivedError = ({ name, message, code }: SentError): Error =>
  name === 'UserError'
    ? new UserError(message, code && { code })
    : Object.assign(new Error(message), { name });
