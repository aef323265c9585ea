import type { ErrorCode, Face, TrackedFrame } from 'sdnet';

/** How one image is looked at. */
export interface LookOptions {
  /** The image is already cropped to one face: look for none. */
  readonly cropped?: boolean | undefined;
  /** Views of a face that are read: 2 adds its mirror image. Default 1. */
  readonly views?: 1 | 2 | undefined;
  /** Side in pixels of the smallest faces to look for. */
  readonly minimumFace?: number | undefined;
  /** Of more faces than this the largest are answered. */
  readonly maximumFaces?: number | undefined;
}

/** An image as it came: the bytes of a file. */
export interface ImageTask {
  readonly bytes: Uint8Array;
  readonly options: LookOptions;
}

/** Which face of an image is explained, and which class. */
export interface ExplainOptions extends Omit<LookOptions, 'views'> {
  /** Its number among the faces of the image, the most certain first, from 0. Default 0. */
  readonly face?: number | undefined;
  /** Default: the one with the highest score. */
  readonly expression?: string | undefined;
}

/** How a video is looked at. */
export interface VideoOptions extends Omit<LookOptions, 'cropped'> {
  /** The first picture in every so many ms is read. Default: every picture. */
  readonly every?: number | undefined;
}

/** What a worker is asked for; each kind of job has its own answer. */
export type Job =
  | { readonly kind: 'recognize'; readonly images: readonly ImageTask[] }
  | { readonly kind: 'explain'; readonly bytes: Uint8Array; readonly options: ExplainOptions }
  | { readonly kind: 'video'; readonly file: string; readonly options: VideoOptions };

/** What the sender of an image can mend. */
export interface ImageProblem {
  readonly code: ErrorCode | 'no-face';
  readonly message: string;
}

/** What was read in an image, or why it could not be. */
export type ImageAnswer =
  | {
      readonly width: number;
      readonly height: number;
      readonly faces: readonly Face[];
      readonly problem?: never;
    }
  | { readonly problem: ImageProblem };

/** A map over a face, as the network has it and spread over its input. */
export interface PlainMap {
  readonly width: number;
  readonly height: number;
  /** In [0, 1], rows from the top. */
  readonly values: readonly number[];
}

/** Why a face was read as it was. */
export interface PlainExplanation {
  readonly width: number;
  readonly height: number;
  readonly face: Face;
  /** The class that is explained. */
  readonly expression: string;
  /** Its value before the soft-max. */
  readonly logit: number;
  readonly gradCam: PlainMap;
  readonly spatialAttention?: PlainMap;
  /** From the maps' pixels to the image's: (x, y) ↦ (a x + b y + c, d x + e y + f). */
  readonly toImage: readonly number[];
}

export type ExplainAnswer = PlainExplanation | { readonly problem: ImageProblem };

/** What was read in a video up to where it could not be read any further, and why. */
export interface VideoAnswer {
  readonly frames: readonly TrackedFrame[];
  readonly problem?: ImageProblem | undefined;
}

/** What every worker is started with. */
export interface WorkerSettings {
  /** Path of the weights. */
  readonly weights: string;
  /** Most pixels of an image. */
  readonly pixelLimit: number;
  /** Threads that one session computes with. */
  readonly threads: number;
  /** Whether an image's answer is the same bits whatever shares its batch. */
  readonly sameBits: boolean;
}
