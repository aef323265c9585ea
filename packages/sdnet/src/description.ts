import { type ImageShape, type Network, printable } from '@sdnet/autograd';
import { type Calibration, calibrationLimits } from './calibration.js';
import { modelNamed, requireModelOptions, type StemStride, type Variant } from './models/index.js';
import { type Preprocessing, requirePreprocessing } from './preprocess.js';
import { parseProvenance, type Provenance, provenanceText } from './provenance.js';

/** What identifies a trained network besides its numbers. */
export interface NetworkDescription {
  /** A key of `models`. */
  readonly model: string;
  /** In the order of the network's scores. */
  readonly classNames: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Stride of the first convolution; absent: the official network's. */
  readonly stemStride?: StemStride;
  /** SDNet without one of its parts; absent: whole. */
  readonly variant?: Variant;
}

/** What weights say of themselves besides their numbers. */
export interface WeightsDescription extends NetworkDescription, Calibration {
  /** What they were trained on, and how well they did. */
  readonly provenance?: Provenance;
}

const format = 'sdnet-weights';
const version = 1;
/** Longest class name. */
const longestName = 200;

/** Whether two lists name the same classes in the same order. */
export const sameClasses = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

/** The network function of a description. Throws where there is no such model, or it cannot be built like this. */
export function networkOf({
  model,
  classNames,
  stemStride,
  variant,
}: Pick<NetworkDescription, 'model' | 'classNames' | 'stemStride' | 'variant'>): Network {
  const build = modelNamed(model);
  const options = { classes: classNames.length, stemStride, variant };
  requireModelOptions(options);
  return (images, scope) => build(images, scope, options);
}

/** The shape of a network's images. Throws where no network can see images like this. */
export function imageShape(preprocessing: Preprocessing): ImageShape {
  requirePreprocessing(preprocessing);
  return [preprocessing.channels, preprocessing.size, preprocessing.size];
}

/** Throws where a description is none that weights can have; what it says follows on "has". */
export function requireDescription({
  model,
  classNames,
  preprocessing,
  stemStride,
  variant,
  ...calibration
}: WeightsDescription): void {
  modelNamed(model);
  if (!Array.isArray(classNames) || classNames.some((name) => typeof name !== 'string'))
    throw new Error('no list "classNames".');
  if (classNames.some((name) => name === '' || name.length > longestName))
    throw new Error(
      `the class names ${printable(JSON.stringify(classNames))}; names that are not empty and at most ${longestName} characters long are expected.`,
    );
  if (new Set(classNames).size < classNames.length)
    throw new Error(
      `the class names ${printable(JSON.stringify(classNames))}; names, each of them once, are expected.`,
    );
  requireModelOptions({ classes: classNames.length, stemStride, variant });
  requirePreprocessing(preprocessing);
  for (const name of ['smoothing', 'temperature'] as const) {
    const { least, most } = calibrationLimits[name];
    const value = calibration[name];
    if (value !== undefined && !(value >= least && value <= most))
      throw new Error(`the ${name} ${value}; a number from ${least} to ${most} is expected.`);
  }
}

/**
 * A description as text properties: the metadata of weights and of exported models alike.
 *
 * @throws where they could not be read back
 */
export function metadataOf(description: WeightsDescription): Record<string, string> {
  aboutMetadata('The weights have', () => requireDescription(description));
  const { model, classNames, preprocessing, stemStride, variant, smoothing, temperature, provenance } =
    description;
  const { size, channels, mean, deviation } = preprocessing;
  return {
    format,
    version: String(version),
    model,
    classNames: JSON.stringify(classNames),
    size: String(size),
    channels: String(channels),
    mean: String(mean),
    deviation: String(deviation),
    ...(stemStride !== undefined && { stemStride: String(stemStride) }),
    ...(variant !== undefined && { variant }),
    ...(smoothing !== undefined && { smoothing: String(smoothing) }),
    ...(temperature !== undefined && { temperature: String(temperature) }),
    ...(provenance && { provenance: provenanceText(provenance) }),
  };
}

/** The names of all entries that `metadataOf` writes. */
const entries = new Set([
  'format',
  'version',
  'model',
  'classNames',
  'size',
  'channels',
  'mean',
  'deviation',
  'stemStride',
  'variant',
  'smoothing',
  'temperature',
  'provenance',
]);

/**
 * The description in a file's metadata.
 *
 * @throws where it is not ours, newer than this version of the library, or incomplete; the message says which
 */
export function parseDescription(metadata: Readonly<Record<string, string>>): WeightsDescription {
  if (metadata.format !== format)
    throw new Error('no weights of this library: its metadata does not name the format sdnet-weights.');
  if (!/^[1-9]\d{0,8}$/.test(metadata.version ?? '') || Number(metadata.version) > version)
    throw new Error(
      `written in version ${printable(String(metadata.version))} of the format; this library reads up to ${version}. Update it.`,
    );
  return aboutMetadata('its metadata has', () => {
    const { model = '', classNames = '', stemStride, variant, smoothing, temperature, provenance } = metadata;
    const description = {
      model,
      classNames: parseNames(classNames),
      preprocessing: {
        size: number(metadata, 'size'),
        channels: number(metadata, 'channels') as 1 | 3,
        mean: number(metadata, 'mean'),
        deviation: number(metadata, 'deviation'),
      },
      ...(stemStride !== undefined && { stemStride: number(metadata, 'stemStride') as StemStride }),
      ...(variant !== undefined && { variant: variant as Variant }),
      ...(smoothing !== undefined && { smoothing: number(metadata, 'smoothing') }),
      ...(temperature !== undefined && { temperature: number(metadata, 'temperature') }),
      ...(provenance !== undefined && { provenance: parseProvenance(provenance) }),
    };
    requireDescription(description);
    return description;
  });
}

/** Entries that this version does not know; without a checksum they may be known ones that were damaged. */
export const unknownEntries = (metadata: Readonly<Record<string, string>>): string[] =>
  Object.keys(metadata).filter((name) => !entries.has(name));

/** What JSON and JavaScript write for a number, and nothing that `Number` reads besides, such as nothing for 0. */
const decimal = /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function number(metadata: Readonly<Record<string, string>>, name: string): number {
  const text = metadata[name];
  const value = Number(text);
  if (text === undefined || text.length > 40 || !decimal.test(text) || !Number.isFinite(value))
    throw new Error(
      `no number "${name}"${text === undefined ? '' : `, but ${printable(JSON.stringify(text))}`}.`,
    );
  return value;
}

function parseNames(text: string): string[] {
  try {
    const names: unknown = JSON.parse(text);
    if (Array.isArray(names) && names.length > 0) return names as string[];
  } catch {
    // Said below.
  }
  throw new Error('no list "classNames".');
}

/** Begins the message of what goes wrong in `parse`. */
function aboutMetadata<T>(beginning: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const { message } = error as Error;
    // Of the model the message is whole already.
    throw new Error(message.startsWith('there is no model') ? message : `${beginning} ${message}`, {
      cause: error,
    });
  }
}
