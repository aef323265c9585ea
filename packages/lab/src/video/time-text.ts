import type { FaceSummary } from './time-line.js';

/** A time in ms for people: `0:07.2`, `1:02:07.2`. */
export function clock(time: number): string {
  const tenths = Math.round(time / 100);
  const [seconds, minutes, hours] = [
    (tenths / 10) % 60,
    Math.floor(tenths / 600) % 60,
    Math.floor(tenths / 36_000),
  ];
  const digits = (value: number) => String(value).padStart(2, '0');
  const head = hours > 0 ? `${hours}:${digits(minutes)}` : `${minutes}`;
  return `${head}:${seconds.toFixed(1).padStart(4, '0')}`;
}

export const percent = (part: number): string => `${Math.round(100 * part)} %`;

/** What a face showed, in a line: the expressions of at least a hundredth of its frames. */
export function faceText({ id, from, to, frames, expressions }: FaceSummary): string {
  const parts = expressions
    .filter((one, index) => index === 0 || one.frames / frames >= 0.01)
    .map((one) => `${one.expression} ${percent(one.frames / frames)}`);
  return `face ${id}, ${clock(from)} to ${clock(to)}: ${parts.join(', ')}`;
}
