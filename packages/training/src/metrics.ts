/** How one class was recognised, in [0, 1]. */
export interface ClassMetrics {
  readonly expression: string;
  /** Of the samples predicted as this class, those that are; 0 where none was predicted. */
  readonly precision: number;
  /** Of the samples of this class, those predicted as it; 0 where the class does not occur. */
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN); 0 where the class neither occurs nor was predicted. */
  readonly f1: number;
  /** Samples of this class. */
  readonly support: number;
}

export interface Metrics {
  readonly samples: number;
  readonly accuracy: number;
  /** Mean recall of the classes that occur. */
  readonly balancedAccuracy: number;
  /** Mean F1 of the classes that occur or were predicted. */
  readonly macroF1: number;
  readonly perClass: readonly ClassMetrics[];
  /** `confusion[true][predicted]` in numbers of samples. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * The class of the highest of each row's scores, the first of equal ones. `scores` is N×classes, row after row.
 *
 * Throws where a score is NaN, or the scores do not fill whole rows.
 */
export function predictedClasses(scores: Float32Array, classes: number): number[] {
  if (scores.length % classes !== 0) {
    throw new Error(`${scores.length} scores do not make rows of ${classes} classes.`);
  }
  return Array.from({ length: scores.length / classes }, (_, sample) => {
    const row = scores.subarray(sample * classes, (sample + 1) * classes);
    if (row.some(Number.isNaN)) throw new Error(`The scores of sample ${sample} are not numbers.`);
    let best = 0;
    for (let index = 1; index < classes; index++) if (row[index]! > row[best]!) best = index;
    return best;
  });
}

/**
 * Compares the predicted with the true classes, both indices into `classNames`.
 *
 * Throws where there are no samples, the lengths differ, or an index names no class.
 */
export function metrics(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classNames: readonly string[],
): Metrics {
  const samples = labels.length;
  if (samples === 0) throw new Error('Metrics need at least one sample.');
  if (predictions.length !== samples) {
    throw new Error(`There are ${predictions.length} predictions for ${samples} labels.`);
  }
  const confusion = classNames.map(() => classNames.map(() => 0));
  for (let sample = 0; sample < samples; sample++) {
    const label = labels[sample]!;
    const prediction = predictions[sample]!;
    if (confusion[label]?.[prediction] === undefined) {
      throw new Error(
        `Sample ${sample} has label ${label} and prediction ${prediction}, but there are ${classNames.length} classes.`,
      );
    }
    confusion[label]![prediction]!++;
  }

  const predicted = classNames.map((_, column) => sum(confusion.map((row) => row[column]!)));
  const perClass = classNames.map((expression, index): ClassMetrics => {
    const support = sum(confusion[index]!);
    const correct = confusion[index]![index]!;
    return {
      expression,
      precision: ratio(correct, predicted[index]!),
      recall: ratio(correct, support),
      f1: ratio(2 * correct, support + predicted[index]!),
      support,
    };
  });
  const occurring = perClass.filter(({ support }) => support > 0);
  const seen = perClass.filter(({ support }, index) => support + predicted[index]! > 0);
  return {
    samples,
    accuracy: sum(confusion.map((row, index) => row[index]!)) / samples,
    balancedAccuracy: sum(occurring.map(({ recall }) => recall)) / occurring.length,
    macroF1: sum(seen.map(({ f1 }) => f1)) / seen.length,
    perClass,
    confusion,
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
