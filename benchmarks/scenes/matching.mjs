/**
 * Which detections are which faces. A match is a centre within 0.3 of the face's side and a ratio of the sides of 0.5 … 2;
 * each detection matches one face at most, the nearest pairs first.
 *
 * @returns for each face the index of its detection, or -1
 */
export function matchFaces(faces, boxes) {
  const pairs = [];
  for (const [face, { x, y, size }] of faces.entries())
    for (const [box, { x: left, y: top, width, height }] of boxes.entries()) {
      const distance = Math.hypot(left + width / 2 - x, top + height / 2 - y) / size;
      const ratio = Math.sqrt(width * height) / size;
      if (distance <= 0.3 && ratio >= 0.5 && ratio <= 2) pairs.push({ face, box, distance });
    }
  pairs.sort((a, b) => a.distance - b.distance);
  const found = faces.map(() => -1);
  const taken = new Set();
  for (const { face, box } of pairs)
    if (found[face] < 0 && !taken.has(box)) {
      found[face] = box;
      taken.add(box);
    }
  return found;
}
