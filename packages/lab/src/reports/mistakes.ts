import type { ImagePrediction } from '../evaluation/predictions.js';
import { percent } from '../experiments/cells.js';
import { type Block, heading, paragraph, table } from './document.js';
import type { ReportedRun } from './reported-run.js';

const shown = 12;

/** An image as PNG; undefined where the data set has none of that name. */
export type ThumbnailOf = (file: string) => Promise<Uint8Array | undefined>;

const confidenceOf = ({ scores }: ImagePrediction): number => Math.max(...scores);

/** The wrong answers a network was surest of, the surest first. */
export const confidentMistakes = (predictions: readonly ImagePrediction[]): ImagePrediction[] =>
  predictions
    .filter(({ label, predicted }) => label !== predicted)
    .map((prediction, index) => ({ prediction, index, confidence: confidenceOf(prediction) }))
    .sort((a, b) => b.confidence - a.confidence || a.index - b.index)
    .slice(0, shown)
    .map(({ prediction }) => prediction);

/** Faces are personal data: the images themselves are shown only where they are asked for. */
export async function mistakeBlocks(
  { run, predictions }: ReportedRun,
  thumbnailOf: ThumbnailOf | undefined,
): Promise<Block[]> {
  const mistakes = confidentMistakes(predictions);
  if (mistakes.length === 0) return [];
  const start = [
    heading(2, 'The surest mistakes'),
    paragraph(
      `The wrong answers that ${run} was surest of. Often it is the label that one would dispute. ` +
        (thumbnailOf
          ? 'These are images of people: pass this page on to nobody who may not see them.'
          : 'Images are left out, as faces are personal data; --images shows them.'),
    ),
  ];
  if (!thumbnailOf)
    return [
      ...start,
      table(
        `What ${run} was surest of, and wrong`,
        {
          header: ['image', 'label', 'recognised as', 'confidence'],
          rows: mistakes.map((mistake) => [
            mistake.file,
            mistake.label,
            mistake.predicted,
            percent(confidenceOf(mistake)),
          ]),
        },
        3,
      ),
    ];
  const pictures = [];
  for (const mistake of mistakes) {
    const png = await thumbnailOf(mistake.file);
    if (png)
      pictures.push({
        png,
        description: `A face labelled ${mistake.label}`,
        lines: [`label ${mistake.label}`, `taken for ${mistake.predicted}`, percent(confidenceOf(mistake))],
      });
  }
  return [...start, { kind: 'pictures', pictures }];
}
