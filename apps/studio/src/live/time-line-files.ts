import { csvFormatRows } from 'd3-dsv';
import type { TimeLine } from './time-line.js';

const short = (value: number): string => String(Number(value.toFixed(4)));

/** A row for each face and time: `time` (ms from the start), `id`, `expression`, `confidence`, `score_<class>`. */
export const timeLineCsv = (line: TimeLine): string =>
  `${csvFormatRows([
    ['time', 'id', 'expression', 'confidence', ...line.classNames.map((name) => `score_${name}`)],
    ...line
      .moments()
      .map(({ time, id, expression, confidence, scores }) => [
        String(Math.round(time)),
        String(id),
        expression,
        short(confidence),
        ...Array.from(scores, short),
      ]),
  ])}\n`;

/** `frames`, each with its `time` (ms from the start) and `faces`, as `sdnet predict --json` has them of a video. */
export function timeLineJson(line: TimeLine): string {
  const frames = new Map<number, object[]>();
  for (const { time, id, expression, confidence, scores } of line.moments()) {
    const faces = frames.get(time) ?? [];
    frames.set(time, faces);
    faces.push({
      ...{ id, expression, confidence },
      scores: Object.fromEntries(line.classNames.map((name, index) => [name, scores[index]!])),
    });
  }
  return JSON.stringify({
    classNames: line.classNames,
    frames: [...frames].map(([time, faces]) => ({ time: Math.round(time), faces })),
  });
}
