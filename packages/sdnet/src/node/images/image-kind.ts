/** The formats that are read. */
export type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'AVIF' | 'GIF' | 'TIFF';

/** What a file is by its first bytes: a format that is read, or what to call it where it is none. */
export type ImageKind = { readonly format: ImageFormat } | { readonly other: string | undefined };

const heic = { other: 'HEIC, the format of iPhone photos; export it as JPEG' };
const tiff = { format: 'TIFF' } as const;
const video = { other: 'a video' };

/**
 * How files of a kind begin, their bytes as Latin-1, `▯` standing for any byte; of texts, a pattern.
 *
 * Decided here and not by the decoding library, which would try every decoder it has: it would draw an SVG, or unpack
 * an archive, to find out what it is. (The package file-type knows more formats, but not what is in an AVIF or HEIC of
 * the brand `mif1`, and asks for Node 22.)
 */
const signatures: readonly (readonly [string | RegExp, ImageKind])[] = [
  ['\x89PNG\r\n\x1a\n', { format: 'PNG' }],
  // The next marker's first byte may come after stray ones.
  ['\xff\xd8', { format: 'JPEG' }],
  ['RIFF▯▯▯▯WEBP', { format: 'WebP' }],
  ['GIF87a', { format: 'GIF' }],
  ['GIF89a', { format: 'GIF' }],
  ['II*\0', tiff],
  ['MM\0*', tiff],
  ['II+\0', tiff],
  ['MM\0+', tiff],
  // ISO base media files name the brand they are made for, and then others that can read them.
  ['▯▯▯▯ftypavif', { format: 'AVIF' }],
  ['▯▯▯▯ftypavis', { format: 'AVIF' }],
  ['▯▯▯▯ftyphei', heic],
  ['▯▯▯▯ftyphev', heic],
  [/^.{4}ftypm[is]f1(.{4})*?avi[fs]/s, { format: 'AVIF' }],
  ['▯▯▯▯ftypmif1', heic],
  ['▯▯▯▯ftypmsf1', heic],
  ['▯▯▯▯ftypcrx ', { other: 'a camera’s raw picture' }],
  ['▯▯▯▯ftyp', video],
  ['\x1aE\xdf\xa3', video],
  ['RIFF▯▯▯▯AVI ', video],
  ['BM', { other: 'BMP' }],
  ['\0\0\x01\0', { other: 'an icon (ICO)' }],
  ['8BPS', { other: 'a Photoshop document' }],
  ['\0\0\0\x0cjP  ', { other: 'JPEG 2000' }],
  ['\xff\x4f\xff\x51', { other: 'JPEG 2000' }],
  ['\0\0\0\x0cJXL ', { other: 'JPEG XL' }],
  ['\xff\x0a', { other: 'JPEG XL' }],
  ['\x76\x2f\x31\x01', { other: 'OpenEXR' }],
  ['#?RADIANCE', { other: 'a Radiance picture' }],
  [/^P[1-7]\s/, { other: 'a Netpbm picture (PBM, PGM, PPM)' }],
  ['%PDF', { other: 'PDF' }],
  ['\x1f\x8b', { other: 'data packed by gzip' }],
  ['PK\x03\x04', { other: 'a ZIP archive' }],
  [/^[^a-z]{0,64}(<\?xml|<!doctype svg|<!--|<svg)[^]*<svg|^\s*<svg/i, { other: 'an SVG drawing' }],
  [/^[^a-z]{0,64}<(!doctype html|html)/i, { other: 'a web page' }],
];

/** What the file is whose bytes these are. */
export function imageKind(bytes: Uint8Array): ImageKind {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  for (const [signature, kind] of signatures) {
    if (typeof signature === 'string' ? begins(start, signature) : signature.test(start)) return kind;
  }
  return { other: undefined };
}

const begins = (start: string, signature: string) =>
  start.length >= signature.length && [...signature].every((byte, at) => byte === '▯' || byte === start[at]);
