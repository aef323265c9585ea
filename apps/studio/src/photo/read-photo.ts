import type { NumberedFace } from '../drawing/draw-faces.js';
import { chosenRecognizer } from '../recognition/chosen-recognizer.js';

/** A picture with what was found in it. */
export interface ReadPhoto {
  /** An address to show it by; `forget` frees it. */
  readonly address: string;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly NumberedFace[];
  /** How long finding and reading took. */
  readonly ms: number;
  forget(): void;
}

/**
 * Finds the faces in a picture and reads them.
 *
 * @throws what the recognizer says is wrong with it; a file of no bytes is an error with the code `image-empty`
 */
export async function readPhoto(picture: Blob): Promise<ReadPhoto> {
  if (picture.size === 0) throw Object.assign(new Error('The file is empty.'), { code: 'image-empty' });
  const recognizer = await chosenRecognizer();
  const started = performance.now();
  const faces = await recognizer.recognize(picture);
  const ms = performance.now() - started;
  const address = URL.createObjectURL(picture);
  const shown = new Image();
  shown.src = address;
  await shown.decode();
  return {
    address,
    width: shown.naturalWidth,
    height: shown.naturalHeight,
    faces: faces.map((face, index) => ({ ...face, number: index + 1 })),
    ms,
    forget: () => URL.revokeObjectURL(address),
  };
}
