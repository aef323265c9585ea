import { samplePicture } from '../photo/chosen-picture.js';
import { shippedRecognizer, type StudioRecognizer } from '../recognition/engine.js';

/** Why WebGPU is not offered: a code that the page has a text for, and what is known besides. */
export type WebGpuRefusal =
  | { readonly reason: 'none' }
  /** The processor would do a graphics card's work, many times slower than WebAssembly does it. */
  | { readonly reason: 'software' }
  | { readonly reason: 'failed'; readonly message: string }
  | { readonly reason: 'differs'; readonly difference: number };

/** What is asked of a `GPUAdapter`. */
interface Adapter {
  readonly info: { readonly isFallbackAdapter?: boolean };
}

/** Scores may differ by so much. */
export const agreement = 1e-3;

/** Cells of the picture that the devices are compared by. */
const crowd = { columns: 10, rows: 5, cell: 96 } as const;

/** The recognizer's build that has WebGPU: files of their own, loaded when they are asked for. */
export const withWebGpu = (): Promise<typeof import('../webgpu/recognizer.js')> =>
  import(/* @vite-ignore */ new URL('webgpu/recognizer.js', document.baseURI).href);

/** Fifty faces: the sample portrait's in many lights and angles. */
async function fiftyFaces(): Promise<OffscreenCanvas> {
  const { columns, rows, cell } = crowd;
  const portrait = await createImageBitmap(await samplePicture('portrait'));
  const canvas = new OffscreenCanvas(columns * cell, rows * cell);
  const context = canvas.getContext('2d')!;
  for (let index = 0; index < columns * rows; index++) {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    context.save();
    context.beginPath();
    context.rect(column * cell, row * cell, cell, cell);
    context.clip();
    context.translate((column + 0.5) * cell, (row + 0.5) * cell);
    context.rotate(((column - columns / 2) * Math.PI) / 60);
    context.drawImage(portrait, 104, 4, 240, 240, -cell / 2, -cell / 2, cell, cell);
    context.fillStyle = `rgb(0 0 0 / ${row / 10})`;
    context.fillRect(-cell, -cell, 2 * cell, 2 * cell);
    context.restore();
  }
  portrait.close();
  return canvas;
}

/** The largest difference between the scores of two recognizers; Infinity where they do not find the same faces. */
async function difference(one: StudioRecognizer, other: StudioRecognizer): Promise<number> {
  const picture = await fiftyFaces();
  const place = ({ box }: { readonly box: { readonly x: number; readonly y: number } }) =>
    Math.round(box.y / crowd.cell) * crowd.columns + box.x / crowd.cell;
  const [first, second] = await Promise.all(
    [one, other].map(async (recognizer) =>
      (await recognizer.recognize(picture, { minimumFace: 36 })).sort((a, b) => place(a) - place(b)),
    ),
  );
  if (first!.length === 0 || first!.length !== second!.length) return Infinity;
  let largest = 0;
  for (const [index, { scores }] of first!.entries())
    for (const [name, score] of Object.entries(scores))
      largest = Math.max(largest, Math.abs(score - second![index]!.scores[name]!));
  return largest;
}

let tested: Promise<WebGpuRefusal | undefined> | undefined;

/** Why WebGPU cannot be chosen; undefined where it can: it finds the same as WebAssembly in fifty faces. Tested once. */
export const testWebGpu = (): Promise<WebGpuRefusal | undefined> => (tested ??= test());

async function test(): Promise<WebGpuRefusal | undefined> {
  const { gpu } = navigator as { readonly gpu?: { requestAdapter(): Promise<Adapter | null> } };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return { reason: 'none' };
  if (adapter.info.isFallbackAdapter) return { reason: 'software' };
  try {
    const recognizer = await (await withWebGpu()).createRecognizer({ device: 'webgpu' });
    try {
      const found = await difference(await shippedRecognizer(), recognizer);
      return found <= agreement ? undefined : { reason: 'differs', difference: found };
    } finally {
      await recognizer.release();
    }
  } catch (error) {
    return { reason: 'failed', message: (error as Error).message };
  }
}
