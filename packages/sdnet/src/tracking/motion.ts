import type { Box } from '../detection/geometry.js';
import { centreOf, sizeOf } from './geometry.js';

/**
 * Where a face is and how it moves, as far as its boxes tell: a Kalman filter (Kalman, 1960) for each direction, whose
 * covariance both share. The velocity decays, as heads turn back sooner or later.
 */
export interface Motion {
  /** Centre in pixels, velocity in pixels a second. */
  readonly x: number;
  readonly y: number;
  readonly vx: number;
  readonly vy: number;
  /** In pixels; the side of a square of the box's area. */
  readonly size: number;
  /** Variances of position and velocity and their covariance, in face sizes. */
  readonly position: number;
  readonly covariance: number;
  readonly velocity: number;
}

/** Standard deviation of a detector's box, in face sizes. */
const jitter = 0.05;
/** Standard deviation of the velocity of a face seen for the first time, in face sizes a second. */
const firstVelocity = 3;
/** Spectral density of the acceleration, in face sizes² a second³: within a second it may move by some face sizes. */
const unrest = 10;
/** In how many seconds velocity is down to 1/e. */
const persistence = 0.5;

export function startMotion(box: Box): Motion {
  const [x, y] = centreOf(box);
  const size = sizeOf(box);
  return {
    ...{ x, y, vx: 0, vy: 0, size },
    ...{ position: jitter ** 2, covariance: 0, velocity: firstVelocity ** 2 },
  };
}

/**
 * The motion `seconds` later, without having seen the face: that of a velocity which decays and is pushed by white noise
 * (an Ornstein–Uhlenbeck process), solved exactly, so that it does not matter in how many steps time passes.
 */
export function predict(motion: Motion, seconds: number): Motion {
  const decay = Math.exp(-seconds / persistence);
  const reach = persistence * (1 - decay);
  const { position, covariance, velocity } = motion;
  return {
    x: motion.x + reach * motion.vx,
    y: motion.y + reach * motion.vy,
    vx: decay * motion.vx,
    vy: decay * motion.vy,
    size: motion.size,
    position: position + 2 * reach * covariance + reach ** 2 * velocity + positionNoise(seconds),
    covariance: decay * (covariance + reach * velocity) + (unrest * reach ** 2) / 2,
    velocity: decay ** 2 * velocity + (unrest * persistence * (1 - decay ** 2)) / 2,
  };
}

/** The variance of the position that the noise of the velocity makes in so many seconds: the integral of its square response. */
function positionNoise(seconds: number): number {
  const time = seconds / persistence;
  // Between frames the terms below cancel to the rounding error; so long the velocity hardly decays.
  if (time < 1e-3) return (unrest * seconds ** 3) / 3;
  return (unrest * persistence ** 3 * (2 * time - 3 + 4 * Math.exp(-time) - Math.exp(-2 * time))) / 2;
}

/** The motion once the face was seen at `box`. */
export function correct(motion: Motion, box: Box): Motion {
  const [x, y] = centreOf(box);
  const { position, covariance, velocity } = motion;
  const innovation = position + jitter ** 2;
  const [gain, velocityGain] = [position / innovation, covariance / innovation];
  const [dx, dy] = [x - motion.x, y - motion.y];
  return {
    x: motion.x + gain * dx,
    y: motion.y + gain * dy,
    vx: motion.vx + velocityGain * dx,
    vy: motion.vy + velocityGain * dy,
    size: sizeOf(box),
    position: (1 - gain) * position,
    covariance: (1 - gain) * covariance,
    velocity: velocity - velocityGain * covariance,
  };
}

/** Standard deviation of a place that is as good as seen, in face sizes: little more than that of a detector's box. */
const surePlace = 0.07;

/**
 * Whether a face is known to be where it was predicted, without looking there. Of one that was seen a few times that is so for one
 * frame of two at 30 frames a second, two of three at 60, and for none below 20.
 */
export const isSure = ({ position }: Motion): boolean => Math.sqrt(position) <= surePlace;

/** Least standard deviation by which a box may lie beside its prediction, in face sizes: heads jerk. */
const leastSpread = 0.15;
/** Standard deviation of the logarithm of the ratio of a face's sizes from one sight to the next. */
const sizeSpread = 0.25;

/**
 * How little a box fits a predicted motion: twice the negative logarithm of its likelihood, but for a constant; 0 for a
 * box where it was expected of a face just seen. It grows with the distance in standard deviations, with the difference
 * in size, and with the area over which the face may be by now.
 */
export function misfit(motion: Motion, box: Box): number {
  const [x, y] = centreOf(box);
  const size = sizeOf(box);
  const spread = Math.max(motion.position + jitter ** 2, leastSpread ** 2);
  const distance = Math.hypot(x - motion.x, y - motion.y) / motion.size;
  return (
    distance ** 2 / spread +
    (Math.log(size / motion.size) / sizeSpread) ** 2 +
    2 * Math.log(spread / leastSpread ** 2)
  );
}
