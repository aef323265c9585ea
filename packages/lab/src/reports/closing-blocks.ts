import type { Recipe } from '@sdnet/training';
import type { DatasetName } from '../datasets/index.js';
import { percent } from '../experiments/cells.js';
import { packageVersion } from '../files/package-version.js';
import { type Block, heading, paragraph, table } from './document.js';
import { literature, paperReference, references } from './literature.js';
import type { ReportedRun } from './reported-run.js';

/** What was measured here, to stand beside the others'. */
export interface HereRow {
  readonly name: string;
  readonly accuracy: number;
}

/** What others have, by the paper: its Tables 2 to 5, that of this data set first. */
export function literatureBlocks(dataset: string, here: readonly HereRow[]): Block[] {
  const tables = Object.entries(literature).sort(
    ([a], [b]) => Number(b === dataset) - Number(a === dataset),
  ) as [DatasetName, (typeof literature)[DatasetName] & {}][];
  const cited = new Set(tables.flatMap(([, { rows }]) => rows.flatMap(({ reference }) => reference ?? [])));
  // Cited nowhere else in the paper than in the tables whose methods were lost.
  const unplaced = [28, 29];
  return [
    heading(2, 'What others have reached'),
    paragraph(
      'Tables 2 to 5 of the paper, as it prints them; "Ours" is the paper\'s SDNet. They were measured by others, on divisions of ' +
        'the data sets that are not always the same, so they are a rough comparison. In the text of the paper that this was ' +
        "made from, two rows each of Tables 4 and 5 have lost their method's name; references [28] and [29], which nothing else " +
        'cites, are likely theirs.',
    ),
    {
      kind: 'tables',
      tables: tables.map(([name, { title, rows }]) =>
        table(title, {
          header: ['method', 'accuracy'],
          rows: [
            ...rows.map(({ method, accuracy, reference }) => [
              (method ?? '(name not in the text)') + (reference === undefined ? '' : ` [${reference}]`),
              percent(accuracy, 2),
            ]),
            ...(name === dataset ? here : []).map((row) => [
              `${row.name}, measured here`,
              percent(row.accuracy, 2),
            ]),
          ],
        }),
      ),
    },
    {
      kind: 'references',
      references: [
        { label: 'the paper', text: paperReference },
        ...[...cited, ...unplaced]
          .sort((a, b) => a - b)
          .map((number) => ({ label: `[${number}]`, text: references[number]! })),
      ],
    },
  ];
}

/** How all of it is made again: commands, seeds, settings, versions and machines. */
export function makingBlocks(commands: readonly string[], runs: readonly ReportedRun[]): Block[] {
  const recipes = new Map(runs.flatMap(({ recipe }) => (recipe ? [[recipe.name, recipe]] : [])));
  const trainings = [...new Set(runs.flatMap(({ command }) => command ?? []))];
  const machines = runs.flatMap(({ run, machines: lines }) =>
    lines.map((line) => [
      run,
      String(line.epoch),
      `${line.processor}, ${line.cores} cores`,
      String(line.threads),
      line.node,
      line.onnxruntime,
      line.sdnet ?? '–',
    ]),
  );
  return [
    heading(2, 'How this was made'),
    ...(commands.length + trainings.length > 0
      ? [
          paragraph(
            'PATH stands for the folder or file of the data set, FOLDER for that of the results. The same command, data, seed and ' +
              'kind of processor give the same weights and figures to the last bit.',
          ),
          { kind: 'commands', lines: [...commands, ...trainings] } as const,
        ]
      : []),
    table(
      'The runs',
      {
        header: ['run', 'network', 'recipe', 'seed', 'epochs', 'parameters', 'multiply-adds'],
        rows: runs.map((run) => [
          run.run,
          run.model,
          run.recipe?.name ?? '–',
          run.seed === undefined ? '–' : String(run.seed),
          run.epoch === undefined ? '–' : String(run.epoch),
          `${(run.parameters / 1e6).toFixed(3)} M`,
          `${(run.multiplyAdds / 1e6).toFixed(1)} M`,
        ]),
      },
      3,
    ),
    ...[...recipes.values()].map((recipe) =>
      table(`Recipe ${recipe.name}`, { header: ['setting', 'value'], rows: recipeRows(recipe) }, 2),
    ),
    ...(machines.length > 0
      ? [
          table(
            'Where they were trained: a line for each start',
            {
              header: ['run', 'from epoch', 'processor', 'threads', 'Node', 'ONNX Runtime', 'sdnet'],
              rows: machines,
            },
            3,
          ),
        ]
      : []),
    paragraph(`This report was written by sdnet ${packageVersion}, Node ${process.versions.node}.`),
  ];
}

/** Every setting, those within others by their path. */
function recipeRows(recipe: Recipe): string[][] {
  const flat = (value: unknown, path: string): string[][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, entry]) => flat(entry, path === '' ? key : `${path}.${key}`))
      : [[path, String(value)]];
  return flat(recipe, '').filter(([path]) => path !== 'name');
}

/** The words that a reader may not know. */
export const glossaryBlocks = (): Block[] => [
  heading(2, 'What the figures mean'),
  {
    kind: 'references',
    references: [
      { label: 'accuracy', text: 'The share of images whose expression was recognised as their label says.' },
      {
        label: 'recall',
        text: 'Of the images of one expression, the share that was recognised as it.',
      },
      {
        label: 'precision',
        text: 'Of the images that were recognised as one expression, the share that shows it.',
      },
      {
        label: 'F1',
        text: 'The harmonic mean of recall and precision; macro-F1 is its mean over the expressions.',
      },
      {
        label: 'balanced accuracy',
        text: 'The mean of the recalls: a rare expression counts as much as a common one. By guessing, one reaches one in the number of expressions.',
      },
      {
        label: '95 % interval',
        text: 'Where the figure would lie with other images of the same kind, by drawing from these again and again (bootstrap). It does not contain what another seed would change.',
      },
      {
        label: 'p (McNemar)',
        text: 'How probable a difference at least as large would be on these images, were both networks equally good. Small values, below 0.05 say, speak for a real difference.',
      },
      {
        label: 'expected calibration error',
        text: 'How far confidence is off: the mean distance between what the network thinks its chances are and how often it is right.',
      },
      {
        label: 'confusion matrix',
        text: 'Each row holds the images of one expression, each column those recognised as one: right answers lie on the diagonal.',
      },
      {
        label: 'multiply-adds',
        text: 'Multiplications with an addition that one image takes: what recognition costs, whatever the machine.',
      },
    ],
  },
  paragraph(
    'An expression is what a face shows, not what a person feels. These figures are means over one data set; they do not hold for ' +
      'other faces, cameras and light, and are lower for people whom the data set has few images of.',
  ),
];
