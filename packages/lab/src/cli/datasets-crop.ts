import { UserError } from '@sdnet/training';
import type { CommandModule } from 'yargs';
import type { DatasetName } from '../datasets/index.js';
import { cropDataset, type CropResult, unfinishedFolder } from '../datasets-crop/crop-dataset.js';
import { imagesDisplay } from './images-display.js';
import { datasetOptions, jsonOption } from './options.js';
import { Interrupted, interruption } from './interruption.js';
import { complain, print, printJson } from './output.js';
import { visible } from '../files/visible.js';
import { quoted } from '../runs/command-text.js';

interface CropArguments {
  readonly dataset: string;
  readonly data: string;
  readonly out: string;
  readonly json: boolean;
}

export const cropCommand: CommandModule<unknown, CropArguments> = {
  command: 'crop',
  describe: 'Find the face in each image of a data set, and write the crops as a data set that can be loaded',
  builder: (yargs) =>
    yargs
      .options({
        dataset: datasetOptions.dataset,
        data: { ...datasetOptions.data, demandOption: true },
        out: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description:
            'The new folder; until all is done, the work is in DIR.unfinished, and the same command goes on',
        },
        ...jsonOption,
      })
      .example(
        '$0 datasets crop --dataset ck+ --data CK+ --out cropped',
        "Crop CK+'s frames, without Landmarks/",
      ),
  async handler({ dataset, data, out, json }) {
    const { signal, listen, close } = interruption();
    const progress = imagesDisplay();
    listen();
    try {
      const result = await cropDataset({
        dataset: dataset as DatasetName,
        ...{ data, out, signal },
        onUnreadable: complain,
        onProgress: progress.show,
      });
      progress.hide();
      if (!result.finished)
        throw new Interrupted(
          `Stopped. ${unfinishedFolder(out)} holds the crops so far; the same command goes on with them.`,
        );
      if (json) printJson({ out, ...result });
      else for (const line of linesOf(result, out, dataset)) print(line);
      if (result.unreadable > 0)
        throw new UserError(
          `${result.unreadable} of ${result.images} images could not be read; ${result.report} names them.`,
        );
    } finally {
      progress.hide();
      close();
    }
  },
};

function linesOf(
  { images, cropped, withoutFace, croppedLikeNeighbour, severalFaces, data, report }: CropResult,
  out: string,
  dataset: string,
): string[] {
  const left = withoutFace - croppedLikeNeighbour;
  return [
    `${cropped} of ${images} images are cropped in ${visible(out)}.`,
    `${withoutFace} have no face that was found: ${left} are left out, ${croppedLikeNeighbour} are cropped where the nearest frame of their sequence has one.`,
    `${severalFaces} have several faces: the largest is cropped.`,
    `${visible(report)} names them.`,
    `Train on it: sdnet train --dataset ${dataset} --data ${quoted(visible(data))}`,
  ];
}
