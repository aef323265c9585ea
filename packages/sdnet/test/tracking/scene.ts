import { random } from '@sdnet/autograd';
import type { TrackableFace } from '../../src/tracking/face-tracker.js';

type Box = TrackableFace['box'];

/** A face whose place at every moment is known in closed form. */
export interface Person {
  readonly name: string;
  readonly size: number;
  /** Centre in pixels at a time in ms; undefined: not in the picture. */
  readonly at: (time: number) => readonly [x: number, y: number] | undefined;
  /** What it shows: scores of its classes. Default: one class of its name. */
  readonly shows?: (time: number) => Readonly<Record<string, number>>;
}

/** A detected face that carries whose it is, for the test alone. */
export interface SceneFace extends TrackableFace {
  readonly name: string;
}

export interface SceneOptions {
  /** Standard deviation of a box's place and, a third of it, size; in face sizes. */
  readonly jitter?: number;
  /** Share of faces that a search misses. */
  readonly dropped?: number;
  readonly seed?: number;
}

/** A frame is its time. `calls` counts searches of the whole frame, `followed` how many faces each other search looked for. */
export function scene(people: readonly Person[], { jitter = 0, dropped = 0, seed = 1 }: SceneOptions = {}) {
  const source = random(seed, 99);
  const calls = { whole: 0, followed: [] as number[], recognized: 0 };

  function facesAt(time: number): SceneFace[] {
    const faces = people.flatMap(({ name, size, at }): SceneFace[] => {
      const place = at(time);
      if (!place) return [];
      const noise = () => jitter * size * source.normal();
      const side = size * Math.exp((jitter / 3) * source.normal());
      const [x, y] = [place[0] + noise(), place[1] + noise()];
      return [
        {
          name,
          box: { x: x - side / 2, y: y - side / 2, width: side, height: side },
          keypoints: { nose: { x, y } },
          confidence: 0.9 + 0.05 * source.uniform(),
        },
      ];
    });
    // As a detector does, a face is not told from one that hides it; the first of the people is in front.
    return faces.filter(
      (face, index) =>
        !faces.slice(0, index).some((front) => overlap(front.box, face.box) > 0.3) &&
        source.uniform() >= dropped,
    );
  }

  return {
    calls,
    detect(time: number): SceneFace[] {
      calls.whole++;
      return facesAt(time);
    },
    /** As BlazeFace does, sees at each place the face that overlaps it most, if any does enough. */
    follow(time: number, expected: readonly SceneFace[]): (SceneFace | undefined)[] {
      calls.followed.push(expected.length);
      const faces = facesAt(time);
      return expected.map(({ box }) => {
        const near = faces.filter((face) => overlap(face.box, box) >= 0.35);
        return near.sort((a, b) => overlap(b.box, box) - overlap(a.box, box))[0];
      });
    },
    recognizeFaces(time: number, faces: readonly SceneFace[]) {
      calls.recognized += faces.length;
      return faces.map(({ name }) => {
        const person = people.find((other) => other.name === name)!;
        return { scores: person.shows?.(time) ?? { [name]: 1 } };
      });
    },
  };
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

/** Time stamps every `interval` ms. */
export const regular = (interval: number, count: number, start = 0): number[] =>
  Array.from({ length: count }, (_, index) => start + index * interval);
