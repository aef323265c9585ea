import { faceSquare, type Face, type Point, type Square } from 'sdnet';

/** Side of the face as it is shown and changed: four times the network's. */
export const faceSide = 272;

/** What is done to a face. */
export interface Changes {
  /** 1: as it is. */
  readonly brightness: number;
  /** Standard deviation in pixels of the face as it is shown. */
  readonly blur: number;
  /** Clockwise, in degrees. */
  readonly rotation: number;
  /** Lines drawn over it, in pixels of the face as it is shown. */
  readonly strokes: readonly (readonly Point[])[];
}

export const unchanged: Changes = { brightness: 1, blur: 0, rotation: 0, strokes: [] };

/** Whether this browser's canvases can change light and sharpness. */
export const hasFilters: boolean = 'filter' in CanvasRenderingContext2D.prototype;

const stroke = { width: 48, colour: '#777' } as const;

/** Where a face is in its picture; where it has no keypoints, all of it. */
export const squareOf = ({ box, keypoints, faceConfidence }: Face): Square =>
  keypoints
    ? faceSquare({ box, keypoints, confidence: faceConfidence })
    : {
        centre: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
        side: Math.max(box.width, box.height),
        angle: 0,
      };

/** Draws a face upright over all of a canvas of `faceSide`, with the changes, and gives its pixels. */
export function drawFace(
  context: CanvasRenderingContext2D,
  picture: ImageBitmap,
  { centre, side, angle }: Square,
  { brightness, blur, rotation, strokes }: Changes,
): ImageData {
  context.reset();
  context.fillStyle = '#777';
  context.fillRect(0, 0, faceSide, faceSide);
  context.save();
  if (hasFilters) context.filter = `brightness(${brightness}) blur(${blur}px)`;
  context.imageSmoothingQuality = 'high';
  context.translate(faceSide / 2, faceSide / 2);
  context.rotate((rotation * Math.PI) / 180 - angle);
  context.scale(faceSide / side, faceSide / side);
  context.drawImage(picture, -centre.x, -centre.y);
  context.restore();
  context.lineWidth = stroke.width;
  context.strokeStyle = stroke.colour;
  context.lineCap = context.lineJoin = 'round';
  for (const points of strokes) {
    const [first, ...others] = points;
    context.beginPath();
    context.moveTo(first!.x, first!.y);
    // A click is a dot: a line of no length would not be drawn.
    if (others.length === 0) context.lineTo(first!.x + 0.1, first!.y);
    for (const { x, y } of others) context.lineTo(x, y);
    context.stroke();
  }
  return context.getImageData(0, 0, faceSide, faceSide);
}
