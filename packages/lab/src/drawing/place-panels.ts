import type { Box } from 'sdnet';

/** Width and height. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A panel where it is placed. */
export interface PlacedPanel<Panel extends Size> {
  readonly panel: Panel;
  readonly place: Box;
}

/**
 * Places a panel beside each face: right, left, below or above it, the large one where it covers no face and no panel
 * before it, else the small one where it covers least of them. Where there is no room within the picture, a panel reaches
 * beyond it, to the right or below; the large one where the face is alone.
 *
 * @param faces what must be seen
 * @param panels for each face a large panel, and a small one instead
 * @param gap between a face and its panel
 */
export function placePanels<Panel extends Size>(
  picture: Size,
  faces: readonly Box[],
  panels: readonly { readonly large: Panel; readonly small: Panel }[],
  gap: number,
): PlacedPanel<Panel>[] {
  const placed: PlacedPanel<Panel>[] = [];
  for (const [index, face] of faces.entries()) {
    const { large, small } = panels[index]!;
    const others = [...faces.filter((other) => other !== face), ...placed.map(({ place }) => place)];
    const covered = (place: Box) => others.reduce((sum, other) => sum + common(place, other), 0);
    const best = (panel: Panel): Box | undefined => {
      const candidates = [...places(face, panel, gap)].map((place) => within(picture, place));
      const inside = candidates.filter((place) => common(place, face) === 0 && isWithin(picture, place));
      return least(inside, covered);
    };
    const place = best(large);
    if (place && covered(place) === 0) placed.push({ panel: large, place });
    else if (others.length === 0) placed.push({ panel: large, place: beyond(picture, face, large, gap) });
    else placed.push({ panel: small, place: best(small) ?? beyond(picture, face, small, gap) });
  }
  return placed;
}

/** Where a panel may be, what is liked best first. */
function* places({ x, y, width, height }: Box, panel: Size, gap: number): Generator<Box> {
  const tops = [y, y + height - panel.height, y + (height - panel.height) / 2];
  const lefts = [x + (width - panel.width) / 2, x, x + width - panel.width];
  for (const top of tops) yield { x: x + width + gap, y: top, ...panel };
  for (const top of tops) yield { x: x - gap - panel.width, y: top, ...panel };
  for (const left of lefts) yield { x: left, y: y + height + gap, ...panel };
  for (const left of lefts) yield { x: left, y: y - gap - panel.height, ...panel };
}

/** Beside the picture, at the side where that makes it grow less. */
function beyond(picture: Size, face: Box, panel: Size, gap: number): Box {
  const clamp = (start: number, length: number, end: number) => Math.max(0, Math.min(start, end - length));
  const right = {
    x: Math.max(picture.width, face.x + face.width + gap),
    y: clamp(face.y, panel.height, picture.height),
    ...panel,
  };
  const below = {
    x: clamp(face.x, panel.width, picture.width),
    y: Math.max(picture.height, face.y + face.height + gap),
    ...panel,
  };
  const area = ({ x, y, width, height }: Box) =>
    Math.max(picture.width, x + width) * Math.max(picture.height, y + height);
  return area(right) <= area(below) ? right : below;
}

/** Moved into the picture, as far as it fits. */
const within = ({ width, height }: Size, place: Box): Box => ({
  ...place,
  x: Math.max(0, Math.min(place.x, width - place.width)),
  y: Math.max(0, Math.min(place.y, height - place.height)),
});

const isWithin = ({ width, height }: Size, place: Box): boolean =>
  place.x >= 0 && place.y >= 0 && place.x + place.width <= width && place.y + place.height <= height;

/** The area that two boxes have in common. */
const common = (one: Box, other: Box): number =>
  Math.max(0, Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)) *
  Math.max(0, Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y));

/** The first of those with the least cost. */
function least<T>(items: readonly T[], costOf: (item: T) => number): T | undefined {
  const costs = items.map(costOf);
  return items[costs.indexOf(Math.min(...costs))];
}
