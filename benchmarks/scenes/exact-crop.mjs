/**
 * The square that a face was pasted as, cut out of its scene again where it is known to be: what no detector can better.
 *
 * @param image the painted scene, as `RawImage` of three equal channels
 * @param face its place: x and y of the centre, size in pixels, angle in degrees clockwise
 * @param side of the result, which should not be much smaller than the face: it is interpolated, not averaged
 * @returns grey pixels, a square of `side`
 */
export function exactCrop({ pixels, width, height }, { x, y, size, angle }, side) {
  const turn = (angle * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn) * size, Math.sin(turn) * size];
  const within = (value, length) => Math.min(length - 1, Math.max(0, value));
  const level = (column, row) => pixels[3 * (within(row, height) * width + within(column, width))];
  return Uint8Array.from({ length: side * side }, (_, index) => {
    const u = ((index % side) + 0.5) / side - 0.5;
    const v = (Math.floor(index / side) + 0.5) / side - 0.5;
    const [column, row] = [x + cos * u - sin * v - 0.5, y + sin * u + cos * v - 0.5];
    const [left, top] = [Math.floor(column), Math.floor(row)];
    const [right, down] = [column - left, row - top];
    const upper = level(left, top) * (1 - right) + level(left + 1, top) * right;
    const lower = level(left, top + 1) * (1 - right) + level(left + 1, top + 1) * right;
    return Math.round(upper * (1 - down) + lower * down);
  });
}
