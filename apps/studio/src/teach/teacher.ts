import type { EpochRecord, TrainingProgress } from '@sdnet/training';
import type { LessonRequest, TeachAnswer, TeachRequest } from './teach-messages.js';
import type { Judgement } from './taught-model.js';

export interface LessonListeners {
  readonly onBefore: (before: Judgement) => void;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly onEpoch: (record: EpochRecord) => void;
}

/** What a lesson has taught. */
export interface Taught {
  /** As a safetensors file. */
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly after: Judgement;
  /** False where it was stopped early. */
  readonly finished: boolean;
}

/** A worker for one task. */
export interface Teacher {
  /** Undefined where it was stopped before an epoch was finished. */
  teach(lesson: LessonRequest, listeners: LessonListeners): Promise<Taught | undefined>;
  /**
   * A picture that is a face as a whole, at the size of `TaughtImage`.
   *
   * @throws Error with a `code`: what is wrong with the picture
   */
  readFace(file: File): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The classes that weights know, a safetensors file.
   *
   * @throws Error where they are none
   */
  classesOf(weights: Uint8Array<ArrayBuffer>): Promise<readonly string[]>;
  /** Weights, a safetensors file, as an ONNX model. */
  exportOnnx(weights: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Ends the lesson after the step it is at. */
  stop(): void;
  /** Ends the worker, whatever it does. */
  end(): void;
}

/** Starts the worker. */
export function startTeacher(): Teacher {
  const worker = new Worker(new URL('./teach-worker.ts', import.meta.url), { type: 'module' });
  const tell = (request: TeachRequest) => worker.postMessage(request);

  const failureOf = (code: string | undefined, message: string) =>
    Object.assign(new Error(message), code !== undefined && { code });
  let failure: Error | undefined;
  let fail: (error: Error) => void = () => {};
  // Its script may not load, which it says only once, maybe before anything is asked.
  worker.onerror = ({ message }) => fail((failure = failureOf('worker-failed', message)));

  /** Sends a request and waits until `settle` has made something of an answer. */
  const ask = <Result>(
    request: TeachRequest,
    settle: (answer: TeachAnswer, resolve: (result: Result) => void) => void,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      fail = reject;
      worker.onmessage = ({ data }: MessageEvent<TeachAnswer>) =>
        data.kind === 'failed' ? reject(failureOf(data.code, data.message)) : settle(data, resolve);
      tell(request);
    });

  return {
    teach: (lesson, { onBefore, onProgress, onEpoch }) =>
      ask<Taught | undefined>({ kind: 'teach', lesson }, (answer, resolve) => {
        if (answer.kind === 'before') onBefore(answer.before);
        if (answer.kind === 'progress') onProgress(answer.progress);
        if (answer.kind === 'epoch') onEpoch(answer.record);
        if (answer.kind === 'taught') resolve(answer);
        if (answer.kind === 'stopped') resolve(undefined);
      }),
    readFace: (file) =>
      ask<Uint8Array<ArrayBuffer>>({ kind: 'read', file }, (answer, resolve) => {
        if (answer.kind === 'face') resolve(answer.pixels);
      }),
    classesOf: (weights) =>
      ask<readonly string[]>({ kind: 'describe', weights }, (answer, resolve) => {
        if (answer.kind === 'described') resolve(answer.classNames);
      }),
    exportOnnx: (weights) =>
      ask<Uint8Array<ArrayBuffer>>({ kind: 'export', weights }, (answer, resolve) => {
        if (answer.kind === 'exported') resolve(answer.onnx);
      }),
    stop: () => tell({ kind: 'stop' }),
    end: () => worker.terminate(),
  };
}
