import type { DecodedImage } from 'sdnet';

/** An image whose face is to be cropped. */
export interface PlannedImage {
  /** What it is called: its path below the data set's folder, or its row. */
  readonly source: string;
  /** Changes where the image does. */
  readonly version: string;
  readonly read: () => Promise<DecodedImage>;
  /** Path of the crop below the new folder, with `/`; a PNG. */
  readonly target: string;
  /** Frames of one sequence follow each other; one without a face is cropped where its neighbour has one. */
  readonly sequence?: string;
}

/** A file that is written beside the crops. */
export interface BesideFile {
  /** Path below the new folder. */
  readonly target: string;
  readonly content: string;
}

/** How a data set is cropped. */
export interface CropPlan {
  /** The data set as it is afterwards, for the command line: `--data` is the new folder, or this below it. */
  readonly data?: string;
  /** Side of the crops in pixels. */
  readonly size: number;
  /** In an order that does not depend on the system. */
  readonly images: readonly PlannedImage[];
  /** The other files of the data set, such as labels, as far as they are of the images that were `cropped` (by target). */
  readonly beside: (cropped: ReadonlySet<string>) => readonly BesideFile[];
}
