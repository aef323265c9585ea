import { extname } from 'node:path';
import {
  type CommandModule,
  duration,
  interruption,
  print,
  printJson,
  requireMinimumFace,
  requireOutputFile,
  requireThreads,
  requireWhole,
  UsageError,
  visible,
  weightsFileOf,
  faceOptions,
  weightsOption,
} from '@sdnet/lab/cli';
import { labelTask } from './label/label-task.js';
import { label, requireAll } from './label/label.js';
import { type Progress, readProgress } from './label/ledger.js';
import { isOutputName, outputEndings } from './label/write-labels.js';
import { queueStatus } from './queue/queue-status.js';
import { requireRedis } from './queue/redis.js';

interface Arguments {
  readonly images?: string[] | undefined;
  readonly out: string;
  readonly ledger?: string | undefined;
  readonly weights?: string | undefined;
  readonly cropped: boolean;
  readonly 'minimum-face'?: number | undefined;
  readonly 'maximum-faces'?: number | undefined;
  readonly views?: 1 | 2 | undefined;
  readonly every?: number | undefined;
  readonly workers?: number | undefined;
  readonly queue?: string | undefined;
  readonly status: boolean;
  readonly json: boolean;
}

/** `sdnet label`. */
export const command: CommandModule<unknown, Arguments> = {
  command: 'label [images..]',
  describe: 'Label folders of photos and videos',
  builder: (yargs) =>
    yargs
      .positional('images', {
        type: 'string',
        array: true,
        description:
          'Photos and videos: files, folders, quoted patterns, manifests (.csv with a column file)',
      })
      .options({
        out: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description: `Where the labels go: ${outputEndings.join(', ')}`,
        },
        ledger: {
          type: 'string',
          requiresArg: true,
          description: "What is labelled already (default: the output's name with the ending .ledger)",
        },
        ...weightsOption,
        ...faceOptions,
        every: {
          type: 'number',
          requiresArg: true,
          description: 'Of a video, read the first picture in every so many ms (default: every picture)',
        },
        workers: {
          type: 'number',
          requiresArg: true,
          description: 'Processes that compute, each with networks of its own (default: all cores)',
        },
        queue: {
          type: 'string',
          requiresArg: true,
          description:
            'A Redis whose workers (sdnet work) label instead of this machine, such as redis://queue.lan',
        },
        status: {
          type: 'boolean',
          default: false,
          description: 'Label nothing: say how far a labelling is that runs or was stopped',
        },
        json: { type: 'boolean', default: false, description: 'Print JSON' },
      })
      .example('$0 label photos/ --out faces.csv', 'Label a folder; stopped or killed, run it again to go on')
      .example('$0 label --out faces.csv --status', 'See from another terminal how far it is'),
  async handler(options) {
    requireMeaning(options);
    const { images = [], out, cropped, views, every, workers, queue, json } = options;
    const ledger = options.ledger ?? `${out.slice(0, -extname(out).length)}.ledger`;
    if (options.status) return showStatus(ledger, options);
    requireOutputFile(out, 'labels', [...images, ledger]);
    requireOutputFile(ledger, 'ledger', images);
    const { signal, listen, close } = interruption();
    listen();
    try {
      const progress = await label(images, {
        ...{ out, ledger, cropped, views, every, workers, queue, signal },
        weights: weightsFileOf(options.weights),
        minimumFace: options['minimum-face'],
        maximumFaces: options['maximum-faces'],
      });
      show(progress, json);
      requireAll(progress);
    } finally {
      close();
    }
  },
};

function requireMeaning(options: Arguments): void {
  const { images = [], out, cropped, workers, every, queue, status } = options;
  if (!isOutputName(out))
    throw new UsageError(`--out ${out}: a file called ${outputEndings.join(', ')} is expected.`);
  if (status && images.length > 0) throw new UsageError('--status takes no images; it labels nothing.');
  if (!status && images.length === 0)
    throw new UsageError('The command does not say on what: name images or folders.');
  if (queue !== undefined && workers !== undefined)
    throw new UsageError('--workers is for this machine; with --queue, others label.');
  requireThreads(workers, 'workers');
  requireWhole({ 'maximum-faces': options['maximum-faces'] }, 1);
  requireMinimumFace(options['minimum-face']);
  if (every !== undefined && !(Number.isFinite(every) && every > 0))
    throw new UsageError(`--every ${every}: a positive number is expected.`);
  const ofPhotos = {
    'minimum-face': options['minimum-face'],
    'maximum-faces': options['maximum-faces'],
    every,
  };
  for (const [name, value] of Object.entries(ofPhotos))
    if (cropped && value !== undefined)
      throw new UsageError(`--${name} is for photos; with --cropped, no face is looked for.`);
}

async function showStatus(ledger: string, { queue, weights, json }: Arguments): Promise<void> {
  const progress = await readProgress(ledger);
  if (queue === undefined) return show(progress, json);
  const connection = await requireRedis(queue);
  const { weights: digest } = await labelTask(weightsFileOf(weights), { cropped: false });
  const status = await queueStatus(connection, digest);
  if (json) return printJson({ ...progress, rate: progress.rate ?? null, queue: status });
  show(progress, json);
  const { workers, waiting, active, delayed, dead } = status;
  print(
    `${workers} workers at the queue: ${active} files under way, ${waiting} wait, ${delayed} are tried again.`,
  );
  for (const { path, reason, attempts } of dead)
    print(visible(`Dead letter: ${path}, after ${attempts} attempts: ${reason}`));
}

function show(progress: Progress, json: boolean): void {
  const { total, done, failed, faces, rate } = progress;
  if (json) return printJson({ ...progress, rate: rate ?? null });
  const waiting = total - done - failed;
  const speed = rate === undefined ? '' : `, ${rate.toPrecision(3)} files/s`;
  const left = rate && waiting > 0 ? `, ${duration(waiting / rate)} left` : '';
  print(
    `${done} of ${total} files labelled, ${failed} failed, ${waiting} waiting; ${faces} faces${speed}${left}.`,
  );
}
