import { imageDimensionsFromData } from 'image-dimensions';
import { isOpaque, type RawImage } from '../preprocess.js';
import { isRawImage } from '../recognition/recognizer.js';
import { UserError } from '../user-error.js';

/** Everything in a page that shows a picture. A string is an address, of this page's origin unless its server allows others. */
export type ImageSource =
  | string
  | URL
  | Blob
  | RawImage
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame;

/** Larger images are refused, where it can be told before they are decoded. */
const maximumPixels = 64_000_000;
/** Bytes of a file; more is no picture of that many pixels. */
const maximumBytes = 256 * 2 ** 20;

/** What `createImageBitmap` takes, and how large it is. */
interface Drawable {
  readonly source: ImageBitmapSource;
  /** Unknown before decoding where the format's header is. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
}

/** A picture that can be given to a worker. To be closed. */
export type ShownImage = ImageBitmap | VideoFrame;

/**
 * The picture that a source shows now. EXIF orientation is applied.
 *
 * @throws UserError where there is none, it is too large, or its pixels may not be read
 */
export async function readShown(source: Exclude<ImageSource, RawImage>): Promise<ShownImage> {
  const drawable = drawableOf(source);
  // What shows something now is taken now, before the page can change it.
  const { source: shown, size } = drawable instanceof Promise ? await drawable : drawable;
  if (size) requireSize(size.width, size.height);
  try {
    return frameOf(shown) ?? (await createImageBitmap(shown));
  } catch (error) {
    if ((error as Error).name === 'SecurityError') throw tainted(error);
    throw unreadable(`The image cannot be decoded: ${(error as Error).message}`, error);
  }
}

/** The last that was handed out. */
let lastFrame: VideoFrame | undefined;

/**
 * The frame that a video shows, not copied: of a bitmap all pixels are converted on the calling thread (15 ms for 640×480 where
 * there is no graphics card). Undefined for other sources, where the last one is still held (a decoder has only a few), and where
 * the browser has none that is as the video shows it.
 */
function frameOf(shown: ImageBitmapSource): VideoFrame | undefined {
  const isFrame = isA(shown, 'VideoFrame');
  if (!isFrame && !isA(shown, 'HTMLVideoElement')) return undefined;
  if (typeof VideoFrame === 'undefined' || isOpen(lastFrame)) return undefined;
  try {
    lastFrame = isFrame ? shown.clone() : new VideoFrame(shown);
  } catch (error) {
    if ((error as Error).name === 'SecurityError') throw error;
    return undefined;
  }
  if (
    isFrame ||
    (lastFrame.displayWidth === shown.videoWidth && lastFrame.displayHeight === shown.videoHeight)
  )
    return lastFrame;
  // As the file has it, not as it is shown: some browsers turn pictures only where they paint them.
  lastFrame.close();
  return undefined;
}

/** Neither closed nor given away. */
const isOpen = (frame: VideoFrame | undefined): boolean => frame !== undefined && frame.displayWidth > 0;

/** Where the pixels of one picture after the other are put: new memory for each takes longer than the copying. */
export interface PixelMemory {
  pixels?: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * The pixels of what `take` took of an image. Works in a worker, too.
 *
 * @param memory for callers that are done with one picture's pixels before they ask for the next one's
 */
export const pixelsOf = async (image: ShownImage | RawImage, memory: PixelMemory = {}): Promise<RawImage> =>
  isRawImage(image) ? image : shownPixels(image, memory);

/** The pixels of a picture, which is closed. */
async function shownPixels(image: ShownImage, memory: PixelMemory): Promise<RawImage> {
  const { width, height } = isA(image, 'VideoFrame')
    ? { width: image.displayWidth, height: image.displayHeight }
    : image;
  try {
    requireSize(width, height);
    return (await copiedPixels(image, width, height, memory)) ?? paintedPixels(image, width, height);
  } catch (error) {
    if ((error as Error).name === 'SecurityError') throw tainted(error);
    throw error;
  } finally {
    image.close();
  }
}

/**
 * The pixels as a video frame copies them: the same as a canvas has, in less than a tenth of the time. Undefined where the
 * browser cannot do that, the frame is turned or stretched where it is shown, or there is alpha, which some browsers leave
 * multiplied into the colours.
 */
async function copiedPixels(
  image: ShownImage,
  width: number,
  height: number,
  memory: PixelMemory,
): Promise<RawImage | undefined> {
  if (!(await (convertsFrames ??= copiesAsAsked()))) return undefined;
  let frame: VideoFrame | undefined;
  try {
    frame = isA(image, 'VideoFrame') ? image : new VideoFrame(image, { timestamp: 0 });
    if (!isShownAsStored(frame)) return undefined;
    const length = 4 * width * height;
    const pixels = memory.pixels?.length === length ? memory.pixels : new Uint8ClampedArray(length);
    if (width * height <= keptPixels) memory.pixels = pixels;
    else delete memory.pixels;
    await frame.copyTo(pixels, { format: 'RGBA' });
    return isOpaque(pixels) ? { width, height, channels: 4, pixels } : undefined;
  } catch {
    // Painting it says what is wrong with it, if anything is.
    return undefined;
  } finally {
    if (frame !== image) frame?.close();
  }
}

let convertsFrames: Promise<boolean> | undefined;

/** Whether video frames are copied in the format that is asked for, tried with four pixels: not all browsers look at it. */
async function copiesAsAsked(): Promise<boolean> {
  try {
    const init = { format: 'BGRA', codedWidth: 2, codedHeight: 2, timestamp: 0 } as const;
    const frame = new VideoFrame(
      Uint8Array.from({ length: 16 }, (_, at) => [10, 20, 30, 255][at % 4]!),
      init,
    );
    const pixels = new Uint8Array(16);
    await frame.copyTo(pixels, { format: 'RGBA' });
    frame.close();
    return pixels.slice(0, 4).join() === '30,20,10,255';
  } catch {
    return false;
  }
}

/** Neither turned (as a bitmap of a photograph may be), nor mirrored, nor stretched; of browsers that do not tell none is. */
function isShownAsStored(frame: VideoFrame): boolean {
  const { visibleRect, displayWidth, displayHeight, rotation, flip } = frame as TurnedFrame;
  const isStretched = visibleRect?.width !== displayWidth || visibleRect.height !== displayHeight;
  return rotation === 0 && flip === false && !isStretched;
}

/** What TypeScript's library does not know yet. */
type TurnedFrame = VideoFrame & { readonly rotation?: number; readonly flip?: boolean };

/** The pixels as a canvas has them. */
function paintedPixels(image: ShownImage, width: number, height: number): RawImage {
  const context = contextOf(width, height);
  context.drawImage(image, 0, 0, width, height);
  return rawImageOf(context.getImageData(0, 0, width, height));
}

/** Of the last picture: frames of a stream all have one size, and a canvas for each would soon fill the memory. */
let lastContext: OffscreenCanvasRenderingContext2D | undefined;
/** Pixels of the largest canvas, and of the largest picture's memory, that is kept. */
const keptPixels = 4_000_000;

/** An empty canvas to read pixels from. */
function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  if (lastContext?.canvas.width === width && lastContext.canvas.height === height) {
    lastContext.clearRect(0, 0, width, height);
    return lastContext;
  }
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw unreadable('This browser offers no canvas to read pixels from.');
  lastContext = width * height > keptPixels ? undefined : context;
  return context;
}

/**
 * The pixels of a picture, as `createRecognizer` sees them: of a face that was cut out already, for instance.
 *
 * @throws UserError where there is none, it is too large, or its pixels may not be read
 */
export const readPixels = async (source: Exclude<ImageSource, RawImage>): Promise<RawImage> =>
  shownPixels(await readShown(source), {});

/** The pixels of image data, not copied. */
const rawImageOf = ({ width, height, data }: ImageData): RawImage => ({
  width,
  height,
  channels: 4,
  pixels: data as Uint8ClampedArray,
});

function drawableOf(source: Exclude<ImageSource, RawImage>): Drawable | Promise<Drawable> {
  if (typeof source === 'string' || source instanceof URL) return fetched(String(source)).then(fileOf);
  if (source instanceof Blob) return fileOf(source);
  if (isA(source, 'HTMLImageElement')) return imageElement(source);
  if (isA(source, 'HTMLVideoElement')) return videoElement(source);
  if (isA(source, 'VideoFrame')) return videoFrame(source);
  if (isA(source, 'ImageBitmap') && source.width === 0)
    throw notReady('The bitmap was closed or given away: it has no pixels any more.');
  if (
    isA(source, 'ImageBitmap') ||
    isA(source, 'ImageData') ||
    isA(source, 'HTMLCanvasElement') ||
    isA(source, 'OffscreenCanvas')
  )
    return { source, size: { width: source.width, height: source.height } };
  throw unreadable(
    'This is no image: an address, Blob, ImageData, ImageBitmap, VideoFrame, raw pixels, or an <img>, <video> or canvas ' +
      'is expected.',
  );
}

/** `instanceof`, where the name exists at all: workers have no elements, and not every browser has video frames. */
function isA<Name extends keyof typeof globalThis>(
  value: unknown,
  name: Name,
): value is (typeof globalThis)[Name] extends abstract new (...args: never[]) => infer Instance
  ? Instance
  : never {
  const constructor: unknown = globalThis[name];
  return typeof constructor === 'function' && value instanceof constructor;
}

async function fetched(address: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    throw unreadable(`${address} cannot be fetched: ${(error as Error).message}`, error);
  }
  if (!response.ok) throw unreadable(`${address} was answered with ${response.status}, not with an image.`);
  return response.blob();
}

async function fileOf(file: Blob): Promise<Drawable> {
  if (file.size === 0) throw unreadable('The file is empty, but an image was expected.');
  if (file.size > maximumBytes)
    throw tooLarge(
      `The file has ${Math.round(file.size / 2 ** 20)} MiB; ${maximumBytes / 2 ** 20} are the limit.`,
    );
  // The sides stand at the start of a file, but behind a JPEG's preview.
  const head = new Uint8Array(await file.slice(0, 2 ** 18).arrayBuffer());
  return { source: file, size: imageDimensionsFromData(head) };
}

function imageElement(image: HTMLImageElement): Drawable | Promise<Drawable> {
  if (!image.complete)
    return image.decode().then(
      () => loadedImage(image),
      () => loadedImage(image),
    );
  return loadedImage(image);
}

function loadedImage(image: HTMLImageElement): Drawable {
  if (image.naturalWidth === 0) throw notReady('The <img> shows nothing: its file is missing or no image.');
  return { source: image, size: { width: image.naturalWidth, height: image.naturalHeight } };
}

function videoElement(video: HTMLVideoElement): Drawable {
  if (video.readyState < video.HAVE_CURRENT_DATA || video.videoWidth === 0)
    throw notReady('The <video> has no frame yet. Wait for its event "loadeddata".');
  return { source: video, size: { width: video.videoWidth, height: video.videoHeight } };
}

function videoFrame(frame: VideoFrame): Drawable {
  if (frame.displayWidth === 0) throw notReady('The video frame was closed: it has no pixels any more.');
  return { source: frame, size: { width: frame.displayWidth, height: frame.displayHeight } };
}

function requireSize(width: number, height: number): void {
  if (width === 0 || height === 0)
    throw notReady(`The image has ${width}×${height} pixels: there is nothing to see.`);
  if (width * height > maximumPixels)
    throw tooLarge(
      `${width}×${height} pixels are more than the limit of ${maximumPixels / 1e6} megapixels. Make the image smaller first.`,
    );
}

const unreadable = (message: string, cause?: unknown): UserError =>
  new UserError(message, { code: 'image-unreadable', cause });
const notReady = (message: string): UserError => new UserError(message, { code: 'image-not-ready' });
const tooLarge = (message: string): UserError => new UserError(message, { code: 'image-too-large' });
/** Of a picture whose pixels the browser keeps to itself: reading them, or giving them to a worker, has failed by `cause`. */
export const tainted = (cause: unknown): UserError =>
  new UserError(
    "The image is of another origin, whose pixels a page may not read. Serve it from the page's own origin.",
    { code: 'image-tainted', cause },
  );
