import { printable } from '@sdnet/autograd';

/** Where weights come from: what `inspect` shows of a file, and a person would want to know. */
export interface Provenance {
  /** The data set's name. */
  readonly dataset?: string;
  /** The recipe's name. */
  readonly recipe?: string;
  /** The seed of the training. */
  readonly seed?: number;
  /** The last epoch that is in them, from 1. */
  readonly epoch?: number;
  /** On the validation images, in [0, 1]. */
  readonly accuracy?: number;
  /** Anything else worth knowing. */
  readonly [name: string]: string | number | undefined;
}

const limits = { entries: 32, name: 64, text: 500, whole: 16_384 } as const;

const isText = (value: unknown) => typeof value === 'string';
const isWholeFrom = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least;
const isRatio = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;

/** What is expected of the entries that have a meaning here. */
const expected: Readonly<Record<string, { is: (value: unknown) => boolean; what: string }>> = {
  dataset: { is: isText, what: 'a text' },
  recipe: { is: isText, what: 'a text' },
  seed: { is: isWholeFrom(0), what: 'a whole number from 0' },
  epoch: { is: isWholeFrom(1), what: 'a whole number from 1' },
  accuracy: { is: isRatio, what: 'a number from 0 to 1' },
};

/** Throws where a provenance is none: other than texts and finite numbers, too many or too long ones. */
function requireProvenance(provenance: unknown): asserts provenance is Provenance {
  if (typeof provenance !== 'object' || provenance === null || Array.isArray(provenance))
    throw new Error('a "provenance" that is no record of texts and numbers.');
  const found = Object.entries(provenance).filter(([, value]) => value !== undefined);
  if (found.length > limits.entries)
    throw new Error(`a "provenance" of ${found.length} entries; at most ${limits.entries} are expected.`);
  for (const [name, value] of found) {
    const { is, what } = (Object.hasOwn(expected, name) ? expected[name] : undefined) ?? {
      is: (other: unknown) => isText(other) || Number.isFinite(other),
      what: 'a text or a finite number',
    };
    if (name.length > limits.name || (typeof value === 'string' && value.length > limits.text) || !is(value))
      throw new Error(
        `a "provenance" in which ${printable(name)} is ${printable(JSON.stringify(value) ?? String(value))}; ` +
          `${what}, not longer than ${limits.text} characters, is expected.`,
      );
  }
}

/** A provenance as text. Throws where it could not be read back. */
export function provenanceText(provenance: Provenance): string {
  requireProvenance(provenance);
  return JSON.stringify(provenance);
}

/** Reads what `provenanceText` wrote. Throws where that is no provenance. */
export function parseProvenance(text: string): Provenance {
  let provenance: unknown;
  try {
    // No more than that is looked into.
    provenance = text.length <= limits.whole ? JSON.parse(text) : undefined;
  } catch {
    provenance = undefined;
  }
  requireProvenance(provenance);
  return provenance;
}
