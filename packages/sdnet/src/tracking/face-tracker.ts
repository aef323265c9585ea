import { type Box, overlap, type Point } from '../detection/geometry.js';
import { UserError } from '../user-error.js';
import { assign } from './assign.js';
import { sizeOf } from './geometry.js';
import { correct, isSure, misfit, type Motion, predict, startMotion } from './motion.js';
import { smooth, type Smoothed, startSmoothing } from './smoothing.js';
import { requireTrackerOptions, type TrackerOptions } from './tracker-options.js';

/** What a tracker needs to know of a face; what else a detector says of it is passed on. */
export interface TrackableFace {
  /** In pixels of the frame. */
  readonly box: Box;
  readonly keypoints?: Readonly<Record<string, Point>>;
  /** How sure the detector is that this is a face. */
  readonly confidence: number;
}

/** What a tracker needs to know of what was read in a face; what else there is is passed on. */
export interface ScoredFace {
  /** Every class and its score. */
  readonly scores: Readonly<Record<string, number>>;
}

/** What finds and reads faces for a tracker. */
export interface TrackerStages<Frame, Face extends TrackableFace, Read extends ScoredFace> {
  /** Finds the faces in all of a frame, each once. */
  readonly detect: (frame: Frame) => Promise<readonly Face[]> | readonly Face[];
  /** Looks for each of some faces around where it is expected; undefined where it is not there. */
  readonly follow: (
    frame: Frame,
    faces: readonly Face[],
  ) => Promise<readonly (Face | undefined)[]> | readonly (Face | undefined)[];
  /** Reads the expressions of faces in a frame, one result a face, in their order. */
  readonly recognizeFaces: (
    frame: Frame,
    faces: readonly Face[],
  ) => Promise<readonly Read[]> | readonly Read[];
}

/** A face in a frame, known from earlier ones. */
export interface FollowedFace<Face extends TrackableFace, Read extends ScoredFace> {
  /** The same in every frame; no other face's. From 1 in the order of appearance. */
  readonly id: number;
  /** As the detector found it in this frame, or where it is without looking: as found last, moved on. */
  readonly face: Face;
  /** What was read in this frame. */
  readonly read: Read;
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
  /** Time of the frame in which it was first seen, in ms. */
  readonly since: number;
}

/** Follows faces through frames, one after the other: callers put calls in order. */
export interface FaceTracker<Frame, Face extends TrackableFace, Read extends ScoredFace> {
  /**
   * Follows the faces into the next frame, which was taken at `time` (ms from any beginning, at any intervals). Where a
   * stage fails, its error is passed on and everything is as before the frame.
   *
   * @returns the faces in it, in the order of their identities
   * @throws UserError where time is no number or goes backwards
   */
  next(frame: Frame, time: number): Promise<FollowedFace<Face, Read>[]>;
  /** Forgets all faces and the time, as for another clip or after a jump. Identities are not given again. */
  reset(): void;
}

interface Track<Face> {
  readonly id: number;
  /** As last seen, or moved on since. */
  readonly face: Face;
  /** At the time of the last frame. */
  readonly motion: Motion;
  /** When it was first and last seen. */
  readonly since: number;
  readonly seen: number;
  /** Looked for in the last frame, and not found. */
  readonly lost: boolean;
  /** Absent until its scores were read, the last time at `read`. */
  readonly smoothed?: Smoothed;
  readonly read?: number;
}

interface State<Face> {
  readonly tracks: readonly Track<Face>[];
  /** Of the last frame, and of the last that was searched as a whole. */
  readonly time?: number;
  readonly searched?: number;
  /** Frames since all of one was searched. */
  readonly frames: number;
}

type Pairs<Face> = Map<Track<Face>, Face>;

/** No pair fits worse than this (see `misfit`): a face four deviations from where it was expected. */
const worstFit = 16;
/** Of faces found by two searches, those that overlap by more than this (intersection over union) are one. */
const sameFace = 0.4;
/** While a face is lost, the whole frame is searched so many times before it is forgotten, and once more at the end. */
const searchesForLost = 5;

/**
 * Makes a tracker, which gives the faces of a stream stable identities and smooth scores. It works with any detector and
 * recognizer, and keeps nothing of a frame.
 *
 * Faces are told apart by place, size and motion alone: each is expected where a Kalman filter predicts it, and the boxes
 * found are given to the faces for which all together they are likeliest (as in SORT; Bewley et al., 2016). What a face
 * looks like is not remembered. So two faces keep their identities when they cross, also where one hides the other, as
 * long as they move on as before; where they turn round while one is hidden, nothing tells them apart.
 *
 * @throws UserError where an option is out of range
 */
export function createFaceTracker<Frame, Face extends TrackableFace, Read extends ScoredFace>(
  { detect, follow, recognizeFaces }: TrackerStages<Frame, Face, Read>,
  options: TrackerOptions = {},
): FaceTracker<Frame, Face, Read> {
  requireTrackerOptions(options);
  const { detectEvery = 10, smoothing = 200, memory = 1000, maximumFaces = 200 } = options;

  const nothing: State<Face> = { tracks: [], frames: Infinity };
  let state = nothing;
  let lastId = 0;

  /** What is found where faces are expected. */
  async function followedFaces(frame: Frame, tracks: readonly Track<Face>[]): Promise<Face[]> {
    const followed = await follow(
      frame,
      tracks.map(({ face }) => face),
    );
    return withoutDoubles(followed.filter((face) => face !== undefined));
  }

  /** Looks for the faces expected in a frame, and, where it is due or one is missing, for others. */
  async function search(frame: Frame, tracks: readonly Track<Face>[], isWholeDue: boolean) {
    let pairs: Pairs<Face> = new Map();
    let others: readonly Face[] = [];
    /** Not looked for. */
    let sure: readonly Track<Face>[] = [];
    if (!isWholeDue) {
      sure = tracks.filter((track) => isWhereExpected(track, tracks));
      const doubtful = tracks.filter((track) => !sure.includes(track));
      const faces = doubtful.length > 0 ? await followedFaces(frame, doubtful) : [];
      const found = matches(doubtful, faces);
      pairs = new Map([...sure.map((track) => [track, track.face] as const), ...found]);
      others = unpaired(faces, found);
    }
    const isWhole = isWholeDue || tracks.some((track) => !track.lost && !pairs.has(track));
    if (isWhole) {
      // What the search around the faces has found stays.
      const known = [...pairs.values(), ...others];
      const isNew = ({ box }: Face) => known.every((face) => overlap(face.box, box) <= sameFace);
      const faces = [...others, ...largest(await detect(frame), maximumFaces).filter(isNew)];
      const missing = tracks.filter((track) => !pairs.has(track));
      const more = matches(missing, faces);
      pairs = new Map([...pairs, ...more]);
      others = unpaired(faces, more);
    }
    // One that was lost may have come back beside as many as there may be.
    const followed = new Set(largest([...pairs.values()], maximumFaces));
    pairs = new Map([...pairs].filter(([, face]) => followed.has(face)));
    return { pairs, sure, others: largest(others, maximumFaces - pairs.size), isWhole };
  }

  /** The tracks after a frame in which faces were looked for. */
  async function look(frame: Frame, time: number, before: State<Face>) {
    const seconds = (time - (before.time ?? time)) / 1000;
    const candidates = before.tracks
      .filter(({ lost, seen }) => !lost || time - seen <= memory)
      .map((track): Track<Face> => {
        const motion = predict(track.motion, seconds);
        const face = movedBy(track.face, motion.x - track.motion.x, motion.y - track.motion.y);
        return { ...track, motion, face };
      });
    const isDueForLost = time - (before.searched ?? -Infinity) >= memory / searchesForLost;
    const isLastChance = ({ seen }: Track<Face>) => time + 1000 * seconds - seen > memory;
    const isWholeDue =
      before.frames >= detectEvery ||
      candidates.some((track) => track.lost && (isDueForLost || isLastChance(track)));
    const { pairs, sure, others, isWhole } = await search(frame, candidates, isWholeDue);
    const known = candidates.map((track): Track<Face> => {
      const face = pairs.get(track);
      if (!face) return { ...track, lost: true };
      if (sure.includes(track)) return track;
      return { ...track, face, motion: correct(track.motion, face.box), seen: time, lost: false };
    });
    return {
      known,
      others,
      searched: isWhole ? { searched: time, frames: 1 } : { ...before, frames: before.frames + 1 },
    };
  }

  return {
    async next(frame, time) {
      requireTime(time, state.time);
      const { known, others, searched } = await look(frame, time, state);
      const shown = known.filter(({ lost }) => !lost);
      const faces = [...shown.map(({ face }) => face), ...others];
      const read = faces.length > 0 ? await recognizeFaces(frame, faces) : [];
      // Nothing fails from here on: a frame counts as a whole or not at all.
      const fresh = others.map((face): Track<Face> => {
        const motion = startMotion(face.box);
        return { id: ++lastId, face, motion, since: time, seen: time, lost: false };
      });
      const scored = [...shown, ...fresh].map((track, index) => {
        const { scores } = read[index]!;
        const smoothed = track.smoothed
          ? smooth(track.smoothed, scores, time - track.read!, smoothing)
          : startSmoothing(scores);
        return { ...track, smoothed, read: time };
      });
      const lost = known
        .filter((track) => track.lost)
        .sort((a, b) => b.seen - a.seen)
        .slice(0, maximumFaces);
      state = { ...searched, tracks: [...scored, ...lost], time };
      return scored.map((track, index) => followedFace(track, read[index]!)).sort((a, b) => a.id - b.id);
    },
    reset() {
      state = nothing;
    },
  };
}

/** Whether looking for a face tells nothing new: its motion says where it is, and no other is so near that it may hide it. */
const isWhereExpected = <Face extends TrackableFace>(
  track: Track<Face>,
  tracks: readonly Track<Face>[],
): boolean =>
  !track.lost &&
  isSure(track.motion) &&
  tracks.every((other) => other === track || overlap(other.face.box, track.face.box) === 0);

function requireTime(time: number, before: number | undefined): void {
  if (!Number.isFinite(time))
    throw new UserError(`A frame has the time ${time}; a finite number of ms is expected.`, {
      code: 'frame-out-of-order',
    });
  if (before !== undefined && time < before)
    throw new UserError(
      `Time goes backwards, from ${before} to ${time} ms. Call reset() before another clip or after a jump.`,
      { code: 'frame-out-of-order' },
    );
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

/** The largest, where there are too many. */
const largest = <Face extends TrackableFace>(faces: readonly Face[], most: number): readonly Face[] =>
  faces.length <= most ? faces : [...faces].sort((a, b) => sizeOf(b.box) - sizeOf(a.box)).slice(0, most);

/** Each face once, as the detector is surest of it, where two have been followed to the same place. */
function withoutDoubles<Face extends TrackableFace>(faces: readonly Face[]): Face[] {
  const kept: Face[] = [];
  for (const face of [...faces].sort((a, b) => b.confidence - a.confidence))
    if (kept.every((other) => overlap(other.box, face.box) <= sameFace)) kept.push(face);
  return kept;
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

function followedFace<Face extends TrackableFace, Read extends ScoredFace>(
  { id, face, since, smoothed: { scores, lag } }: Track<Face> & { smoothed: Smoothed },
  read: Read,
): FollowedFace<Face, Read> {
  const [expression, confidence] = Object.entries(scores).reduce((best, entry) =>
    entry[1] > best[1] ? entry : best,
  );
  return { id, face, read, expression, confidence, scores, lag, since };
}
