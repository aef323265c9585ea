import { type Box, overlap, type Point } from '../detection/geometry.js';
import { UserError } from '../user-error.js';
import { assign } from './assign.js';
import { grown } from './geometry.js';
import { correct, misfit, type Motion, predict, startMotion, uncertainty } from './motion.js';
import { smooth, type Smoothed, startSmoothing } from './smoothing.js';

/** What a tracker needs to know of a face; what else a detector says of it is passed on. */
export interface TrackableFace {
  /** In pixels of the frame. */
  readonly box: Box;
  readonly keypoints?: Readonly<Record<string, Point>>;
  /** How sure the detector is that this is a face. */
  readonly confidence: number;
}

/** What a tracker needs to know of what was read in a face. */
export interface ScoredFace {
  /** Every class and its score. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface TrackerOptions<Frame, Face extends TrackableFace> {
  /**
   * Finds faces in a frame, each once: in all of it, or where `regions` are given, within these (boxes that may reach
   * beyond the frame), as with a small, fast detector on each of them. Faces found outside are welcome too, so a detector
   * that has only one way may leave `regions` aside.
   */
  readonly detect: (frame: Frame, regions?: readonly Box[]) => Promise<readonly Face[]> | readonly Face[];
  /** Reads the expressions of faces in a frame, one result a face, in their order. */
  readonly recognizeFaces: (
    frame: Frame,
    faces: readonly Face[],
  ) => Promise<readonly ScoredFace[]> | readonly ScoredFace[];
  /** The whole frame is searched in every n-th, and where a face was lost; a new face is found by then. Default 10. */
  readonly detectEvery?: number;
  /**
   * What happens in the frames between. `search` (default): `detect` looks in a region around the place where each face
   * is expected. `predict`: nothing is looked for; the faces' last boxes are moved on as they moved before, which is
   * right for few frames only (`detectEvery` 3, say), and said in `seen`.
   */
  readonly between?: 'search' | 'predict';
  /** Time constant of the exponential window over which scores are smoothed, in ms; 0: none. Default 200. */
  readonly smoothing?: number;
  /** How long a face may be out of sight and keep its identity, in ms. Default 1000. */
  readonly memory?: number;
  /** Most faces that are tracked; of more, those the detector is surest of. Default 200. */
  readonly maximumFaces?: number;
}

/** A face in a frame, known from earlier ones. */
export interface TrackedFace<Face extends TrackableFace> {
  /** The same in every frame; no other face's. From 1 in the order of appearance. */
  readonly id: number;
  /** As the detector found it in this frame, or moved on where it was not looked for. */
  readonly face: Face;
  /** Whether it was found in this frame: false where its box is only predicted. */
  readonly seen: boolean;
  /** The class with the highest smoothed score, and that score. */
  readonly expression: string;
  readonly confidence: number;
  /** Smoothed over time. */
  readonly scores: Readonly<Record<string, number>>;
  /**
   * By how many ms the smoothed scores lag behind: the mean age of what they are the mean of. It grows from 0 to about
   * `smoothing` less half the time between frames.
   */
  readonly lag: number;
  /** Time stamp of the frame in which it was first seen. */
  readonly since: number;
}

/** A frame of a stream, and when it was taken, in ms from any beginning. */
export interface TimedFrame<Frame> {
  readonly frame: Frame;
  readonly time: number;
}

/** What was found in a frame. */
export interface TrackedFrame<Face extends TrackableFace> {
  readonly time: number;
  readonly faces: readonly TrackedFace<Face>[];
}

export interface Tracker<Frame, Face extends TrackableFace> {
  /**
   * Follows the faces into the next frame, which was taken at `time` (ms from any beginning, at any intervals). Wait for
   * the answer before the next frame; a live stream leaves out those that come meanwhile. Where `detect` or
   * `recognizeFaces` fails, its error is passed on and everything is as before the frame.
   *
   * @returns the faces in it, in the order of their identities
   * @throws where time goes backwards, or the frame before is still being worked on
   */
  next(frame: Frame, time: number): Promise<TrackedFace<Face>[]>;
  /** Follows the faces through a stream, one frame after the other; none is taken before the last was answered. */
  track(
    frames: Iterable<TimedFrame<Frame>> | AsyncIterable<TimedFrame<Frame>>,
  ): AsyncGenerator<TrackedFrame<Face>, void, undefined>;
  /** Forgets all faces and the time, as for another clip or after a jump. Identities are not given again. */
  reset(): void;
}

interface Track<Face> {
  readonly id: number;
  /** As last seen, or moved on since. */
  readonly face: Face;
  /** At the time of the last frame. */
  readonly motion: Motion;
  /** When it was first and last seen, and when its scores were last read. */
  readonly since: number;
  readonly seen: number;
  readonly read: number;
  /** Looked for in the last frame, and not found. */
  readonly lost: boolean;
  /** Absent until its scores were read. */
  readonly smoothed?: Smoothed;
}

interface State<Face> {
  readonly tracks: readonly Track<Face>[];
  /** Of the last frame. */
  readonly time?: number;
  /** Frames since all of one was searched. */
  readonly frames: number;
}

type Pairs<Face> = Map<Track<Face>, Face>;

/** No pair fits worse than this (see `misfit`): a face four deviations from where it was expected. */
const worstFit = 16;
/** Of faces found by two searches, those that overlap by more than this (intersection over union) are one. */
const sameFace = 0.4;
/** How far around its predicted box a face is searched, in face sizes: at least, and at most when it has been lost. */
const margins = { least: 0.5, most: 2 } as const;

/**
 * Makes a tracker, which gives the faces of a stream stable identities and smooth scores. It works with any detector and
 * recognizer, and keeps nothing of a frame.
 *
 * Faces are told apart by place, size and motion alone: each is expected where a Kalman filter predicts it, and the boxes
 * found are given to the faces for which all together they are likeliest (as in SORT; Bewley et al., 2016). What a face
 * looks like is not remembered. So two faces keep their identities when they cross, also where one hides the other, as
 * long as they move on as before; where they turn round while one is hidden, nothing tells them apart.
 *
 * @throws where an option is out of range
 */
export function createTracker<Frame, Face extends TrackableFace>({
  detect,
  recognizeFaces,
  detectEvery = 10,
  between = 'search',
  smoothing = 200,
  memory = 1000,
  maximumFaces = 200,
}: TrackerOptions<Frame, Face>): Tracker<Frame, Face> {
  for (const [name, value] of Object.entries({ detectEvery, maximumFaces }))
    if (!(Number.isSafeInteger(value) && value >= 1))
      throw new UserError(`The tracker's option ${name} is ${value}; a whole number from 1 is expected.`, {
        code: 'option-invalid',
      });
  for (const [name, value] of Object.entries({ smoothing, memory }))
    if (!(value >= 0 && value < Infinity))
      throw new UserError(`The tracker's option ${name} is ${value}; a number of ms from 0 is expected.`, {
        code: 'option-invalid',
      });

  const nothing: State<Face> = { tracks: [], frames: Infinity };
  let state = nothing;
  let lastId = 0;
  /** Stands for the frame being worked on; a `reset` lets it finish for nothing. */
  let working: object | undefined;

  async function found(frame: Frame, regions?: readonly Box[]): Promise<readonly Face[]> {
    const faces = await detect(frame, ...(regions ? [regions] : []));
    for (const { box, confidence } of faces) requireFace(box, confidence);
    return surest(faces, maximumFaces);
  }

  /** Looks for the faces expected in a frame, and for others. */
  async function search(frame: Frame, tracks: readonly Track<Face>[], isWholeDue: boolean) {
    let pairs: Pairs<Face> = new Map();
    let others: readonly Face[] = [];
    if (!isWholeDue && tracks.length > 0) {
      const faces = await found(frame, tracks.map(regionOf));
      pairs = matches(tracks, faces);
      others = unpaired(faces, pairs);
    }
    const isWhole = isWholeDue || tracks.some((track) => !track.lost && !pairs.has(track));
    if (isWhole) {
      // What the search around the faces has found stays.
      const known = [...pairs.values(), ...others];
      const isNew = ({ box }: Face) => known.every((face) => overlap(face.box, box) <= sameFace);
      const faces = [...others, ...(await found(frame)).filter(isNew)];
      const missing = tracks.filter((track) => !pairs.has(track));
      const more = matches(missing, faces);
      pairs = new Map([...pairs, ...more]);
      others = unpaired(faces, more);
    }
    return { pairs, others: surest(others, maximumFaces - pairs.size), isWhole };
  }

  /** The tracks after a frame in which faces were looked for. */
  async function look(frame: Frame, time: number, expected: readonly Track<Face>[], frames: number) {
    const candidates = expected.filter(({ lost, seen }) => !lost || time - seen <= memory);
    const isWholeDue = between === 'predict' || frames >= detectEvery;
    const { pairs, others, isWhole } = await search(frame, candidates, isWholeDue);
    const known = candidates.map((track): Track<Face> => {
      const face = pairs.get(track);
      if (!face) return { ...track, lost: true };
      return { ...track, face, motion: correct(track.motion, face.box), seen: time, lost: false };
    });
    const fresh = others.map((face): Track<Face> => {
      const motion = startMotion(face.box);
      return { id: ++lastId, face, motion, since: time, seen: time, read: time, lost: false };
    });
    return { tracks: [...known, ...fresh], frames: isWhole ? 1 : frames + 1 };
  }

  async function follow(frame: Frame, time: number, before: State<Face>) {
    const seconds = (time - (before.time ?? time)) / 1000;
    const expected = before.tracks.map((track): Track<Face> => {
      const motion = predict(track.motion, seconds);
      const face = movedBy(track.face, motion.x - track.motion.x, motion.y - track.motion.y);
      return { ...track, motion, face };
    });
    const { frames } = before;
    const isLooking = between === 'search' || frames >= detectEvery || expected.some(({ lost }) => lost);
    const after = isLooking
      ? await look(frame, time, expected, frames)
      : { tracks: expected, frames: frames + 1 };

    const shown = after.tracks.filter(({ lost }) => !lost);
    const faces = shown.map(({ face }) => face);
    const read = faces.length > 0 ? await recognizeFaces(frame, faces) : [];
    if (read.length !== faces.length)
      throw new Error(
        `recognizeFaces was given ${faces.length} face(s) and returned ${read.length} result(s); one a face is expected.`,
      );
    const scored = shown.map((track, index) => {
      const { scores } = read[index]!;
      if (!Object.values(scores).every(Number.isFinite) || Object.keys(scores).length === 0)
        throw new Error(
          `recognizeFaces returned the scores ${JSON.stringify(scores)}; a finite number for each class is expected.`,
        );
      const smoothed = track.smoothed
        ? smooth(track.smoothed, scores, time - track.read, smoothing)
        : startSmoothing(scores);
      return { ...track, smoothed, read: time };
    });
    const lost = after.tracks
      .filter((track) => track.lost)
      .sort((a, b) => b.seen - a.seen)
      .slice(0, maximumFaces);
    return { scored, state: { tracks: [...scored, ...lost], time, frames: after.frames } };
  }

  async function next(frame: Frame, time: number): Promise<TrackedFace<Face>[]> {
    if (!Number.isFinite(time))
      throw new Error(`A frame has the time ${time}; a finite number of ms is expected.`);
    if (working)
      throw new Error(
        'The tracker is still working on the frame before. Wait for its answer, and leave out the frames that come meanwhile.',
      );
    if (state.time !== undefined && time < state.time)
      throw new Error(
        `Time goes backwards, from ${state.time} to ${time} ms. Call reset() before another clip or after a jump.`,
      );
    const token = (working = {});
    try {
      const { scored, state: after } = await follow(frame, time, state);
      if (working === token) state = after;
      return scored.sort((a, b) => a.id - b.id).map((track) => trackedFace(track, time));
    } finally {
      if (working === token) working = undefined;
    }
  }

  return {
    next,
    async *track(frames) {
      for await (const { frame, time } of frames) yield { time, faces: await next(frame, time) };
    },
    reset() {
      state = nothing;
      working = undefined;
    },
  };
}

/** The faces for which the boxes found are likeliest, as far as any fits. */
function matches<Face extends TrackableFace>(
  tracks: readonly Track<Face>[],
  faces: readonly Face[],
): Pairs<Face> {
  const columns = assign(
    tracks.length,
    faces.length,
    (row, column) => misfit(tracks[row]!.motion, faces[column]!.box),
    worstFit,
  );
  return new Map(
    columns.flatMap((column, row) => (column === undefined ? [] : [[tracks[row]!, faces[column]!]])),
  );
}

function unpaired<Face>(faces: readonly Face[], pairs: Pairs<Face>): readonly Face[] {
  const paired = new Set(pairs.values());
  return faces.filter((face) => !paired.has(face));
}

/** Those the detector is surest of, where there are too many. */
const surest = <Face extends TrackableFace>(faces: readonly Face[], most: number): readonly Face[] =>
  faces.length <= most ? faces : [...faces].sort((a, b) => b.confidence - a.confidence).slice(0, most);

/** Around where a face is expected; the longer it has been lost, the farther. */
function regionOf({ face: { box }, motion }: Track<TrackableFace>): Box {
  const margin = Math.min(
    Math.max(margins.least * motion.size, 2 * uncertainty(motion)),
    margins.most * motion.size,
  );
  return grown(box, margin);
}

function movedBy<Face extends TrackableFace>(face: Face, dx: number, dy: number): Face {
  const moved = <T extends Point>(place: T): T => ({
    ...place,
    x: place.x + dx,
    y: place.y + dy,
  });
  const { box, keypoints } = face;
  return {
    ...face,
    box: moved(box),
    ...(keypoints && {
      keypoints: Object.fromEntries(Object.entries(keypoints).map(([name, point]) => [name, moved(point)])),
    }),
  };
}

function trackedFace<Face extends TrackableFace>(
  { id, face, seen, since, smoothed }: Track<Face> & { smoothed: Smoothed },
  time: number,
): TrackedFace<Face> {
  const { scores, lag } = smoothed;
  const [[expression, confidence]] = Object.entries(scores).sort(([, a], [, b]) => b - a) as [
    [string, number],
  ];
  return { id, face, seen: seen === time, expression, confidence, scores, lag, since };
}

function requireFace({ x, y, width, height }: Box, confidence: number): void {
  if (![x, y, width, height, confidence].every(Number.isFinite) || width <= 0 || height <= 0)
    throw new Error(
      `detect returned a face with the box (x ${x}, y ${y}, width ${width}, height ${height}) and the confidence ` +
        `${confidence}; finite numbers and a width and height above 0 are expected.`,
    );
}
