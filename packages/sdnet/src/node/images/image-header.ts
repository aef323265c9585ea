/** What a file's own header says, read before any decoder sees the file. */
export interface ImageHeader {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** What decoding takes of memory for a pixel, its result of 3 bytes included. */
  readonly bytesPerPixel: number;
  /** How often the decoder goes over the pixels. Default 1. */
  readonly passes?: number;
  /**
   * The file without what its pixels do not depend on (texts, further frames), and with what is mended that decoders
   * stumble over though the pixels are whole.
   */
  readonly bytes: Uint8Array;
  /** What was mended, such as `3 stray bytes in the header`. */
  readonly mended?: readonly string[];
  /** Of a JPEG: where in `bytes` the picture data of each scan ends. */
  readonly scanEnds?: readonly number[];
  /** What the file is, such as `a TIFF of signed 8-bit samples`, where that is not read. */
  readonly refused?: string | undefined;
}
