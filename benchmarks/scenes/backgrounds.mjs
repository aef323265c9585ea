/**
 * Backgrounds without faces: each fills `plane` (grey levels, rows of `width`) by a random stream of `@sdnet/autograd`.
 */

function fill({ plane, width }, level) {
  for (let index = 0; index < plane.length; index++)
    plane[index] = level(index % width, Math.floor(index / width));
}

/** Random levels on a lattice of `cell` pixels, bilinear in between. */
function smoothNoise({ width, height }, cell, random) {
  const columns = Math.ceil(width / cell) + 2;
  const lattice = Float32Array.from({ length: columns * (Math.ceil(height / cell) + 2) }, () =>
    random.uniform(),
  );
  return (x, y) => {
    const [left, top] = [Math.floor(x / cell), Math.floor(y / cell)];
    const [right, bottom] = [x / cell - left, y / cell - top];
    const at = top * columns + left;
    const upper = lattice[at] + right * (lattice[at + 1] - lattice[at]);
    const lower = lattice[at + columns] + right * (lattice[at + columns + 1] - lattice[at + columns]);
    return upper + bottom * (lower - upper);
  };
}

const plain = (canvas, random) => canvas.plane.fill(30 + 195 * random.uniform());

function gradient(canvas, random) {
  const [from, to] = [255 * random.uniform(), 255 * random.uniform()];
  const angle = 2 * Math.PI * random.uniform();
  const [dx, dy] = [Math.cos(angle) / canvas.width, Math.sin(angle) / canvas.height];
  fill(
    canvas,
    (x, y) => from + (to - from) * (0.5 + 0.5 * (dx * (x - canvas.width / 2) + dy * (y - canvas.height / 2))),
  );
}

function noise(canvas, random) {
  const [mean, deviation] = [60 + 135 * random.uniform(), 10 + 50 * random.uniform()];
  fill(canvas, () => mean + deviation * random.normal());
}

/** Noise of several scales: stone, leaves, clouds. */
function clouds(canvas, random) {
  const octaves = [128, 64, 32, 16, 8, 4].map((cell) => ({
    noise: smoothNoise(canvas, cell, random),
    weight: cell ** (0.3 + 0.7 * random.uniform()),
  }));
  const total = octaves.reduce((sum, { weight }) => sum + weight, 0);
  const contrast = 255 * (0.8 + 1.2 * random.uniform());
  fill(
    canvas,
    (x, y) =>
      128 +
      contrast * (octaves.reduce((sum, octave) => sum + octave.weight * octave.noise(x, y), 0) / total - 0.5),
  );
}

/** Stripes or a checkerboard, at an angle. */
function pattern(canvas, random) {
  const period = 6 + 90 * random.uniform() ** 2;
  const angle = Math.PI * random.uniform();
  const [cos, sin] = [(2 * Math.PI * Math.cos(angle)) / period, (2 * Math.PI * Math.sin(angle)) / period];
  const [dark, light] = [120 * random.uniform(), 135 + 120 * random.uniform()];
  const checked = random.uniform() < 0.5;
  fill(canvas, (x, y) => {
    const across = Math.sin(cos * x + sin * y);
    const value = checked ? across * Math.sin(cos * y - sin * x) : across;
    return dark + (light - dark) * Math.min(1, Math.max(0, 0.5 + 2 * value));
  });
}

/** Discs and boxes of all sizes over each other: a shelf, a crowd of things. */
function shapes(canvas, random) {
  const { plane, width, height } = canvas;
  plain(canvas, random);
  for (let count = 40 + random.integer(200); count > 0; count--) {
    const [x, y] = [width * random.uniform(), height * random.uniform()];
    const [a, b] = [4 + 70 * random.uniform() ** 2, 4 + 70 * random.uniform() ** 2];
    const level = 255 * random.uniform();
    const round = random.uniform() < 0.5;
    for (let row = Math.max(0, Math.ceil(y - b)); row < Math.min(height, y + b); row++)
      for (let column = Math.max(0, Math.ceil(x - a)); column < Math.min(width, x + a); column++)
        if (!round || ((column - x) / a) ** 2 + ((row - y) / b) ** 2 <= 1)
          plane[row * width + column] = level;
  }
}

export const backgrounds = { plain, gradient, noise, clouds, pattern, shapes };
/** Those on which a detector may imagine a face. */
export const textures = ['noise', 'clouds', 'pattern', 'shapes'];
