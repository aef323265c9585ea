import type { Runtime, Session, SessionOptions } from '@sdnet/autograd';
import { allOrNone } from '../all-or-none.js';
import { mirror, type RawImage, requireImage } from '../preprocess.js';
import { reusedMemory } from '../reused-memory.js';
import { interpolateSquare, regionOf, scaledSquare, type Square, squareToImage } from '../sample-square.js';
import { anchorCount, type BlazeFace, blazeFaces, decodeFaces } from './blazeface.js';
import { type Detection, mapDetection, mirrorDetection } from './detection.js';
import { overlap } from './geometry.js';
import { blendDoubles, dropNested, uniteLevels } from './merge-faces.js';
import {
  halved,
  type Level,
  levelOf,
  networkInput,
  networkInputs,
  pyramid,
  pyramidScales,
  tiles,
} from './pyramid.js';
import { smallestMinimumFace } from './smallest-face.js';

/** The files of `@sdnet/model-blazeface`. */
export interface DetectorModels {
  /** `short-range.onnx`: proposes faces, and follows them. */
  readonly shortRange: Uint8Array;
  /** `back.onnx`: looks at each proposal again. */
  readonly back: Uint8Array;
}

export interface DetectOptions {
  /**
   * Side in pixels of the smallest faces to look for, from 16 on. The time that a search takes grows with the inverse of
   * its square, up to 16 million pixels: where more were needed, the smallest faces it finds are larger than asked for.
   * Default: 24, and in large images a ninety-sixth of the long side; in the frames of a stream (`createTracker`) a
   * sixteenth of it, 16 at least.
   */
  readonly minimumFace?: number | undefined;
  /** Of more faces than this the largest are returned; default: all. */
  readonly maximumFaces?: number | undefined;
}

export interface Detector {
  /**
   * The faces in an image, in its own pixels, the most confident first; none is an empty list.
   *
   * @throws where the image's pixels do not fit its size, or an option is out of range
   */
  detect(image: RawImage, options?: DetectOptions): Promise<Detection[]>;
  /**
   * Where faces of an earlier frame are now: looks only where each was, and gives for each what is there, or undefined.
   * Much cheaper than `detect`, for faces that move by less than about half their size from frame to frame.
   */
  follow(image: RawImage, detections: readonly Detection[]): Promise<(Detection | undefined)[]>;
  /** Frees both networks' memory. */
  release(): Promise<void>;
}

/** What was measured (benchmarks/detection.mjs) and decided; sides and sizes in pixels of a network's input. */
const settings = {
  /** Long side of the first, smallest input. */
  coarsest: 128,
  /** How large the smallest faces are in the last, largest input: short range hardly misses one from here on. */
  smallestFace: 22,
  /** It finds faces of up to about ten times that, so inputs may be this far apart. */
  step: 4.7,
  /** In images with a long side above 96 × 24 pixels, the smallest face is this part of it. */
  smallestPart: 96,
  smallestDefault: 24,
  /** Most pixels of the largest input: it takes 12 bytes each. */
  mostPixels: 16e6,
  /** What short range proposes from here on is looked at again. */
  proposal: 0.25,
  /** How a proposal is looked at again: the square around it, in boxes, as it is or mirrored. */
  views: [
    { context: 2, mirrored: false },
    { context: 2.8, mirrored: true },
    { context: 2.8, mirrored: false },
    { context: 2, mirrored: true },
    { context: 1.6, mirrored: false },
  ],
  /** What is as sure as this after so many looks is not looked at again. */
  surely: { looks: 3, confidence: 0.65 },
  /** Side of that square in the network's input. */
  closeUp: 128,
  /** In a second look any trace counts; all looks together decide. */
  trace: 0.02,
  /** A face in the second look is the one proposed where they overlap by this much. */
  sameFace: 0.35,
  /**
   * The least geometric mean of the confidence of the proposal and of the looks, from a part of the image's long side on.
   * The smaller, the more places are there where a face could be, and the more patterns that look like one.
   */
  confidence: [
    { from: 0.15, least: 0.44 },
    { from: 0.12, least: 0.53 },
    { from: 0.075, least: 0.55 },
    { from: 0, least: 0.58 },
  ],
  /** While looks are left, it may be less by this. */
  doubt: 0.1,
  /** From this confidence on, one look at a proposal is enough. */
  clearly: 0.9,
  /** And one at a face of the frame before, of which more is known. */
  still: 0.7,
  /** Looks a run: bounds the memory. */
  batch: 16,
} as const;

type View = (typeof settings.views)[number];

/** How faces are looked at closely. */
interface CloseUps {
  readonly network: Network;
  /** A square of the image as three planes of `size × size` levels. */
  readonly cut: (square: Square, size: number) => readonly Float32Array[];
  /** From this confidence on, one look is enough, and so are two. */
  readonly enough: number;
}

/**
 * Makes a face detector of the two BlazeFace networks, on `nodeRuntime` (`@sdnet/autograd/node`) or `webRuntime`
 * (`@sdnet/autograd/web`).
 *
 * Short range sees the whole image in a few sizes and proposes faces, many of them wrong; "back" then sees each of them
 * again, turned upright and always equally large, closer, from further away and mirrored; most of what is none (an eye
 * in a large face, a pattern) does not look like a face each time. The closest look also gives the box and the
 * keypoints, which so are equally exact for faces of all sizes and angles.
 *
 * @throws where a file is not such a network
 */
export async function createDetector(
  runtime: Runtime,
  models: DetectorModels,
  options: SessionOptions = {},
): Promise<Detector> {
  const [proposer, confirmer] = await allOrNone<[Network, Network]>(
    createNetwork(runtime, models.shortRange, blazeFaces.shortRange, options),
    createNetwork(runtime, models.back, blazeFaces.back, options),
  );

  const inputs = reusedMemory();
  const regions = reusedMemory();

  async function propose(level: Level): Promise<Detection[]> {
    const faces: Detection[] = [];
    for (const tile of tiles(level)) {
      const input = networkInput(level, tile, multipleOf(proposer.network), inputs.take);
      const [found] = await proposer.run(input, 1, settings.proposal);
      inputs.giveBack(input.data.buffer);
      const toImage = ({ x, y }: { x: number; y: number }) => ({
        x: (x + tile.left) / level.scale,
        y: (y + tile.top) / level.scale,
      });
      faces.push(...found!.map((face) => mapDetection(face, toImage, 1 / level.scale)));
    }
    return blendDoubles(faces);
  }

  async function confirm(
    proposals: readonly Detection[],
    longSide: number,
    { network, cut, enough }: CloseUps,
  ): Promise<(Detection | undefined)[]> {
    // Hardly one that is proposed with less is confirmed.
    const faces = proposals.map((proposal): Detection | undefined =>
      proposal.confidence >= leastConfidence(proposal, longSide) ** 2 ? proposal : undefined,
    );
    const looks: Detection[][] = proposals.map(() => []);
    for (const [number, view] of settings.views.entries()) {
      const isLast = number === settings.views.length - 1;
      // Who is none by one look is not looked at again, nor who clearly is a face.
      const needed = number >= settings.surely.looks ? settings.surely.confidence : enough;
      const open = proposals.flatMap((_, index) => {
        const isClear = number > 0 && faces[index] && faces[index].confidence >= needed;
        return faces[index] && !isClear ? [index] : [];
      });
      for (let start = 0; start < open.length; start += settings.batch) {
        const some = open.slice(start, start + settings.batch);
        const looked = some.map((index) => proposals[index]!);
        for (const [place, seen] of (await look(looked, view, network, cut)).entries()) {
          const index = some[place]!;
          if (seen) looks[index]!.push(seen);
          const least = leastConfidence(proposals[index]!, longSide) - (isLast ? 0 : settings.doubt);
          faces[index] = seen && judge(proposals[index]!, looks[index]!, least);
        }
      }
    }
    return faces;
  }

  /** What a network sees of each proposal in one view of it; undefined where that is no face at its place. */
  async function look(
    proposals: readonly Detection[],
    { context, mirrored }: View,
    network: Network,
    cut: CloseUps['cut'],
  ): Promise<(Detection | undefined)[]> {
    const size = settings.closeUp;
    const squares = proposals.map((proposal) => closeUpOf(proposal, context));
    const planes = squares.map((square) => cut(square, size));
    if (mirrored) for (const plane of new Set(planes.flat())) mirror(plane, size);
    const input = networkInputs(planes, size, inputs.take);
    const found = await network.run(input, proposals.length, settings.trace);
    inputs.giveBack(input.data.buffer);
    return proposals.map(({ box }, index) => {
      const square = squares[index]!;
      const toImage = squareToImage(square, size);
      const [best] = blendDoubles(found[index]!)
        .map((face) => (mirrored ? mirrorDetection(face, size) : face))
        .map((face) => mapDetection(face, toImage, square.side / size))
        .filter((face) => overlap(face.box, box) >= settings.sameFace);
      return best;
    });
  }

  return {
    async detect(image, { minimumFace, maximumFaces = Infinity } = {}) {
      requireImage(image);
      requireFrom(smallestMinimumFace, 'minimumFace', minimumFace);
      requireFrom(1, 'maximumFaces', maximumFaces);
      const longSide = Math.max(image.width, image.height);
      const smallest = minimumFace ?? Math.max(settings.smallestDefault, longSide / settings.smallestPart);
      const levels = pyramid(
        image,
        pyramidScales(longSide, {
          coarsest: settings.coarsest,
          finest: Math.min(
            settings.smallestFace / smallest,
            Math.sqrt(settings.mostPixels / (image.width * image.height)),
          ),
          step: settings.step,
        }),
      );
      const proposals: Detection[] = [];
      for (const level of levels) proposals.push(...(await propose(level)));
      const halves = new Map<Level, Level>();
      const confirmed = await confirm(uniteLevels(proposals), longSide, {
        network: confirmer,
        cut: (square, size) => cutOfLevels(levels, halves, square, size),
        enough: settings.clearly,
      });
      const faces = dropNested(confirmed.filter((face) => face !== undefined));
      if (faces.length <= maximumFaces) return faces;
      const largest = [...faces].sort((a, b) => b.box.width - a.box.width).slice(0, maximumFaces);
      return faces.filter((face) => largest.includes(face));
    },
    async follow(image, detections) {
      requireImage(image);
      const cut = (square: Square, size: number) => {
        const { region, within } = regionOf(image, square, size, regions.take);
        const level = levelOf(region, Math.floor(square.side / leastSide(size)));
        regions.giveBack(region.pixels.buffer);
        return interpolateLevel(level, within, size);
      };
      // One large face is what short range was made for: it loses fewer than "back" does, in half the time.
      return confirm(detections, Math.max(image.width, image.height), {
        network: proposer,
        cut,
        enough: settings.still,
      });
    },
    async release() {
      await proposer.release();
      await confirmer.release();
    },
  };
}

function requireFrom(least: number, name: string, value: number | undefined): void {
  if (value !== undefined && !(value >= least))
    throw new Error(`${name} is ${value}; a number from ${least} is expected.`);
}

/** The square in which a face is looked at again: around its box, upright by its eyes. */
function closeUpOf({ box, keypoints: { rightEye, leftEye } }: Detection, context: number): Square {
  return {
    centre: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
    side: box.width * context,
    angle: Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x),
  };
}

/** The face as the first look has it, or undefined where the proposal and all looks together are not sure enough. */
function judge(proposal: Detection, looks: readonly Detection[], least: number): Detection | undefined {
  const product = [proposal, ...looks].reduce((sure, { confidence }) => sure * confidence, 1);
  const confidence = product ** (1 / (looks.length + 1));
  return confidence >= least ? { ...looks[0]!, confidence } : undefined;
}

/** How sure a proposal and all looks at it have to be together. */
const leastConfidence = ({ box }: Detection, longSide: number): number =>
  settings.confidence.find(({ from }) => box.width >= from * longSide)!.least;

/** A square needs as many pixels a side for plain interpolation to `size` to be enough; twice as many are too many. */
const leastSide = (size: number): number => size * Math.SQRT1_2;

/** A square cut out of the level, halved as often as need be, that has about a pixel for each of the square's. `halves` keeps what was halved. */
function cutOfLevels(
  levels: readonly Level[],
  halves: Map<Level, Level>,
  square: Square,
  size: number,
): Float32Array[] {
  const least = leastSide(size);
  let level = levels.find(({ scale }) => square.side * scale >= least) ?? levels.at(-1)!;
  while (square.side * level.scale >= 2 * least) {
    const half = halves.get(level) ?? halved(level);
    halves.set(level, half);
    level = half;
  }
  return interpolateLevel(level, square, size);
}

const interpolateLevel = (
  { planes, width, height, scale }: Level,
  square: Square,
  size: number,
): Float32Array[] => interpolateSquare(planes, width, height, scaledSquare(square, scale), size, 0);

const multipleOf = ({ grids }: BlazeFace): number => Math.max(...grids.map(({ stride }) => stride));

interface Network {
  readonly network: BlazeFace;
  /** The faces in each of `count` inputs of the same size, in pixels of it, doubles included. */
  run(
    input: { readonly data: Float32Array; readonly width: number; readonly height: number },
    count: number,
    threshold: number,
  ): Promise<Detection[][]>;
  release(): Promise<void>;
}

async function createNetwork(
  runtime: Runtime,
  model: Uint8Array,
  network: BlazeFace,
  options: SessionOptions,
): Promise<Network> {
  const session: Session = await runtime.createSession(model, {
    ...options,
    variableShapes: true,
    takesTurns: true,
  });
  const names = [...session.inputNames, ...session.outputNames].join();
  if (names !== 'images,scores,boxes') {
    await session.release();
    throw new Error(
      `A face detector with the input "images" and the outputs "scores" and "boxes" is expected, such as ` +
        `@sdnet/model-blazeface has; the model has ${names}.`,
    );
  }
  return {
    network,
    async run({ data, width, height }, count, threshold) {
      const { scores, boxes } = await session.run({ images: { shape: [count, 3, height, width], data } });
      const anchors = anchorCount(network, width, height);
      if (scores!.data.length !== count * anchors)
        throw new Error(
          `The face detector has ${scores!.data.length / count} anchors for ${width}×${height} pixels; ` +
            `${anchors} are expected. Is it the other one of @sdnet/model-blazeface?`,
        );
      const values = boxes!.data.length / scores!.data.length;
      return Array.from({ length: count }, (_, index) =>
        decodeFaces(
          network,
          width,
          height,
          scores!.data.subarray(index * anchors, (index + 1) * anchors),
          boxes!.data.subarray(index * anchors * values, (index + 1) * anchors * values),
          threshold,
        ),
      );
    },
    release: session.release,
  };
}
