import { drawFaces, type NumberedFace } from '../drawing/draw-faces.js';
import { pngOf } from '../files/save-file.js';

/** What a live view shows now, boxes and bars included, as a PNG file's content. */
export function snapshot(
  video: HTMLVideoElement,
  faces: readonly NumberedFace[],
  mirrored: boolean,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const [width, height] = [video.videoWidth, video.videoHeight];
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d')!;
  context.save();
  if (mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
  context.drawImage(video, 0, 0);
  context.restore();
  drawFaces(context, faces, { scale: 1, width, height, mirrored });
  return pngOf(canvas);
}
