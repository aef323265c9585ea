import type { TrackedFace } from 'sdnet';

/** What one face showed at one time. */
export interface Moment {
  /** In ms. */
  readonly time: number;
  readonly id: number;
  readonly expression: string;
  readonly confidence: number;
  /** In the order of the classes. */
  readonly scores: Float32Array;
}

/** What faces showed over time. The oldest is forgotten where it would be more than `mostMoments`. */
export interface TimeLine {
  readonly classNames: readonly string[];
  add(time: number, faces: readonly TrackedFace[]): void;
  clear(): void;
  readonly moments: () => readonly Moment[];
  /** The faces there were, in the order of their appearance. */
  readonly ids: () => number[];
  /** A face's moments from `from` to `to`, and the one before and after, so that lines reach the borders. */
  readonly between: (id: number, from: number, to: number) => Moment[];
}

/** Twenty minutes of one face at 30 frames a second. */
const mostMoments = 36_000;

export function createTimeLine(classNames: readonly string[], most = mostMoments): TimeLine {
  let moments: Moment[] = [];
  /** Of `moments`. */
  let ids = new Set<number>();

  /** Index of the first moment at or after a time. */
  function indexAt(time: number): number {
    let [low, high] = [0, moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (moments[middle]!.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    classNames,
    add(time, faces) {
      for (const { id, expression, confidence, scores } of faces) {
        ids.add(id);
        moments.push({
          ...{ time, id, expression, confidence },
          scores: Float32Array.from(classNames, (name) => scores[name]!),
        });
      }
      if (moments.length <= most) return;
      // Rarely, as everything has to move.
      moments = moments.slice(Math.ceil(most / 8));
      ids = new Set(moments.map(({ id }) => id));
    },
    clear() {
      moments = [];
      ids = new Set();
    },
    moments: () => moments,
    ids: () => [...ids],
    between(id, from, to) {
      const chosen: Moment[] = [];
      for (let index = indexAt(from) - 1; index >= 0; index--)
        if (moments[index]!.id === id) {
          chosen.push(moments[index]!);
          break;
        }
      for (let index = indexAt(from); index < moments.length; index++) {
        const moment = moments[index]!;
        if (moment.id !== id) continue;
        chosen.push(moment);
        if (moment.time > to) break;
      }
      return chosen;
    },
  };
}
