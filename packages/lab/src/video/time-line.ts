import type { TrackedFace, TrackedFrame } from 'sdnet';

/** What one face showed in all of a video. */
export interface FaceSummary {
  readonly id: number;
  /** When it was first and last seen, in ms. */
  readonly from: number;
  readonly to: number;
  /** In how many frames it was seen. */
  readonly frames: number;
  /** In how many of them it showed each expression, the most frequent first. */
  readonly expressions: readonly { readonly expression: string; readonly frames: number }[];
}

/** Neighbouring frames taken together. */
export interface Span {
  /** Time of the first, in ms. */
  readonly time: number;
  /** The mean scores of each face seen in any of them. */
  readonly faces: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

/** What the faces of a video show over time, in memory that does not grow with its length. */
export interface TimeLine {
  add(frame: TrackedFrame): void;
  /** How many frames were added. */
  readonly frames: () => number;
  /** The time of the last frame, in ms. */
  readonly end: () => number;
  /** Each face there was, in the order of their identities. */
  readonly faces: () => FaceSummary[];
  /** All frames, in spans of as many frames each, but for the last. */
  readonly spans: () => Span[];
}

interface Sum {
  frames: number;
  readonly scores: Map<string, number>;
}

interface Collected {
  readonly time: number;
  frames: number;
  readonly faces: Map<number, Sum>;
}

/** @param mostSpans when there are more, each two of them become one; even */
export function createTimeLine(mostSpans = 400): TimeLine {
  let spans: Collected[] = [];
  let framesPerSpan = 1;
  let frames = 0;
  let end = 0;
  const summaries = new Map<number, { from: number; to: number; expressions: Map<string, number> }>();

  function summarise({ id, since, expression }: TrackedFace, time: number): void {
    const summary = summaries.get(id) ?? { from: since, to: time, expressions: new Map<string, number>() };
    summary.to = time;
    summary.expressions.set(expression, (summary.expressions.get(expression) ?? 0) + 1);
    summaries.set(id, summary);
  }

  return {
    add({ time, faces }) {
      frames++;
      end = time;
      for (const face of faces) summarise(face, time);
      let last = spans.at(-1);
      if (!last || last.frames === framesPerSpan) {
        if (spans.length === mostSpans) {
          framesPerSpan *= 2;
          spans = halved(spans);
        }
        last = { time, frames: 0, faces: new Map() };
        spans.push(last);
      }
      last.frames++;
      for (const { id, scores } of faces) addTo(last.faces, id, 1, Object.entries(scores));
    },
    frames: () => frames,
    end: () => end,
    faces: () =>
      [...summaries]
        .sort(([a], [b]) => a - b)
        .map(([id, { from, to, expressions }]) => ({
          ...{ id, from, to },
          frames: [...expressions.values()].reduce((sum, count) => sum + count, 0),
          expressions: [...expressions]
            .map(([expression, count]) => ({ expression, frames: count }))
            .sort((a, b) => b.frames - a.frames),
        })),
    spans: () => spans.map(({ time, faces }) => ({ time, faces: new Map([...faces].map(meanOf)) })),
  };
}

function addTo(
  faces: Map<number, Sum>,
  id: number,
  frames: number,
  scores: Iterable<readonly [string, number]>,
): void {
  const sum = faces.get(id) ?? { frames: 0, scores: new Map<string, number>() };
  sum.frames += frames;
  for (const [name, score] of scores) sum.scores.set(name, (sum.scores.get(name) ?? 0) + score);
  faces.set(id, sum);
}

/** Each two spans as one. */
function halved(spans: readonly Collected[]): Collected[] {
  const merged: Collected[] = [];
  for (let index = 0; index < spans.length; index += 2) {
    const [first, second] = [spans[index]!, spans[index + 1]];
    if (second) {
      first.frames += second.frames;
      for (const [id, { frames, scores }] of second.faces) addTo(first.faces, id, frames, scores);
    }
    merged.push(first);
  }
  return merged;
}

const meanOf = ([id, { frames, scores }]: readonly [number, Sum]) =>
  [id, Object.fromEntries([...scores].map(([name, sum]) => [name, sum / frames]))] as const;
