import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readWeights } from 'sdnet';

/** How files are looked at. */
export interface LookSettings {
  /** The images are already cropped to one face each: look for none. */
  readonly cropped: boolean;
  readonly views?: 1 | 2 | undefined;
  readonly minimumFace?: number | undefined;
  readonly maximumFaces?: number | undefined;
  /** Of a video, the first picture in every so many ms is read. */
  readonly every?: number | undefined;
}

/** What decides labels beside the files: labels of two tasks must not be mixed. */
export interface LabelTask extends LookSettings {
  /** SHA-256 of the weights. */
  readonly weights: string;
  readonly classNames: readonly string[];
}

/**
 * The task of labelling with a file of weights.
 *
 * @throws UserError where they are none
 */
export async function labelTask(weights: string, settings: LookSettings): Promise<LabelTask> {
  const { classNames } = await readWeights(weights);
  const { cropped, views, minimumFace, maximumFaces, every } = settings;
  return {
    ...{ cropped, views, minimumFace, maximumFaces, every, classNames },
    weights: createHash('sha256')
      .update(await readFile(weights))
      .digest('hex'),
  };
}

/** The name of what differs between two tasks, for a message; nothing where they are the same. */
export function difference(one: LabelTask, other: LabelTask): string | undefined {
  const names: Readonly<Record<keyof LabelTask, string>> = {
    weights: '--weights',
    classNames: '--weights',
    cropped: '--cropped',
    views: '--views',
    minimumFace: '--minimum-face',
    maximumFaces: '--maximum-faces',
    every: '--every',
  };
  const keys = Object.keys(names) as (keyof LabelTask)[];
  const differing = keys.find((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
  return differing && names[differing];
}
