import { signal } from '@preact/signals';
import { weights as shippedWeights } from '@sdnet/model-fer2013';
import {
  canonicalClasses,
  type EpochRecord,
  type Partition,
  type Recipe,
  requireRecipe,
  type TrainingProgress,
} from '@sdnet/training';
import { shippedRecognizer } from '../recognition/engine.js';
import { datasetOfImages } from './dataset-of-images.js';
import { heldOutImages, partitionOf } from './divide.js';
import { keepModel, models, weightsOf } from './models.js';
import { startTeacher, type Teacher } from './teacher.js';
import type { TaughtImage } from './taught-image.js';
import type { Judgement, Lesson } from './taught-model.js';

/** What a lesson begins with: the shipped weights, or a model that is kept, by its key. */
export type Start = 'shipped' | (string & {});

/** A lesson that is under way. */
export interface RunningLesson {
  readonly recipe: Recipe;
  readonly before?: Judgement;
  readonly progress?: TrainingProgress;
  readonly history: readonly EpochRecord[];
  readonly isStopping: boolean;
}

/** A lesson that is over, and what came of it; it is kept when the user says so. */
export interface FinishedLesson {
  readonly lesson: Lesson;
  readonly weights: Uint8Array<ArrayBuffer>;
}

export type LessonState =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly running: RunningLesson }
  | { readonly state: 'finished'; readonly finished: FinishedLesson }
  /** Before its first epoch was finished. */
  | { readonly state: 'stopped' }
  | { readonly state: 'failed'; readonly error: unknown };

/** The last lesson. It goes on while other views are shown. */
export const lesson = signal<LessonState>({ state: 'none' });

let teacher: Teacher | undefined;

/** As many as the processor's cores, where the page may use several at all: the page itself waits for nothing. */
const teachingThreads = (): number =>
  crossOriginIsolated ? Math.min(8, Math.max(1, navigator.hardwareConcurrency)) : 1;

export interface LessonPlan {
  readonly images: readonly TaughtImage[];
  readonly classNames: readonly string[];
  readonly start: Start;
  readonly recipe: Recipe;
}

/**
 * Teaches. What became of it is in `lesson`.
 *
 * @throws Error with a `code` where the images cannot be divided (see `heldOutImages`); `UserError` for a recipe that is none
 */
export async function startLesson({ images, classNames, start, recipe: given }: LessonPlan): Promise<void> {
  if (teacher) return;
  const recipe = requireRecipe(given);
  const heldOut = heldOutImages(images, classNames);
  teacher = startTeacher();
  const current = teacher;
  lesson.value = { state: 'running', running: { recipe, history: [], isStopping: false } };
  const change = (changes: Partial<RunningLesson>) => {
    const { value } = lesson;
    if (teacher === current && value.state === 'running')
      lesson.value = { state: 'running', running: { ...value.running, ...changes } };
  };
  try {
    const { init, known } = await startWeights(start);
    const dataset = datasetOfImages(images, inOrderOf(known, classNames));
    const partition = partitionOf(dataset, heldOut);
    requireBatch(partition, recipe);
    let before: Judgement | undefined;
    let history: readonly EpochRecord[] = [];
    const taught = await current.teach(
      { dataset, partition, init, recipe, seed: 0, threads: teachingThreads() },
      {
        onBefore: (judgement) => change({ before: (before = judgement) }),
        onProgress: (progress) => change({ progress }),
        onEpoch: (record) => change({ history: (history = [...history, record]) }),
      },
    );
    lesson.value = taught
      ? {
          state: 'finished',
          finished: {
            weights: taught.weights,
            lesson: {
              ...{ recipe, history, finished: taught.finished, before: before!, after: taught.after },
              trainImages: partition.train.length,
              heldOutImages: partition.validation.length,
            },
          },
        }
      : { state: 'stopped' };
  } catch (error) {
    lesson.value = { state: 'failed', error };
  } finally {
    current.end();
    teacher = undefined;
  }
}

/** Ends the lesson after the step it is at. What the finished epochs have taught is kept. */
export function stopLesson(): void {
  const { value } = lesson;
  if (value.state !== 'running') return;
  lesson.value = { state: 'running', running: { ...value.running, isStopping: true } };
  teacher?.stop();
}

/** Keeps what the last lesson has taught. */
export const keepLesson = async (name: string, finished: FinishedLesson) =>
  keepModel(name, finished.weights, {
    classNames: finished.lesson.after.classNames,
    lesson: finished.lesson,
  });

/** The weights that a lesson begins with, as a file, and the classes that they know. */
async function startWeights(
  start: Start,
): Promise<{ readonly init: Uint8Array<ArrayBuffer>; readonly known: readonly string[] }> {
  const kept = models.peek().find(({ id }) => id === start);
  if (kept) return { init: await weightsOf(kept.id), known: kept.classNames };
  const { classNames: known } = await shippedRecognizer();
  const response = await fetch(shippedWeights.href);
  if (!response.ok)
    throw Object.assign(new Error(`The weights: ${response.status}`), { code: 'weights-invalid' });
  return { init: new Uint8Array(await response.arrayBuffer()), known };
}

/** The network's own order, where the classes are the same: its classifier goes on learning then. */
const inOrderOf = (known: readonly string[], classNames: readonly string[]): readonly string[] =>
  known.length === classNames.length && known.every((name) => classNames.includes(name))
    ? known
    : canonicalClasses(classNames);

function requireBatch({ train }: Partition, { batch }: Recipe): void {
  if (train.length < batch)
    throw Object.assign(new Error(`${train.length} images to learn from, and a batch of ${batch}`), {
      code: 'lesson-few',
    });
}
