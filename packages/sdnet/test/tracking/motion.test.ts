import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { correct, misfit, type Motion, predict, startMotion } from '../../src/tracking/motion.js';

const boxAt = (x: number, y: number, size = 100) => ({
  x: x - size / 2,
  y: y - size / 2,
  width: size,
  height: size,
});

type Matrix = [[number, number], [number, number]];
const product = (a: Matrix, b: Matrix): Matrix =>
  [0, 1].map((i) => [0, 1].map((j) => a[i]![0]! * b[0][j]! + a[i]![1]! * b[1][j]!)) as Matrix;
const transposed = ([[a, b], [c, d]]: Matrix): Matrix => [
  [a, c],
  [b, d],
];
const total = (a: Matrix, b: Matrix): Matrix =>
  [0, 1].map((i) => [0, 1].map((j) => a[i]![j]! + b[i]![j]!)) as Matrix;

/** Accelerations of spectral density 10 at every moment, each carried on to the end: ∫ 10 r(s) r(s)ᵀ ds, by Simpson's rule. */
function noiseOver(dt: number): Matrix {
  const intervals = 400;
  let sum: Matrix = [
    [0, 0],
    [0, 0],
  ];
  for (let index = 0; index <= intervals; index++) {
    const left = Math.exp((-dt * index) / intervals / 0.5);
    const response = [0.5 * (1 - left), left] as const;
    const weight = index === 0 || index === intervals ? 1 : index % 2 === 1 ? 4 : 2;
    const part = (10 * weight * dt) / (3 * intervals);
    sum = total(sum, response.map((a) => response.map((b) => part * a * b)) as Matrix);
  }
  return sum;
}

/** The filter of a textbook, with matrices, along x; sizes of 100 px, in face sizes. */
class Textbook {
  state: [number, number];
  covariance: Matrix = [
    [0.05 ** 2, 0],
    [0, 9],
  ];
  constructor(x: number) {
    this.state = [x / 100, 0];
  }
  predict(dt: number): void {
    const decay = Math.exp(-dt / 0.5);
    const transition: Matrix = [
      [1, 0.5 * (1 - decay)],
      [0, decay],
    ];
    const noise = noiseOver(dt);
    this.state = [this.state[0] + transition[0][1] * this.state[1], decay * this.state[1]];
    this.covariance = total(product(product(transition, this.covariance), transposed(transition)), noise);
  }
  correct(x: number): void {
    const [[p, c]] = this.covariance;
    const gain = [p / (p + 0.05 ** 2), c / (p + 0.05 ** 2)] as const;
    const residual = x / 100 - this.state[0];
    this.state = [this.state[0] + gain[0] * residual, this.state[1] + gain[1] * residual];
    // Joseph's form.
    const rest: Matrix = [
      [1 - gain[0], 0],
      [-gain[1], 1],
    ];
    const noise = gain.map((a) => gain.map((b) => a * b * 0.05 ** 2)) as Matrix;
    this.covariance = total(product(product(rest, this.covariance), transposed(rest)), noise);
  }
}

describe('the motion of a face', () => {
  it('is that of a Kalman filter written with matrices, at any intervals and with gaps', () => {
    const source = random(3);
    const textbook = new Textbook(300);
    let motion: Motion = startMotion(boxAt(300, 50));
    for (let frame = 0; frame < 60; frame++) {
      const seconds = 0.01 + 0.2 * source.uniform() ** 2;
      textbook.predict(seconds);
      motion = predict(motion, seconds);
      if (frame % 5 !== 3) {
        const x = 300 + 10 * frame + 4 * source.normal();
        textbook.correct(x);
        motion = correct(motion, boxAt(x, 50));
      }
      expect(motion.x / 100).toBeCloseTo(textbook.state[0], 9);
      expect(motion.vx / 100).toBeCloseTo(textbook.state[1], 9);
      const [[p, c], [, v]] = textbook.covariance;
      expect(motion.position).toBeCloseTo(p, 9);
      expect(motion.covariance).toBeCloseTo(c, 9);
      expect(motion.velocity).toBeCloseTo(v, 9);
      expect([motion.y, motion.vy]).toEqual([50, 0]);
    }
  });

  it('does not depend on how many steps time passes in', () => {
    const start = predict(startMotion(boxAt(300, 50)), 0.03);
    const once = predict(start, 3);
    let often = start;
    for (let step = 0; step < 100; step++) often = predict(often, 0.03);
    for (const name of ['position', 'covariance', 'velocity'] as const)
      expect(often[name] / once[name]).toBeCloseTo(1, 6);
    // So still a face that is looked at every three seconds is known again: its limit is 16.
    expect(misfit(once, boxAt(300, 50))).toBeLessThan(12);
    let seen = startMotion(boxAt(300, 50));
    for (let look = 0; look < 5; look++) {
      seen = predict(seen, 5);
      expect(misfit(seen, boxAt(300, 50))).toBeLessThan(14);
      seen = correct(seen, boxAt(300, 50));
    }
  });

  it('scales with the face', () => {
    const [small, large] = [1, 3].map((scale) => {
      let motion = startMotion(boxAt(10 * scale, 20 * scale, 50 * scale));
      for (const place of [12, 15, 17])
        motion = correct(predict(motion, 0.04), boxAt(place * scale, 20 * scale, 50 * scale));
      return predict(motion, 0.3);
    });
    expect(large!.x).toBeCloseTo(3 * small!.x, 9);
    expect(large!.position).toBeCloseTo(small!.position, 9);
  });

  it('is fitted best by a box where it is expected, of the same size, soon after', () => {
    const motion = predict(startMotion(boxAt(100, 100)), 0.03);
    expect(misfit(motion, boxAt(100, 100))).toBe(0);
    const later = predict(motion, 0.5);
    expect(misfit(motion, boxAt(150, 100))).toBeGreaterThan(misfit(motion, boxAt(110, 100)));
    expect(misfit(motion, boxAt(150, 100))).toBeGreaterThan(misfit(later, boxAt(150, 100)));
    expect(misfit(later, boxAt(100, 100))).toBeGreaterThan(0);
    expect(misfit(motion, boxAt(100, 100, 200))).toBeGreaterThan(5);
  });
});
