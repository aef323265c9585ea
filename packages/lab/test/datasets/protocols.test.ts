import { classCounts, type Dataset, type Sample, type Split, UserError } from '@sdnet/training';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fold, foldOf, foldsOf, type ProtocolName } from '../../src/datasets/protocols.js';

type Described = Pick<Sample, 'label' | 'split' | 'subject'>;

function described(samples: readonly Described[], classes = 3): Dataset {
  return {
    name: 'dots',
    classNames: Array.from({ length: classes }, (_, label) => `class ${label}`),
    width: 1,
    height: 1,
    channels: 1,
    pixels: new Uint8Array(samples.length),
    samples: samples.map((sample, index) => ({ source: `image ${index}`, ...sample })),
  };
}

const subjectsOf = (dataset: Dataset, indices: readonly number[]) =>
  new Set(indices.map((index) => dataset.samples[index]!.subject));

/** What holds of the folds of every cross-validation: each image is once in validation, else in training. */
function expectPartition(dataset: Dataset, folds: readonly Fold[]): void {
  const eligible = dataset.samples.flatMap(({ split }, index) => (split === 'test' ? [] : [index]));
  expect(folds.flatMap(({ validation }) => validation).sort((a, b) => a - b)).toEqual(eligible);
  for (const { train, validation } of folds) {
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(eligible);
    expect(train).toEqual([...train].sort((a, b) => a - b));
    expect(validation).toEqual([...validation].sort((a, b) => a - b));
    expect(train.length * validation.length).toBeGreaterThan(0);
  }
}

/** Random data sets of people with random images, a few of them in a test split. */
const people = fc
  .array(
    fc.array(
      fc.record({ label: fc.nat(3), split: fc.constantFrom<Split>('train', 'train', 'validation', 'test') }),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
    { minLength: 2, maxLength: 25 },
  )
  .chain((images) =>
    fc.shuffledSubarray(
      images.flatMap((ofSubject, subject) =>
        // The first image keeps every subject among those that are divided.
        ofSubject.map((image, index) => ({
          ...image,
          split: index === 0 ? ('train' as const) : image.split,
          subject: `S${subject}`,
        })),
      ),
      { minLength: images.flat().length },
    ),
  )
  .map((samples) => described(samples, 4));

describe('folds without shared subjects', () => {
  it('share no subject, for a thousand random data sets', () => {
    fc.assert(
      fc.property(people, fc.nat(), fc.nat({ max: 2 ** 32 }), (dataset, choice, seed) => {
        const subjects = new Set(dataset.samples.map(({ subject }) => subject)).size;
        const k = 2 + (choice % (subjects - 1));
        const folds = foldsOf(dataset, { protocol: 'subjects', k, seed });
        expect(folds).toHaveLength(k);
        expectPartition(dataset, folds);
        const seen = folds.flatMap(({ validation }) => [...subjectsOf(dataset, validation)]);
        expect(new Set(seen).size).toBe(seen.length);
        for (const { train, validation, sharesSubjects } of folds) {
          expect(sharesSubjects).toBe(false);
          expect([...subjectsOf(dataset, train)]).not.toContainEqual(
            expect.toSatisfy((subject) => subjectsOf(dataset, validation).has(subject)),
          );
        }
      }),
      { numRuns: 1000 },
    );
  });

  /** As in CK+: 118 people with one to six sequences of three frames, 45 … 83 sequences of each class. */
  const likeCkPlus = () => {
    const labels = [45, 18, 59, 25, 69, 28, 83].flatMap((count, label) => Array<number>(count).fill(label));
    return described(
      labels.flatMap((label, sequence) =>
        Array<Described>(3).fill({ label, subject: `S${(sequence * 37) % 118}` }),
      ),
      7,
    );
  };

  it('are balanced in size and class', () => {
    const dataset = likeCkPlus();
    for (const seed of [0, 1, 2]) {
      const folds = foldsOf(dataset, { protocol: 'subjects', seed });
      const sizes = folds.map(({ validation }) => validation.length);
      // Of 98.1 images each.
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(12);
      const counts = folds.map(({ validation }) => classCounts(dataset, validation));
      for (const [label, all] of classCounts(dataset).entries())
        for (const count of counts) expect(Math.abs(count[label]! - all / 10)).toBeLessThanOrEqual(9);
    }
  });

  it('depend on the seed, but not on the order of the images', () => {
    const dataset = likeCkPlus();
    const members = (from: Dataset, seed: number) =>
      foldsOf(from, { protocol: 'subjects', seed }).map(({ validation }) =>
        [...subjectsOf(from, validation)].sort(),
      );
    expect(members(dataset, 3)).toEqual(members(dataset, 3));
    expect(members(dataset, 4)).not.toEqual(members(dataset, 3));
    expect(members({ ...dataset, samples: [...dataset.samples].reverse() }, 3)).toEqual(members(dataset, 3));
  });
});

describe('random folds', () => {
  it('are stratified, and marked as sharing subjects where they do', () => {
    fc.assert(
      fc.property(people, fc.nat(), fc.nat({ max: 2 ** 32 }), (dataset, choice, seed) => {
        const images = dataset.samples.filter(({ split }) => split !== 'test').length;
        const k = 2 + (choice % (images - 1));
        const folds = foldsOf(dataset, { protocol: 'random', k, seed });
        expectPartition(dataset, folds);
        const sizes = folds.map(({ validation }) => validation.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const counts = folds.map(({ validation }) => classCounts(dataset, validation));
        for (const label of dataset.classNames.keys()) {
          const ofClass = counts.map((count) => count[label]!);
          expect(Math.max(...ofClass) - Math.min(...ofClass)).toBeLessThanOrEqual(1);
        }
        for (const { train, validation, sharesSubjects } of folds) {
          const subjects = (indices: readonly number[]) =>
            indices.map((index) => dataset.samples[index]!.subject);
          expect(sharesSubjects).toBe(
            subjects(validation).some((subject) => subjects(train).includes(subject)),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('need no subjects, and depend on the seed', () => {
    const dataset = described(Array.from({ length: 40 }, (_, index) => ({ label: index % 3 })));
    const folds = (seed: number) => foldsOf(dataset, { protocol: 'random', k: 4, seed });
    // Nobody knows of any.
    expect(folds(1).some(({ sharesSubjects }) => sharesSubjects)).toBe(false);
    expect(folds(1).map(({ name }) => name)).toEqual([
      'fold 1 of 4',
      'fold 2 of 4',
      'fold 3 of 4',
      'fold 4 of 4',
    ]);
    expect(folds(1)).toEqual(folds(1));
    expect(folds(2)).not.toEqual(folds(1));
  });
});

describe('leave one subject out', () => {
  it('has each subject once in validation', () => {
    fc.assert(
      fc.property(people, (dataset) => {
        const folds = foldsOf(dataset, { protocol: 'leave-one-subject-out' });
        expectPartition(dataset, folds);
        for (const { name, validation, train, sharesSubjects } of folds) {
          const [subject, ...others] = subjectsOf(dataset, validation);
          expect(others).toEqual([]);
          expect(name).toBe(`subject ${subject}`);
          expect(subjectsOf(dataset, train).has(subject)).toBe(false);
          expect(sharesSubjects).toBe(false);
        }
        expect(folds.map(({ name }) => name)).toEqual(folds.map(({ name }) => name).sort());
      }),
      { numRuns: 100 },
    );
  });
});

describe('official splits', () => {
  const split = (subject?: string) =>
    described([
      { label: 0, split: 'train', ...(subject && { subject }) },
      { label: 1, split: 'validation', subject: 'ben' },
      { label: 2, split: 'test', subject: 'ben' },
      { label: 1, split: 'train', subject: 'anna' },
    ]);

  it('are one fold', () => {
    expect(foldsOf(split(), { protocol: 'official' })).toEqual([
      { name: 'official splits', train: [0, 3], validation: [1], sharesSubjects: false },
    ]);
  });

  it('say where they share a subject', () => {
    expect(foldsOf(split('ben'), { protocol: 'official' })[0]!.sharesSubjects).toBe(true);
  });
});

describe('foldOf', () => {
  const three = described(['anna', 'ben', 'cora', 'anna'].map((subject) => ({ label: 0, subject })));

  it.each(['subjects', 'random', 'leave-one-subject-out'] as const)('is one of the folds: %s', (protocol) => {
    for (const [index, fold] of foldsOf(three, { protocol, k: 3 }).entries())
      expect(foldOf(three, { protocol, k: 3 }, index + 1)).toEqual(fold);
  });

  it('refuses a number that no fold has', () => {
    for (const number of [0, 4, 1.5])
      expect(() => foldOf(three, { protocol: 'leave-one-subject-out' }, number)).toThrow(
        `There is no fold ${number}: a whole number from 1 to 3 is expected.`,
      );
  });

  it('takes no time or memory for the others', () => {
    const many = described(
      Array.from({ length: 60_000 }, (_, index) => ({ label: 0, subject: `S${index % 20_000}` })),
    );
    // All folds would be 20,000 lists of 60,000 images: 9 GB.
    expect(foldOf(many, { protocol: 'leave-one-subject-out' }, 7).validation).toHaveLength(3);
  });

  it('takes subjects with any number of images', () => {
    const two = described(
      Array.from({ length: 300_000 }, (_, index) => ({ label: 0, subject: `S${index % 2}` })),
    );
    expect(foldOf(two, { protocol: 'subjects', k: 2 }, 1).validation).toHaveLength(150_000);
  });
});

describe('foldsOf refuses', () => {
  const refuse = (dataset: Dataset, protocol: ProtocolName, k?: number) => {
    try {
      foldsOf(dataset, { protocol, k });
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as UserError).message;
    }
    return 'nothing';
  };
  const three = described(['anna', 'ben', 'cora', 'anna'].map((subject) => ({ label: 0, subject })));

  it('what the data set lacks', () => {
    expect(refuse(three, 'official')).toMatch(/has no train images here; it has no official splits/);
    const nameless = described([{ label: 0, subject: 'anna' }, { label: 0 }]);
    const message = /does not say whose face image 1 is, so folds without shared subjects cannot be made/;
    expect(refuse(nameless, 'subjects')).toMatch(message);
    expect(refuse(nameless, 'leave-one-subject-out')).toMatch(message);
    expect(refuse(described([{ label: 0, subject: 'anna' }]), 'leave-one-subject-out')).toMatch(
      /has one subject/,
    );
  });

  it('another number of folds than there can be', () => {
    expect(refuse(three, 'subjects')).toBe(
      'The data set dots cannot be divided into 10 folds: a whole number from 2 to its 3 subjects was expected.',
    );
    for (const k of [1, 0, -2, 2.5, Number.NaN, 4])
      expect(refuse(three, 'subjects', k)).toMatch(/its 3 subjects/);
    expect(refuse(three, 'random', 5)).toMatch(/into 5 folds: a whole number from 2 to its 4 images/);
  });
});
