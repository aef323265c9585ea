import { createHash } from 'node:crypto';
import {
  classCounts,
  type Dataset,
  imageOf,
  oneSpelling,
  samplesOfSplit,
  type Split,
  splits,
} from '@sdnet/training';
import { classWeights } from 'sdnet';
import { eachAlteredCopy } from './altered-copies.js';
import { eachNearlyEqualPair } from './nearly-equal.js';

/** Images of one official split, or all where there are none. */
export interface SplitCounts {
  readonly split?: Split;
  readonly images: number;
  /** In the order of the class names. */
  readonly classCounts: readonly number[];
  /** Images that are byte-equal to an earlier one among these. */
  readonly copies: number;
}

/** An image that is also, or nearly, in a split it should be strange to. Images by their source. */
export interface Leak {
  readonly image: string;
  readonly split: Split;
  readonly original: string;
  readonly originalSplit: Split;
  /** 1 where they are byte-equal. */
  readonly correlation: number;
  readonly isExact: boolean;
  /** Whether one is the other mirrored, turned, enlarged, reduced or moved. */
  readonly isAltered: boolean;
}

/** Two images, by their source, of which one is nearly a copy of the other. */
export interface NearPair {
  readonly images: readonly [string, string];
  readonly correlation: number;
}

/** What `checkDataset` found, as plain data. */
export interface DatasetReport {
  readonly dataset: string;
  readonly images: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly classNames: readonly string[];
  readonly splits: readonly SplitCounts[];
  /** That follow from the training images, or from all without splits (paper, eq. 1–3); absent if a class has none. */
  readonly classWeights?: readonly number[];
  /** What is wrong with each file that could not be read. */
  readonly unreadable: readonly string[];
  /** Groups of images that are byte-equal once packed. */
  readonly exactDuplicates: readonly (readonly string[])[];
  /**
   * Each image (of byte-equal ones the first) that has nearly equal ones, with the nearest. Pairs within one
   * sequence are left out: its frames are alike by nature.
   */
  readonly nearDuplicates: readonly NearPair[];
  /** Likewise, where one is the other mirrored, turned, enlarged, reduced or moved (see `eachAlteredCopy`). */
  readonly alteredDuplicates: readonly NearPair[];
  /**
   * Images of the validation split that are in training too, and of the test split in either: byte-equal ones first,
   * then those nearly equal, then altered ones.
   */
  readonly leaks: readonly Leak[];
  /** Subjects in several official splits. */
  readonly sharedSubjects: readonly { readonly subject: string; readonly splits: readonly Split[] }[];
}

/**
 * Looks a data set over: counts, class weights, duplicates and leaks.
 *
 * @param unreadable what `onUnreadable` heard when the data set was loaded
 */
export function checkDataset(dataset: Dataset, unreadable: readonly string[] = []): DatasetReport {
  const { name, width, height, channels, classNames, samples } = dataset;
  const groups = groupEqual(dataset);
  const counts = countSplits(dataset, groups);
  const training = counts.find(({ split }) => split === undefined || split === 'train');
  const nearest = findNearest(dataset, groups, eachNearlyEqualPair);
  const altered = findNearest(dataset, groups, eachAlteredCopy);
  const source = (index: number) => samples[index]!.source;
  const pairs = (found: Nearest): NearPair[] =>
    nearPairs(groups, found).map(({ first, second, correlation }) => ({
      images: [source(first), source(second)],
      correlation,
    }));
  return {
    dataset: name,
    images: samples.length,
    width,
    height,
    channels,
    classNames,
    splits: counts,
    ...(training?.classCounts.every((count) => count > 0) && {
      classWeights: classWeights(training.classCounts),
    }),
    unreadable,
    exactDuplicates: groups.filter((group) => group.length > 1).map((group) => group.map(source)),
    nearDuplicates: pairs(nearest),
    alteredDuplicates: pairs(altered),
    leaks: findLeaks(dataset, groups, nearest, altered),
    sharedSubjects: findSharedSubjects(dataset),
  };
}

function countSplits(dataset: Dataset, groups: readonly (readonly number[])[]): SplitCounts[] {
  const everything = [...dataset.samples.keys()];
  const parts = splits.flatMap((split) => {
    const indices = samplesOfSplit(dataset, split);
    return indices.length > 0 ? [{ split, indices }] : [];
  });
  return (parts.length > 0 ? parts : [{ indices: everything }]).map(({ indices, ...split }) => {
    const members = new Set(indices);
    const different = groups.filter((group) => group.some((index) => members.has(index))).length;
    return {
      ...split,
      images: indices.length,
      classCounts: classCounts(dataset, indices),
      copies: indices.length - different,
    };
  });
}

/** Byte-equal images together, in the order of the first of each; an image like no other is alone. */
function groupEqual(dataset: Dataset): number[][] {
  const groups = new Map<string, number[]>();
  for (const index of dataset.samples.keys()) {
    const digest = createHash('sha256').update(imageOf(dataset, index).pixels).digest('base64');
    const group = groups.get(digest);
    if (group) group.push(index);
    else groups.set(digest, [index]);
  }
  return [...groups.values()];
}

interface Near {
  /** A position in the groups. */
  readonly group: number;
  readonly correlation: number;
}

/** Of each group, the nearest other one that has an image in a split (or of no split), if any is near. */
type Nearest = readonly Map<Split | undefined, Near>[];

/** Only the nearest are kept: of many alike there may be more pairs than fit in memory. */
function findNearest(
  dataset: Dataset,
  groups: readonly (readonly number[])[],
  eachPair: typeof eachNearlyEqualPair,
): Nearest {
  const nearest = groups.map(() => new Map<Split | undefined, Near>());
  const firsts = groups.map(([first]) => first!);
  const splitsOf = groups.map((group) => new Set(group.map((index) => dataset.samples[index]!.split)));
  const keep = (group: number, other: number, correlation: number) => {
    for (const split of splitsOf[other]!) {
      const known = nearest[group]!.get(split);
      if (!known || correlation > known.correlation) {
        nearest[group]!.set(split, { group: other, correlation });
      }
    }
  };
  eachPair(dataset, firsts, (first, second, correlation) => {
    const [a, b] = [dataset.samples[firsts[first]!]!, dataset.samples[firsts[second]!]!];
    if (a.sequence !== undefined && a.sequence === b.sequence && a.split === b.split) return;
    keep(first, second, correlation);
    keep(second, first, correlation);
  });
  return nearest;
}

/** Each group with its nearest one, as the first images of both, every pair once; the nearest pairs first. */
function nearPairs(groups: readonly (readonly number[])[], nearest: Nearest) {
  const pairs = new Map<string, { first: number; second: number; correlation: number }>();
  for (const [group, bySplit] of nearest.entries()) {
    const [best] = [...bySplit.values()].sort((a, b) => b.correlation - a.correlation);
    if (!best) continue;
    const [first, second] = [
      groups[Math.min(group, best.group)]![0]!,
      groups[Math.max(group, best.group)]![0]!,
    ];
    pairs.set(`${first} ${second}`, { first, second, correlation: best.correlation });
  }
  return [...pairs.values()].sort((a, b) => b.correlation - a.correlation || a.first - b.first);
}

/** A split should be strange to those before it. */
const earlierSplits: Record<Split, readonly Split[]> = {
  train: [],
  validation: ['train'],
  test: ['train', 'validation'],
};

function findLeaks(
  { samples }: Dataset,
  groups: readonly (readonly number[])[],
  nearest: Nearest,
  altered: Nearest,
): Leak[] {
  const inSplit = (group: number, split: Split) =>
    groups[group]!.find((index) => samples[index]!.split === split);
  const leaks: { index: number; leak: Leak }[] = [];
  for (const [group, indices] of groups.entries()) {
    for (const index of indices) {
      const { source: image, split } = samples[index]!;
      if (!split) continue;
      for (const originalSplit of earlierSplits[split]) {
        const equal = inSplit(group, originalSplit);
        const close = nearest[group]!.get(originalSplit);
        const near = close ?? altered[group]!.get(originalSplit);
        const original = equal ?? (near && inSplit(near.group, originalSplit));
        if (original === undefined) continue;
        const isExact = equal !== undefined;
        leaks.push({
          index,
          leak: {
            image,
            split,
            original: samples[original]!.source,
            originalSplit,
            correlation: isExact ? 1 : near!.correlation,
            isExact,
            isAltered: !isExact && !close,
          },
        });
      }
    }
  }
  leaks.sort(
    (a, b) =>
      Number(a.leak.isAltered) - Number(b.leak.isAltered) ||
      b.leak.correlation - a.leak.correlation ||
      a.index - b.index,
  );
  return leaks.map(({ leak }) => leak);
}

function findSharedSubjects({ samples }: Dataset) {
  const splitsBySubject = new Map<string, Set<Split>>();
  const spelled = oneSpelling(samples.flatMap(({ subject }) => subject ?? []));
  for (const { subject, split } of samples) {
    if (subject === undefined || !split) continue;
    const name = spelled(subject);
    splitsBySubject.set(name, (splitsBySubject.get(name) ?? new Set()).add(split));
  }
  return [...splitsBySubject]
    .filter(([, present]) => present.size > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, present]) => ({ subject, splits: splits.filter((split) => present.has(split)) }));
}
