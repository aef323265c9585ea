import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { smooth, startSmoothing } from '../../src/tracking/smoothing.js';

/** Smooths a function of time that was read at `times`. */
function smoothed(times: readonly number[], value: (time: number) => number, window: number) {
  let state = startSmoothing({ x: value(times[0]!) });
  const states = [state];
  for (const [index, time] of times.slice(1).entries()) {
    state = smooth(state, { x: value(time) }, time - times[index]!, window);
    states.push(state);
  }
  return states;
}

const regular = (interval: number, count: number) =>
  Array.from({ length: count }, (_, i) => 500 + i * interval);
const source = random(8);
const irregular = Array.from({ length: 200 }, () => source.uniform() ** 3 * 120).reduce<number[]>(
  (times, gap) => [...times, times.at(-1)! + gap],
  [70],
);

describe('smoothing', () => {
  it.each([16, 33, 100, 700])('lags by d / (e^(d/window) − 1) where frames come every %i ms', (interval) => {
    for (const window of [50, 200, 1000]) {
      const { lag } = smoothed(regular(interval, 2000), () => 0.5, window).at(-1)!;
      expect(lag / (interval / Math.expm1(interval / window))).toBeCloseTo(1, 9);
    }
  });

  it('lags by about the window less half the time between frames', () => {
    const { lag } = smoothed(regular(20, 500), () => 0.5, 200).at(-1)!;
    expect(Math.abs(lag - (200 - 10))).toBeLessThan(0.2);
  });

  it('shows scores that rise steadily by its lag later, at any intervals and from the start', () => {
    const ramp = (time: number) => 0.1 + time / 40_000;
    for (const times of [regular(33, 60), irregular])
      for (const [index, { scores, lag }] of smoothed(times, ramp, 200).entries()) {
        expect(scores.x).toBeCloseTo(ramp(times[index]! - lag), 12);
        expect(lag).toBeLessThan(200);
      }
  });

  it('follows a step as 1 − e^(−t/window), at any intervals', () => {
    const [first, ...later] = irregular;
    const states = smoothed(irregular, (time) => (time === first ? 0 : 1), 150);
    for (const [index, time] of later.entries())
      expect(states[index + 1]!.scores.x).toBeCloseTo(1 - Math.exp(-(time - first!) / 150), 12);
  });

  it('changes nothing at the same moment, and shows the last scores without a window', () => {
    const before = { scores: { x: 0.25, y: 0.75 }, lag: 12 };
    expect(smooth(before, { x: 1, y: 0 }, 0, 200)).toEqual(before);
    expect(smooth(before, { x: 1, y: 0 }, 0, 0)).toEqual({ scores: { x: 1, y: 0 }, lag: 0 });
  });
});
