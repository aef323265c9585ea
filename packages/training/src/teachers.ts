import type { Runtime, Session } from '@sdnet/autograd';
import {
  exportOnnx,
  imageShape,
  mirror,
  type Preprocessing,
  resizeBilinear,
  UserError,
  type Weights,
} from 'sdnet';

/** Trained networks whose mean opinion is taught (Hinton et al. 2015). */
export interface Teachers {
  /**
   * The teachers' mean scores at the temperature, N×classes, each row summing to 1. Teachers that flip have the mean
   * scores of image and mirror image.
   *
   * @param images N×C×size×size, normalised as `preprocessing` says: the very images that the student sees
   */
  softTargets(images: Float32Array, preprocessing: Preprocessing): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface TeachersOptions {
  readonly classNames: readonly string[];
  readonly channels: Preprocessing['channels'];
  readonly temperature: number;
  /** Whether each also looks at the mirror image; default: no. */
  readonly flip?: boolean | undefined;
  readonly threads?: number | undefined;
}

/**
 * Makes teachers of trained weights. A teacher sees images at its own size, whatever the student's.
 *
 * @throws UserError where a teacher knows other classes or another number of channels than the student
 */
export async function createTeachers(
  runtime: Runtime,
  weights: readonly Weights[],
  { classNames, channels, temperature, flip = false, threads }: TeachersOptions,
): Promise<Teachers> {
  for (const teacher of weights) requireTeacher(teacher, classNames, channels);
  const sessions: Session[] = [];
  const release = async () => {
    for (const session of sessions.splice(0)) await session.release();
  };
  try {
    // What they have learned is passed on as it is: calibration would sharpen it before the temperature softens it.
    for (const { smoothing: _smoothing, temperature: _temperature, ...teacher } of weights)
      sessions.push(
        await runtime.createSession(exportOnnx(teacher), threads === undefined ? {} : { threads }),
      );
  } catch (error) {
    await release();
    throw error;
  }
  return {
    async softTargets(images, preprocessing) {
      const classes = classNames.length;
      const count = images.length / (channels * preprocessing.size ** 2);
      const mean = new Float32Array(count * classes);
      for (const [index, session] of sessions.entries()) {
        const { preprocessing: own } = weights[index]!;
        const views = viewsOf(asTeacherSees(images, preprocessing, own), own.size, flip);
        for (const data of views) {
          const { scores } = await session.run({ images: { shape: [count, ...imageShape(own)], data } });
          for (let row = 0; row < count; row++) {
            const softened = atTemperature(
              scores!.data.subarray(row * classes, (row + 1) * classes),
              temperature,
            );
            for (const [column, score] of softened.entries())
              mean[row * classes + column]! += score / (views.length * sessions.length);
          }
        }
      }
      return mean;
    },
    release,
  };
}

function requireTeacher(
  { model, classNames, preprocessing }: Weights,
  expected: readonly string[],
  channels: number,
): void {
  if (JSON.stringify(classNames) !== JSON.stringify(expected))
    throw new UserError(
      `A teacher (${model}) knows the classes ${classNames.join(', ')}, but ${expected.join(', ')} are to be ` +
        'taught. Choose teachers that were trained on these classes, in this order.',
    );
  if (preprocessing.channels !== channels)
    throw new UserError(
      `A teacher (${model}) sees ${preprocessing.channels} channel(s), but the images to teach with have ${channels}.`,
    );
}

/** softmax(z / T) from softmax(z): powers of the scores, normalised, since log softmax(z) is z but for a constant. */
export function atTemperature(scores: Float32Array, temperature: number): Float64Array {
  const powers = Float64Array.from(scores, (score) => score ** (1 / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function viewsOf(images: Float32Array, size: number, flip: boolean): Float32Array[] {
  if (!flip) return [images];
  const mirrored = images.slice();
  mirror(mirrored, size);
  return [images, mirrored];
}

/** Normalised images as another network wants them: at its size, with its mean and deviation. */
function asTeacherSees(images: Float32Array, from: Preprocessing, to: Preprocessing): Float32Array {
  const isSame = from.size === to.size && from.mean === to.mean && from.deviation === to.deviation;
  if (isSame) return images;
  const area = from.size ** 2;
  const planes = images.length / area;
  const result = new Float32Array(planes * to.size ** 2);
  const factor = from.deviation / to.deviation;
  const offset = (from.mean - to.mean) / to.deviation;
  for (let index = 0; index < planes; index++) {
    const plane = images.subarray(index * area, (index + 1) * area);
    const resized =
      from.size === to.size ? plane : resizeBilinear(plane, from.size, from.size, to.size, to.size);
    const start = index * to.size ** 2;
    for (let pixel = 0; pixel < resized.length; pixel++)
      result[start + pixel] = resized[pixel]! * factor + offset;
  }
  return result;
}
