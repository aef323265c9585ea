/** The formats that are read. */
export type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'AVIF' | 'GIF' | 'TIFF' | 'HEIC';

/** What a file is by its first bytes: a format that is read, or what to call it where it is none. */
export type ImageKind = { readonly format: ImageFormat } | { readonly other: string | undefined };

/** Bytes as Latin-1, or a pattern of them. */
type Signature = string | RegExp;

/**
 * Decided here and not by the decoding library, which would try every decoder it has: it would draw an SVG, or unpack
 * an archive, to find out what it is.
 */
const signatures: readonly (readonly [Signature, ImageKind])[] = [
  ['\x89PNG\r\n\x1a\n', { format: 'PNG' }],
  ['\xff\xd8\xff', { format: 'JPEG' }],
  [/^RIFF[^]{4}WEBP/, { format: 'WebP' }],
  [/^GIF8[79]a/, { format: 'GIF' }],
  [/^(II[*+]\0|MM\0[*+])/, { format: 'TIFF' }],
  // ISO base media: the brand that the file is made for, then those that can read it.
  [/^[^]{4}ftypavi[fs]/, { format: 'AVIF' }],
  [/^[^]{4}ftyp(hei[cxms]|hev[cxms])/, { format: 'HEIC' }],
  [/^[^]{4}ftyp(mif1|msf1|miaf)([^]{4})*?avi[fs]/, { format: 'AVIF' }],
  [/^[^]{4}ftyp(mif1|msf1|miaf)([^]{4})*?(hei[cxms]|hev[cx])/, { format: 'HEIC' }],
  [/^[^]{4}ftypcrx /, { other: 'a camera’s raw picture' }],
  [/^[^]{4}ftyp/, { other: 'a video' }],
  [/^\x1aE\xdf\xa3|^RIFF[^]{4}AVI /, { other: 'a video' }],
  ['BM', { other: 'BMP' }],
  ['\0\0\x01\0', { other: 'an icon (ICO)' }],
  ['8BPS', { other: 'a Photoshop document' }],
  [/^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/, { other: 'JPEG 2000' }],
  [/^(\0\0\0\x0cJXL |\xff\x0a)/, { other: 'JPEG XL' }],
  ['\x76\x2f\x31\x01', { other: 'OpenEXR' }],
  ['#?RADIANCE', { other: 'a Radiance picture' }],
  [/^P[1-7]\s/, { other: 'a Netpbm picture (PBM, PGM, PPM)' }],
  ['%PDF', { other: 'PDF' }],
  ['\x1f\x8b', { other: 'data packed by gzip' }],
  ['PK\x03\x04', { other: 'a ZIP archive' }],
  [/^\xef?\xbb?\xbf?\s*(<!--[^]*?-->|<[?!][^>]*>|\s)*<svg/i, { other: 'an SVG drawing' }],
  [/^\xef?\xbb?\xbf?\s*(<!--[^]*?-->|\s)*<(!doctype )?html/i, { other: 'a web page' }],
];

/** What the file is whose bytes these are. */
export function imageKind(bytes: Uint8Array): ImageKind {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  for (const [signature, kind] of signatures) {
    if (typeof signature === 'string' ? start.startsWith(signature) : signature.test(start)) return kind;
  }
  return { other: undefined };
}
