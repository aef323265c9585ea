/** A file a data set is read from, as far as a change of its content would show without reading it. */
export interface SourceFile {
  /** Below the data set's root, with `/` on every system. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Time of the last change in milliseconds since 1970. */
  readonly modified: number;
}
