/** A square grey image being drawn: levels 0 (black) to 1 (white), rows from the top. */
export interface Canvas {
  readonly size: number;
  readonly levels: Float32Array;
}

/** In pixels from the left and top edges. */
export type Point = readonly [x: number, y: number];

/** Paints `level` over the pixels, as far as the signed distance to a shape's edge (negative inside) says. */
function paint(
  { size, levels }: Canvas,
  [left, top, right, bottom]: readonly [number, number, number, number],
  level: number,
  softness: number,
  distance: (x: number, y: number) => number,
): void {
  const firstX = Math.max(0, Math.floor(left - softness));
  const lastX = Math.min(size - 1, Math.ceil(right + softness));
  const firstY = Math.max(0, Math.floor(top - softness));
  const lastY = Math.min(size - 1, Math.ceil(bottom + softness));
  for (let y = firstY; y <= lastY; y++) {
    for (let x = firstX; x <= lastX; x++) {
      const cover = 0.5 - distance(x + 0.5, y + 0.5) / softness;
      if (cover <= 0) continue;
      const index = y * size + x;
      levels[index]! += Math.min(cover, 1) * (level - levels[index]!);
    }
  }
}

/**
 * A filled ellipse: radii along its own axes, which are turned clockwise by `angle` radians. Its edge fades
 * over `softness` pixels.
 */
export function drawEllipse(
  canvas: Canvas,
  [centreX, centreY]: Point,
  [radiusX, radiusY]: readonly [number, number],
  angle: number,
  level: number,
  softness: number,
): void {
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const reach = Math.max(radiusX, radiusY);
  const box = [centreX - reach, centreY - reach, centreX + reach, centreY + reach] as const;
  paint(canvas, box, level, softness, (x, y) => {
    const u = cosine * (x - centreX) + sine * (y - centreY);
    const v = cosine * (y - centreY) - sine * (x - centreX);
    // First-order distance to the implicit curve |(u/a, v/b)| = 1.
    const radius = Math.sqrt((u / radiusX) ** 2 + (v / radiusY) ** 2);
    const slope = Math.sqrt((u / radiusX ** 2) ** 2 + (v / radiusY ** 2) ** 2);
    return slope === 0 ? -Math.min(radiusX, radiusY) : (radius * (radius - 1)) / slope;
  });
}

/**
 * A stroke of `width` pixels from `start` to `end` along the parabola that passes `middle` half-way. Its edge
 * fades over `softness` pixels.
 */
export function drawStroke(
  canvas: Canvas,
  start: Point,
  middle: Point,
  end: Point,
  width: number,
  level: number,
  softness: number,
): void {
  const segments = 6;
  const points = Array.from({ length: segments + 1 }, (_, index): Point => {
    const t = index / segments;
    // Lagrange's polynomial through the three points at t = 0, ½ and 1.
    const weights = [(1 - t) * (1 - 2 * t), 4 * t * (1 - t), t * (2 * t - 1)] as const;
    return [
      weights[0] * start[0] + weights[1] * middle[0] + weights[2] * end[0],
      weights[0] * start[1] + weights[1] * middle[1] + weights[2] * end[1],
    ];
  });
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const reach = width / 2;
  const box = [
    Math.min(...xs) - reach,
    Math.min(...ys) - reach,
    Math.max(...xs) + reach,
    Math.max(...ys) + reach,
  ] as const;
  paint(canvas, box, level, softness, (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let segment = 0; segment < segments; segment++) {
      const dx = xs[segment + 1]! - xs[segment]!;
      const dy = ys[segment + 1]! - ys[segment]!;
      const px = x - xs[segment]!;
      const py = y - ys[segment]!;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy + 1e-9)));
      nearest = Math.min(nearest, (px - along * dx) ** 2 + (py - along * dy) ** 2);
    }
    return Math.sqrt(nearest) - reach;
  });
}
