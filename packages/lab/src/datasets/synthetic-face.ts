import type { Random } from '@sdnet/autograd';
import { type Canvas, drawEllipse, drawStroke, type Point } from './rasterise.js';
import type { Expression } from '@sdnet/training';

/**
 * What makes an expression. Lengths are in half face heights, upwards positive; the neutral face has 0
 * everywhere except for the openings and the mouth's width.
 */
interface Features {
  /** Height of the eyes' opening, 1 at rest. */
  eyeOpening: number;
  /** Whole brow, its inner end, its outer end, and both inner ends towards each other. */
  browRaise: number;
  browInner: number;
  browOuter: number;
  browSqueeze: number;
  /** Half the distance between the corners of the mouth. */
  mouthWidth: number;
  mouthOpening: number;
  /** The corners against the middle. */
  mouthCorners: number;
  upperLip: number;
  /** Strength 0 … 1 of folds: across the bridge of the nose, from nose to mouth, between the brows. */
  noseWrinkle: number;
  cheekFold: number;
  frownLine: number;
}

const neutral: Features = {
  eyeOpening: 1,
  browRaise: 0,
  browInner: 0,
  browOuter: 0,
  browSqueeze: 0,
  mouthWidth: 0.28,
  mouthOpening: 0,
  mouthCorners: 0,
  upperLip: 0,
  noseWrinkle: 0,
  cheekFold: 0,
  frownLine: 0,
};

const featuresOf: Record<Expression, Partial<Features>> = {
  angry: {
    eyeOpening: 0.75,
    browRaise: -0.06,
    browInner: -0.13,
    browOuter: 0.08,
    browSqueeze: 0.09,
    mouthWidth: 0.23,
    mouthCorners: -0.03,
    frownLine: 1,
  },
  disgust: {
    eyeOpening: 0.5,
    browRaise: -0.06,
    browInner: -0.05,
    mouthWidth: 0.26,
    mouthOpening: 0.05,
    mouthCorners: -0.09,
    upperLip: 0.11,
    noseWrinkle: 1,
    cheekFold: 0.8,
  },
  fear: {
    eyeOpening: 1.5,
    browRaise: 0.09,
    browInner: 0.11,
    browOuter: -0.03,
    browSqueeze: 0.07,
    mouthWidth: 0.37,
    mouthOpening: 0.13,
    mouthCorners: -0.05,
  },
  happy: { eyeOpening: 0.7, mouthWidth: 0.38, mouthOpening: 0.08, mouthCorners: 0.17, cheekFold: 0.7 },
  sad: {
    eyeOpening: 0.7,
    browInner: 0.14,
    browOuter: -0.1,
    browSqueeze: 0.04,
    mouthWidth: 0.24,
    mouthCorners: -0.13,
  },
  surprise: { eyeOpening: 1.55, browRaise: 0.17, mouthWidth: 0.16, mouthOpening: 0.34 },
  neutral: {},
};

type Between = (low: number, high: number) => number;

/** The expression at a random strength from subtle to full, with every feature a little off. */
function drawFeatures(expression: Expression, between: Between): Features {
  const strength = between(0.65, 1.1);
  const full = { ...neutral, ...featuresOf[expression] };
  const feature = (name: keyof Features) => neutral[name] + strength * (full[name] - neutral[name]);
  const size = (name: keyof Features) => feature(name) * between(0.85, 1.15);
  const offset = (name: keyof Features) => feature(name) + between(-0.02, 0.02);
  return {
    eyeOpening: size('eyeOpening'),
    browRaise: offset('browRaise'),
    browInner: offset('browInner'),
    browOuter: offset('browOuter'),
    browSqueeze: offset('browSqueeze'),
    mouthWidth: size('mouthWidth'),
    mouthOpening: size('mouthOpening'),
    mouthCorners: offset('mouthCorners'),
    upperLip: size('upperLip'),
    noseWrinkle: size('noseWrinkle'),
    cheekFold: size('cheekFold'),
    frownLine: size('frownLine'),
  };
}

/**
 * One person in one pose, to draw on in face coordinates: origin between nose and eyes, 1 is half a face height,
 * x to the right, y down.
 */
interface Sketch {
  readonly between: Between;
  /** Grey levels. */
  readonly skin: number;
  readonly hair: number;
  /** Skin darkened by a fraction 0 … 1. */
  readonly shade: (amount: number) => number;
  /** How far the features lie to the right, as the head is turned. */
  readonly turn: number;
  readonly ellipse: (x: number, y: number, radiusX: number, radiusY: number, level: number) => void;
  readonly stroke: (start: Point, middle: Point, end: Point, width: number, level: number) => void;
}

function sketch(canvas: Canvas, between: Between): Sketch {
  const skin = between(0.42, 0.85);
  const hair = between(0.03, 0.45);
  const unit = canvas.size * between(0.4, 0.5);
  const angle = between(-0.22, 0.22);
  const centreX = canvas.size * between(0.44, 0.56);
  const centreY = canvas.size * between(0.44, 0.56);
  const turn = between(-0.08, 0.08);

  const softness = canvas.size / 40;
  const cosine = Math.cos(angle) * unit;
  const sine = Math.sin(angle) * unit;
  const place = ([x, y]: Point): Point => [centreX + cosine * x - sine * y, centreY + sine * x + cosine * y];
  return {
    between,
    skin,
    hair,
    shade: (amount) => skin * (1 - amount),
    turn,
    ellipse: (x, y, radiusX, radiusY, level) =>
      drawEllipse(canvas, place([x, y]), [radiusX * unit, radiusY * unit], angle, level, softness),
    stroke: (start, middle, end, width, level) =>
      drawStroke(canvas, place(start), place(middle), place(end), width * unit, level, softness),
  };
}

/**
 * Draws one face that fills the canvas and shows `expression`; person, strength, pose and light are drawn from
 * `random`.
 */
export function drawFace(canvas: Canvas, expression: Expression, random: Random): void {
  const between: Between = (low, high) => low + (high - low) * random.uniform();
  const features = drawFeatures(expression, between);
  canvas.levels.fill(between(0.05, 0.95));
  const face = sketch(canvas, between);
  drawHead(face);
  drawEyesAndBrows(face, features);
  drawNose(face, features);
  drawMouth(face, features);
  light(canvas, between);
}

const eyeY = -0.14;

function drawHead({ between, skin, hair, shade, ellipse, stroke }: Sketch): void {
  const width = between(0.68, 0.8);
  const hairline = between(-0.8, -0.62);
  ellipse(0, -0.12, width + 0.13, 1.02, hair);
  const longHair = between(0, 1) < 0.4;
  if (longHair) ellipse(0, 0.3, width + 0.16, 0.95, hair);
  // Neck, face, fringe.
  ellipse(0, 0.75, 0.38, 0.5, shade(0.2));
  ellipse(0, 0.06, width, 0.94, skin);
  const temple = hairline + 0.1;
  const parting: Point = [between(-0.2, 0.2), hairline - 0.12];
  stroke([-width * 0.75, temple], parting, [width * 0.75, temple], 0.3, hair);
}

function drawEyesAndBrows(
  { between, skin, hair, shade, turn, ellipse, stroke }: Sketch,
  features: Features,
): void {
  const distance = between(0.3, 0.36);
  const gaze = between(-0.03, 0.03);
  const browWidth = between(0.06, 0.11);
  const browLevel = Math.min(hair, shade(0.45));
  const opening = 0.085 * features.eyeOpening;
  for (const side of [-1, 1]) {
    const x = turn + side * distance;
    ellipse(x, eyeY, 0.165, opening, Math.min(1, skin + 0.3));
    ellipse(x + gaze, eyeY, 0.075, Math.min(0.08, opening), 0.06);
    stroke([x - 0.17, eyeY], [x, eyeY - opening - 0.01], [x + 0.17, eyeY], 0.045, shade(0.65));
    stroke([x - 0.15, eyeY + 0.02], [x, eyeY + opening + 0.02], [x + 0.15, eyeY + 0.02], 0.03, shade(0.3));

    const browY = eyeY - 0.23 - features.browRaise;
    const inner: Point = [x - side * (0.16 + features.browSqueeze), browY - features.browInner];
    const outer: Point = [x + side * 0.19, browY + 0.02 - features.browOuter];
    const arch: Point = [(inner[0] + outer[0]) / 2, (inner[1] + outer[1]) / 2 - 0.035];
    stroke(inner, arch, outer, browWidth, browLevel);
  }
}

function drawNose({ shade, turn, ellipse, stroke }: Sketch, features: Features): void {
  const noseX = turn * 1.5;
  stroke([noseX + 0.07, eyeY + 0.08], [noseX + 0.1, 0.1], [noseX + 0.14, 0.24], 0.04, shade(0.2));
  for (const side of [-1, 1]) {
    ellipse(noseX + side * 0.07, 0.27, 0.045, 0.03, shade(0.5));
    if (features.frownLine > 0) {
      const x = turn * 1.2 + side * 0.06;
      const level = shade(0.4 * features.frownLine);
      stroke([x, eyeY - 0.24], [x, eyeY - 0.16], [x, eyeY - 0.08], 0.035, level);
    }
    if (features.noseWrinkle > 0) {
      const x = (offset: number) => noseX + side * offset;
      const level = shade(0.45 * features.noseWrinkle);
      for (const y of [eyeY + 0.06, eyeY + 0.15, eyeY + 0.24]) {
        stroke([x(0.03), y + 0.05], [x(0.09), y + 0.01], [x(0.15), y - 0.02], 0.04, level);
      }
    }
    if (features.cheekFold > 0) {
      const level = shade(0.35 * features.cheekFold);
      const corner = turn + side * (features.mouthWidth + 0.1);
      stroke([noseX + side * 0.17, 0.26], [turn + side * 0.34, 0.36], [corner, 0.55], 0.045, level);
    }
  }
}

function drawMouth({ between, skin, shade, turn, stroke }: Sketch, features: Features): void {
  const y = between(0.51, 0.57);
  const lips = shade(between(0.35, 0.55));
  const lipWidth = between(0.05, 0.09);
  const teeth = between(0, 1) < 0.5;

  const cornersY = y - 0.6 * features.mouthCorners;
  const left: Point = [turn - features.mouthWidth, cornersY];
  const right: Point = [turn + features.mouthWidth, cornersY];
  const middle = y + 0.4 * features.mouthCorners;
  const upper = middle - 0.4 * features.mouthOpening - features.upperLip;
  const lower = middle + 0.6 * features.mouthOpening;
  if (lower - upper > 0.04) {
    for (const fraction of [0, 0.25, 0.5, 0.75, 1]) {
      const level = teeth && fraction < 0.5 ? Math.min(1, skin + 0.25) : 0.08;
      stroke(left, [turn, upper + fraction * (lower - upper)], right, 0.07, level);
    }
  }
  stroke(left, [turn, upper], right, lipWidth, lips);
  stroke(left, [turn, lower], right, lipWidth, lips);
}

/** A light from one side, and the brightness of the whole. */
function light({ size, levels }: Canvas, between: Between): void {
  const direction = between(0, 2 * Math.PI);
  const strength = between(0, 0.45);
  const brightness = between(0.75, 1.15);
  const slopeX = (2 * strength * Math.cos(direction)) / size;
  const slopeY = (2 * strength * Math.sin(direction)) / size;
  for (let y = 0, index = 0; y < size; y++) {
    for (let x = 0; x < size; x++, index++) {
      levels[index]! *= brightness * (1 + slopeX * (x - size / 2) + slopeY * (y - size / 2));
    }
  }
}
