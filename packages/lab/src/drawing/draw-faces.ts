import type { Box, DecodedImage, Face } from 'sdnet';
import { faceLabel, facePanel } from './face-panel.js';
import { placePanels, type Size } from './place-panels.js';
import { encodePicture, type PictureFormat } from './encode-picture.js';

/** Smaller pictures are enlarged by a whole number, so that there is room for letters. In pixels of the long side. */
const smallest = 320;
/** Letters of a face's panel, in sides of its box; and in pixels, that they can be read. */
const letterSize = { part: 1 / 12, least: 10, most: 48 } as const;

/**
 * Draws the faces of a picture: a box around each, turned as the face is, and beside it a panel with the expression and
 * the scores as bars, or among many faces the expression alone. A picture without room beside a face grows to the right or
 * below; one that is small is enlarged.
 *
 * @returns the file's content: pixels as they were decoded, without any of the source's metadata
 */
export async function drawFaces(
  image: DecodedImage,
  faces: readonly Face[],
  format: PictureFormat,
): Promise<Buffer> {
  const scale = Math.max(1, Math.ceil(smallest / Math.max(image.width, image.height)));
  const picture = { width: image.width * scale, height: image.height * scale };
  const boxes = faces.map(({ box }) => scaled(box, scale));
  const panels = faces.map((face, index) => {
    const size = letterSizeOf(boxes[index]!);
    return { large: facePanel(face, size), small: faceLabel(face, size) };
  });
  const outlines = boxes.map((box, index) => aroundTurned(box, faces[index]!.angle, lineOf(box)));
  const placed = placePanels(picture, outlines, panels, 4 * scale);
  const layers = [
    ...boxes.map((box, index) => ({ place: outlines[index]!, svg: boxOutline(box, faces[index]!.angle) })),
    ...placed.map(({ panel, place }) => ({ place, svg: panel.at(place.x, place.y) })),
  ];
  const size = around(
    picture,
    placed.map(({ place }) => place),
  );
  return encodePicture({ image, scale, size, layers }, format);
}

const scaled = ({ x, y, width, height }: Box, scale: number): Box => ({
  x: x * scale,
  y: y * scale,
  width: width * scale,
  height: height * scale,
});

const letterSizeOf = ({ width, height }: Box): number =>
  Math.min(letterSize.most, Math.max(letterSize.least, Math.sqrt(width * height) * letterSize.part));

/** How thick a box's line is. */
const lineOf = ({ width }: Box): number => Math.min(12, Math.max(1.5, width / 60));

/** A bright line with a dark one on both sides, to be seen on any ground. */
function boxOutline(box: Box, angle: number): string {
  const { x, y, width, height } = box;
  const line = lineOf(box);
  const rectangle = (stroke: string, thickness: number) =>
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${2 * line}" fill="none" stroke="${stroke}" stroke-width="${thickness}"/>`;
  const lines = rectangle('#101418', 2.2 * line) + rectangle('#ffd23f', line);
  return `<g transform="rotate(${angle} ${x + width / 2} ${y + height / 2})">${lines}</g>`;
}

/** The upright box around a turned one, with its line. */
function aroundTurned({ x, y, width, height }: Box, angle: number, line: number): Box {
  const [sine, cosine] = [Math.sin, Math.cos].map((of) => Math.abs(of((angle * Math.PI) / 180))) as [
    number,
    number,
  ];
  const across = width * cosine + height * sine + 2.2 * line;
  const down = width * sine + height * cosine + 2.2 * line;
  return { x: x + (width - across) / 2, y: y + (height - down) / 2, width: across, height: down };
}

/** The picture, and what reaches beyond it. */
const around = ({ width, height }: Size, places: readonly Box[]): Size => ({
  width: Math.ceil(Math.max(width, ...places.map((place) => place.x + place.width))),
  height: Math.ceil(Math.max(height, ...places.map((place) => place.y + place.height))),
});
