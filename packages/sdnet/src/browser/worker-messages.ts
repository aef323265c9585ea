import type { DetectOptions } from '../detection/detector.js';
import type { RawImage } from '../preprocess.js';
import type { Face } from '../recognition/face.js';
import { type ErrorCode, UserError } from '../user-error.js';
import type { EngineOptions } from './engine.js';

/** What the page asks of the worker. Bitmaps are given away. */
export type WorkerRequest =
  | { readonly id: number; readonly kind: 'create'; readonly options: EngineOptions }
  | {
      readonly id: number;
      readonly kind: 'recognize';
      readonly image: ImageBitmap | RawImage;
      readonly options: DetectOptions;
    };

/** An error as it can be sent. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode | undefined;
}

export type WorkerAnswer =
  | { readonly id: number; readonly kind: 'created'; readonly classNames: readonly string[] }
  | { readonly id: number; readonly kind: 'recognized'; readonly faces: readonly Face[] }
  | { readonly id: number; readonly kind: 'failed'; readonly error: SentError };

export const sentError = (error: unknown): SentError => {
  const { name, message, code } = error as Error & { code?: ErrorCode };
  return { name, message, ...(error instanceof UserError && { code }) };
};

export const receivedError = ({ name, message, code }: SentError): Error =>
  name === 'UserError'
    ? new UserError(message, code && { code })
    : Object.assign(new Error(message), { name });
