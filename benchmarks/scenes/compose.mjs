/**
 * Scenes with faces at known places: grey faces pasted with soft edges onto drawn backgrounds, alone or on a drawn head
 * with hair, neck and shoulders. The same seed gives the same scene.
 */
import { random } from '@sdnet/autograd';
import { resizeBilinear } from 'sdnet';
import { backgrounds } from './backgrounds.mjs';

/**
 * Which faces a scene gets: random sizes, angles and places that do not overlap.
 *
 * @param crops how many face crops there are to choose from
 * @param sizes sides of the pasted squares in pixels; one is drawn for each face
 * @param angles degrees, clockwise; one is drawn for each face, and `jitter` degrees at most added either way
 * @returns width, height, seed, background and `faces`: `{ crop, x, y, size, angle, head }`, x and y the centre of the square
 */
export function planScene({
  seed,
  crops,
  width = 640,
  height = 480,
  sizes,
  angles = [0],
  jitter = 0,
  faces = 12,
  heads = 0.5,
}) {
  const source = random(seed, 1);
  const kinds = Object.keys(backgrounds);
  const background = kinds[source.integer(kinds.length)];
  const placed = [];
  const wanted = 1 + source.integer(faces);
  for (let tries = 0; placed.length < wanted && tries < 40 * wanted; tries++) {
    const size = sizes[source.integer(sizes.length)];
    const head = source.uniform() < heads;
    // Half of a face's square and of a head's.
    const radius = size * (head ? 0.75 : 0.55);
    const x = 0.5 * size + (width - size) * source.uniform();
    const y = 0.5 * size + (height - size) * source.uniform();
    const free = placed.every(
      (other) => Math.hypot(x - other.x, y - other.y) > 1.1 * (radius + other.radius),
    );
    if (size > height || !free) continue;
    const angle = angles[source.integer(angles.length)] + jitter * (2 * source.uniform() - 1);
    placed.push({ crop: source.integer(crops), x, y, size, angle, head, radius });
  }
  return { seed, width, height, background, faces: placed.map(({ radius, ...face }) => face) };
}

/**
 * Paints a planned scene.
 *
 * @param cropOf gives the grey pixels of a crop, a square of `cropSide`
 * @returns an RGB image of three equal channels, as `RawImage`
 */
export function paintScene({ seed, width, height, background, faces }, cropOf, cropSide = 48) {
  const source = random(seed, 2);
  const canvas = { plane: new Float32Array(width * height), width, height };
  backgrounds[background](canvas, source);
  // Heads first: shoulders must not cover a neighbour's face.
  const pasted = faces.map((face) => ({ ...face, pixels: cropOf(face.crop) }));
  for (const face of pasted) if (face.head) paintHead(canvas, face, source);
  for (const face of pasted) paintFace(canvas, face, cropSide);
  const pixels = new Uint8Array(3 * width * height);
  for (let index = 0; index < canvas.plane.length; index++) {
    // A camera's noise.
    const level = canvas.plane[index] + 2 * (source.uniform() + source.uniform() - 1);
    pixels.fill(Math.max(0, Math.min(255, Math.round(level))), 3 * index, 3 * index + 3);
  }
  return { width, height, channels: 3, pixels };
}

/** Calls `paint(u, v, index)` for the pixels within `reach` sides of a face; u and v from its centre, in sides, turned with it. */
function around({ width, height }, { x, y, size, angle }, reach, paint) {
  const turn = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn) / size, Math.sin(turn) / size];
  const [left, right] = [
    Math.max(0, Math.floor(x - reach * size)),
    Math.min(width, Math.ceil(x + reach * size)),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(y - reach * size)),
    Math.min(height, Math.ceil(y + reach * size)),
  ];
  for (let row = top; row < bottom; row++)
    for (let column = left; column < right; column++) {
      const [dx, dy] = [column + 0.5 - x, row + 0.5 - y];
      paint(cos * dx + sin * dy, cos * dy - sin * dx, row * width + column);
    }
}

const blend = (plane, index, level, share) => {
  if (share > 0) plane[index] += Math.min(1, share) * (level - plane[index]);
};

function paintFace(canvas, face, cropSide) {
  // Reducing a crop must not alias.
  const side = Math.min(cropSide, Math.max(8, Math.round(face.size)));
  const pixels = resizeBilinear(face.pixels, cropSide, cropSide, side, side);
  const sample = (u, v) => {
    const x = Math.min(side - 1, Math.max(0, (u + 0.5) * side - 0.5));
    const y = Math.min(side - 1, Math.max(0, (v + 0.5) * side - 0.5));
    const [left, top] = [Math.min(side - 2, Math.floor(x)), Math.min(side - 2, Math.floor(y))];
    const at = top * side + left;
    const upper = pixels[at] + (x - left) * (pixels[at + 1] - pixels[at]);
    const lower = pixels[at + side] + (x - left) * (pixels[at + side + 1] - pixels[at + side]);
    return upper + (y - top) * (lower - upper);
  };
  around(canvas, face, 0.75, (u, v, index) => {
    // On a head an oval that fades into the skin; alone the whole square with a narrow soft edge.
    const share = face.head
      ? (1 - Math.hypot(u / 0.5, v / 0.54)) / 0.22
      : (0.5 - Math.max(Math.abs(u), Math.abs(v))) / 0.06;
    if (share > 0) blend(canvas.plane, index, sample(u, v), share);
  });
}

function paintHead(canvas, face, source) {
  const { plane } = canvas;
  const soft = 0.05;
  const ellipse = (u, v, centre, a, b) => (1 - Math.hypot(u / a, (v - centre) / b)) / soft;
  let sum = 0;
  for (const level of face.pixels) sum += level;
  const skin = sum / face.pixels.length;
  const hair = source.uniform() < 0.7 ? 15 + 50 * source.uniform() : 120 + 100 * source.uniform();
  const clothes = 20 + 215 * source.uniform();
  const long = source.uniform() < 0.4;
  around(canvas, face, 1.5, (u, v, index) => {
    blend(plane, index, clothes, ellipse(u, v, 1.25, 1.15, 0.62));
    if (long) blend(plane, index, hair, ellipse(u, v, 0.15, 0.62, 0.8));
    blend(plane, index, skin * 0.85, Math.min((0.24 - Math.abs(u)) / soft, (0.85 - v) / soft, v / soft));
    blend(plane, index, hair, ellipse(u, v, -0.14, 0.6, 0.66));
    blend(plane, index, skin, ellipse(u, v, 0, 0.5, 0.6));
  });
}
