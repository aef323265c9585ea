/** What a package needs to have a command of `sdnet` (see command-packages.ts). */
export type { CommandModule } from 'yargs';
export { csvText } from '../files/csv-text.js';
export { readCsv } from '../files/read-csv.js';
export { requireOutputFile } from '../files/require-output-file.js';
export { visible, visibleJson } from '../files/visible.js';
export { beginOutput, type NewFile } from '../files/write-file.js';
export { forEachParallel } from '../images/for-each-parallel.js';
export { isImage } from '../images/list-images.js';
export { isVideoName } from '../video/video-file.js';
export { expandImages } from './expand-images.js';
export { faceCells, faceColumns } from './faces-csv.js';
export { imagesDisplay } from './images-display.js';
export { Interrupted, interruption, untilStopped } from './interruption.js';
export { requireThreads, requireWhole } from './options.js';
export { complain, print, printJson } from './output.js';
export { duration } from './progress-display.js';
export { UsageError } from './usage-error.js';
export { weightsFileOf, weightsOption } from './weights.js';
