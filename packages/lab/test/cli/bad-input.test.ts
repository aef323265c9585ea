import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '@sdnet/autograd';
import { loadDataset, readRecipe, requireSplit, runFiles, train, writeWeights } from '@sdnet/lab';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawFer2013, facePngs } from '../support/draw-faces.js';
import { expectSameRun } from '../support/run-folder.js';
import { program, sdnetHere } from '../support/sdnet-command.js';
import { smallRecipe } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const suite = suiteFolder();
const cache = join(suite, 'cache');
process.env.SDNET_CACHE = cache;

/** What the cases spoil copies of: FER2013's folders without test images, weights, and an unfinished run. */
const whole = {
  data: join(suite, 'fer2013'),
  weights: join(suite, 'weights.safetensors'),
  run: join(suite, 'run'),
};
const model = 'mobilenet-v3-small';
const recipeFile = smallRecipe(suite, 2);
/** The options of the unfinished run. */
const trainingOf = (data: string, out: string, network = model) => [
  ...['train', '--dataset', 'fer2013', '--data', data, '--model', network, '--recipe', recipeFile],
  ...['--threads', '1', '--out', out],
];

beforeAll(async () => {
  await drawFer2013(whole.data, { train: 4, validation: 2, test: 0 });
  await writeWeights(whole.weights, untrainedWeights(model));
  const dataset = await loadDataset({ dataset: 'fer2013', data: whole.data });
  const afterFirst = new AbortController();
  await train({
    dataset,
    partition: { train: requireSplit(dataset, 'train'), validation: requireSplit(dataset, 'validation') },
    model,
    recipe: await readRecipe(recipeFile),
    out: whole.run,
    seed: 0,
    threads: 1,
    signal: afterFirst.signal,
    onEpoch: () => afterFirst.abort(),
  });
});

/** Every file and folder below `folder`, with a digest of what is in it. */
function contentOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return [name, 'folder'];
      return [name, createHash('sha256').update(readFileSync(path)).digest('hex')];
    }),
  );
}

/** A command that must fail: its arguments, and what its message must say. */
interface Refused {
  readonly args: readonly string[];
  readonly says: readonly (string | RegExp)[];
}

/** Makes the bad input in an empty folder. */
type Case = readonly [name: string, make: (folder: string) => Refused | Promise<Refused>];

/** Expects of each case: exit code 1, a message for people alone, and not a byte written. */
function refuses(cases: readonly Case[]): void {
  it.each(cases)('%s', async (_, make) => {
    const folder = temporaryFolder();
    const { args, says } = await make(folder);
    const before = contentOf(folder);
    const { code, stdout, stderr } = await sdnetHere(...args);
    for (const text of says)
      if (typeof text === 'string') expect(stderr).toContain(text);
      else expect(stderr).toMatch(text);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).not.toMatch(/^\s+at |\w*Error:|undefined|\[object/m);
    expect(contentOf(folder)).toEqual(before);
    mkdirSync(cache, { recursive: true });
    expect(readdirSync(cache).filter((name) => !name.endsWith('.pack'))).toEqual([]);
  });
}

const copyOf = (source: string, folder: string, name: string): string => {
  cpSync(source, join(folder, name), { recursive: true });
  return join(folder, name);
};

describe('paths', () => {
  refuses([
    [
      'no such data',
      (folder) => ({
        args: trainingOf(join(folder, 'nowhere'), join(folder, 'run')),
        says: [join(folder, 'nowhere'), 'there is no such file or folder'],
      }),
    ],
    [
      'no such image',
      (folder) => ({
        args: ['predict', join(folder, 'face.png')],
        says: [join(folder, 'face.png'), 'there is no such file or folder'],
      }),
    ],
    [
      'no such weights',
      (folder) => ({
        args: ['export', '--weights', join(folder, 'w.safetensors'), '--out', join(folder, 'w.onnx')],
        says: [join(folder, 'w.safetensors'), 'there is no such file or folder'],
      }),
    ],
    [
      'a run folder without weights',
      (folder) => ({
        args: ['evaluate', '--dataset', 'fer2013', '--data', whole.data, '--weights', folder],
        says: [join(folder, 'best.safetensors'), 'there is no such file or folder'],
      }),
    ],
    [
      'an empty folder as FER2013',
      (folder) => ({
        args: ['datasets', 'check', '--dataset', 'fer2013', '--data', folder],
        says: [`${folder}: neither fer2013.csv nor a folder train/ was found (it is empty). Expected`],
      }),
    ],
    [
      'an empty folder as CK+48',
      (folder) => ({
        args: ['train', '--dataset', 'ck+48', '--data', folder, '--fold', '1'],
        says: [folder, /anger|angry/],
      }),
    ],
    [
      'a folder to write into that is not there',
      (folder) => ({
        args: ['export', '--weights', whole.weights, '--out', join(folder, 'not/there.onnx')],
        says: [`there is no folder ${join(folder, 'not')}`],
      }),
    ],
    [
      'a folder where a file is to be written',
      (folder) => {
        mkdirSync(join(folder, 'sdnet.onnx'));
        return {
          args: ['export', '--weights', whole.weights, '--out', join(folder, 'sdnet.onnx')],
          says: [join(folder, 'sdnet.onnx'), 'it is a folder; name a file'],
        };
      },
    ],
    [
      'a file name without a known ending',
      (folder) => ({
        args: ['export', '--weights', whole.weights, '--out', join(folder, 'sdnet.pt')],
        says: [join(folder, 'sdnet.pt'), 'ends in .onnx or .safetensors'],
      }),
    ],
  ]);
});

describe("FER2013's folders", () => {
  refuses([
    [
      'a class folder missing',
      (folder) => {
        const data = copyOf(whole.data, folder, 'data');
        rmSync(join(data, 'train/fear'), { recursive: true });
        return {
          args: trainingOf(data, join(folder, 'run')),
          says: [
            `${join(data, 'train')}: the class folder fear is missing`,
            'angry, disgust, fear, happy, sad, surprise, neutral',
          ],
        };
      },
    ],
    [
      'a corrupt JPEG among the images',
      async (folder) => {
        const data = copyOf(whole.data, folder, 'data');
        const file = put(data, 'train/sad/Training_9.jpg', await corruptJpeg());
        return { args: trainingOf(data, join(folder, 'run')), says: [file, 'damaged or cut off'] };
      },
    ],
    [
      '--split test where there are no test images',
      () => ({
        args: [
          ...['evaluate', '--dataset', 'fer2013', '--data', whole.data],
          ...['--split', 'test', '--weights', whole.weights],
        ],
        says: ['The data set fer2013 has no test images here; it has train and validation.'],
      }),
    ],
    [
      'a fold where nobody knows whose faces they are',
      (folder) => ({
        args: [...trainingOf(whole.data, join(folder, 'run')), '--fold', '1'],
        says: [
          'The data set fer2013 does not say whose face ',
          ' is, so folds without shared subjects cannot be made',
        ],
      }),
    ],
  ]);
});

describe('fer2013.csv', () => {
  const header = 'emotion,pixels,Usage';
  const row = (emotion: number, pixels: readonly number[], usage = 'Training') =>
    `${emotion},${pixels.join(' ')},${usage}`;
  const levels = (count: number) => Array.from({ length: count }, (_, index) => (index * 7) % 256);
  const good = [0, 1, 2].map((emotion) => row(emotion, levels(2304)));
  const csvCase = (name: string, content: string | Buffer, ...says: (string | RegExp)[]): Case => [
    name,
    (folder) => {
      const file = put(folder, 'fer2013.csv', content);
      return { args: trainingOf(file, join(folder, 'run')), says: [file, ...says] };
    },
  ];
  const withRow = (last: string) => [header, ...good, last, ...good, ''].join('\n');
  const fourth = 'row 4 (line 5)';
  refuses([
    csvCase('a row of 2,303 pixels', withRow(row(3, levels(2303))), fourth, 'has 2303 pixels, but 2304'),
    csvCase(
      'a pixel of 256',
      withRow(row(3, [...levels(99), 256, ...levels(2204)])),
      fourth,
      'pixel 100 is "256", but a whole number from 0 to 255 was expected',
    ),
    csvCase(
      'emotion 7',
      withRow(row(7, levels(2304))),
      fourth,
      'emotion is "7", but a number from 0 (angry) to 6 (neutral) was expected',
    ),
    csvCase(
      'cut off in the middle',
      [header, ...good, row(3, levels(1000)).replace(/,Training$/, '')].join('\n'),
      fourth,
      'has 2 columns, but the header has 3',
      'the file is cut off: fetch it again',
    ),
    csvCase(
      'in another encoding',
      Buffer.from(`\uFEFF${withRow(row(3, levels(2304)))}`, 'utf16le'),
      'is in another encoding (UTF-16 or binary); expected text as ASCII or UTF-8',
    ),
    csvCase('empty', '', 'the file is empty'),
  ]);
});

describe('images', () => {
  refuses([
    [
      'a corrupt JPEG',
      async (folder) => {
        const file = put(folder, 'face.jpg', await corruptJpeg());
        return { args: ['predict', file], says: [`${file}: the image is damaged or cut off`] };
      },
    ],
    [
      'a PNG of 40,000 × 40,000 pixels',
      async (folder) => {
        const file = put(folder, 'huge.png', hugePng(40_000));
        return {
          args: ['predict', file],
          says: [`${file}: 40000×40000 pixels are more than the limit of 64 megapixels`],
        };
      },
    ],
    [
      'a text called .png',
      (folder) => {
        const file = put(folder, 'face.png', 'Not a face.\n');
        return { args: ['predict', file], says: [`${file}: not an image`, 'Expected PNG, JPEG'] };
      },
    ],
  ]);

  it('of 40,000 × 40,000 pixels is refused without memory being taken for it', () => {
    const file = put(temporaryFolder(), 'huge.png', hugePng(40_000));
    const sharpModule = `const { decodeImage } = await import('@sdnet/lab');
      await decodeImage(${JSON.stringify(file)}).catch((error) => console.log(error.message));
      console.log(process.resourceUsage().maxRSS);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', sharpModule], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    });
    const [message, kilobytes] = output.trim().split('\n');
    expect(message).toContain('40000×40000');
    // The image would take 1.6 GB.
    expect(Number(kilobytes)).toBeLessThan(600_000);
  });
});

describe('weights', () => {
  const weightsCase = (
    name: string,
    spoil: (bytes: Buffer) => Uint8Array | Promise<Uint8Array>,
    ...says: (string | RegExp)[]
  ): Case => [
    name,
    async (folder) => {
      const file = put(folder, 'bad.safetensors', await spoil(readFileSync(whole.weights)));
      // What is already there stays as it is.
      const out = put(folder, 'sdnet.onnx', 'an earlier export');
      return { args: ['export', '--weights', file, '--out', out], says: [`${file}: `, ...says] };
    },
  ];
  refuses([
    weightsCase(
      'cut short',
      (bytes) => bytes.subarray(0, bytes.length - 1000),
      /cut short: \d+ bytes of data/,
    ),
    weightsCase('cut within the header', (bytes) => bytes.subarray(0, 500), /cut short: a header of/),
    weightsCase('with a flipped byte', (bytes) => flipped(bytes, bytes.length >> 1), 'damaged: its SHA-256'),
    weightsCase('with a flipped byte in the header', (bytes) => flipped(bytes, 200), /damaged|header/),
    weightsCase(
      'of a newer format',
      (bytes) => withMetadata(bytes, { version: '2' }),
      'written in version 2 of the format; this library reads up to 1. Update it.',
    ),
    weightsCase(
      'of another network than they say',
      (bytes) => withMetadata(bytes, { model: 'sdnet' }),
      /The tensor stem\.\S+ (is missing|has the shape)/,
    ),
    weightsCase(
      'of an unknown network',
      (bytes) => withMetadata(bytes, { model: 'resnet' }),
      'there is no model resnet; choose one of sdnet, mobilenet-v3-small',
    ),
    weightsCase(
      'without a size',
      (bytes) => withMetadata(bytes, { size: '0' }),
      'a size of 0 pixels; a whole number from 1 to 512 is expected',
    ),
    weightsCase(
      'a text',
      () => Buffer.from('These are no weights, though long enough.'),
      'not a safetensors file',
    ),
    weightsCase(
      'a checkpoint',
      () => readFileSync(join(whole.run, runFiles.checkpoint)),
      'its metadata does not name the format sdnet-weights',
    ),
    [
      'of other classes than the data set has',
      async (folder) => {
        const classNames = ['angry', 'happy', 'tired'];
        const file = join(folder, 'three.safetensors');
        await writeWeights(file, untrainedWeights(model, { classNames }));
        return {
          args: ['evaluate', '--dataset', 'fer2013', '--data', whole.data, '--weights', file],
          says: [
            'images of classes that the network does not know: disgust (2), fear (2), neutral (2), sad (2), surprise (2). It',
            'knows angry, happy, tired.',
          ],
        };
      },
    ],
    [
      'of another network than is to be fine-tuned',
      (folder) => ({
        args: [...trainingOf(whole.data, join(folder, 'run'), 'sdnet'), '--init', whole.weights],
        says: ['The weights to start from are of mobilenet-v3-small, but sdnet is to be trained.'],
      }),
    ],
  ]);
});

describe('runs', () => {
  const resume = (run: string, network?: string) => [...trainingOf(whole.data, run, network), '--resume'];
  const checkpointCase = (
    name: string,
    spoil: (bytes: Buffer) => Uint8Array | Promise<Uint8Array>,
    ...says: (string | RegExp)[]
  ): Case => [
    `a checkpoint ${name}`,
    async (folder) => {
      const run = copyOf(whole.run, folder, 'run');
      const file = join(run, runFiles.checkpoint);
      writeFileSync(file, await spoil(readFileSync(file)));
      return { args: resume(run), says: [`${file}: `, ...says] };
    },
  ];
  refuses([
    checkpointCase(
      'cut short',
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      /cut short: .* Start the run anew/,
    ),
    checkpointCase(
      'with a flipped byte',
      (bytes) => flipped(bytes, bytes.length - 9),
      'damaged: its SHA-256',
    ),
    checkpointCase(
      'of a newer format',
      (bytes) => withMetadata(bytes, { version: '7' }),
      'written in version 7 of the format; this version reads up to 1. Update the program.',
    ),
    checkpointCase('that is weights', () => readFileSync(whole.weights), 'not a checkpoint'),
    [
      'of another network',
      (folder) => {
        const run = copyOf(whole.run, folder, 'run');
        return {
          args: resume(run, 'shufflenet-v2'),
          says: [
            `${join(run, runFiles.checkpoint)} is of another run: `,
            'network.model was "mobilenet-v3-small", now "shufflenet-v2"',
          ],
        };
      },
    ],
    [
      '--resume in an empty folder',
      (folder) => ({
        args: resume(folder),
        says: [`There is nothing to resume: ${folder} is empty; checkpoint.safetensors is expected there.`],
      }),
    ],
    [
      '--resume in no folder',
      (folder) => ({ args: resume(join(folder, 'none')), says: [`${join(folder, 'none')} does not exist`] }),
    ],
    [
      'a folder that holds one already',
      (folder) => {
        const run = copyOf(whole.run, folder, 'run');
        return {
          args: trainingOf(whole.data, run),
          says: [`${run} already holds a run.`, '--resume', '--out'],
        };
      },
    ],
    [
      'a file in place of the run folder',
      (folder) => {
        const file = put(folder, 'run', 'x');
        return {
          args: trainingOf(whole.data, file),
          says: [`The run folder ${file} could not be made: something else is called like that already.`],
        };
      },
    ],
    [
      'an unknown recipe',
      (folder) => ({
        args: ['train', '--dataset', 'synthetic', '--recipe', 'weak', '--out', join(folder, 'run')],
        says: [
          'There is no recipe weak; choose one of paper, strong, distilled, fine-tune, or name a file that ends in .json, .yaml, .yml.',
        ],
      }),
    ],
    [
      'a batch larger than the training images',
      (folder) => ({
        args: [
          ...['train', '--dataset', 'fer2013', '--data', whole.data, '--batch', '29'],
          ...['--out', join(folder, 'run')],
        ],
        says: ['28 training image(s) do not fill one batch of 29. Choose a smaller batch size.'],
      }),
    ],
  ]);
});

/**
 * Runs shell commands with a small disk of their own at `$disk`, which nobody else sees and which is gone with
 * them: as root, or as root of a user namespace.
 */
function onSmallDisk(disk: string, kilobytes: number, script: string) {
  const namespaces = process.getuid?.() === 0 ? '-m' : '-rm';
  const mount = `mount -t tmpfs -o size=${kilobytes}k tmpfs "$disk"`;
  return spawnSync('unshare', [namespaces, 'sh', '-c', `set -e; ${mount}; ${script}`], {
    encoding: 'utf8',
    env: { ...process.env, disk, program, node: process.execPath },
  });
}

const canMount = onSmallDisk(suite, 64, 'true').status === 0;

describe.skipIf(!canMount)(
  `a full disk${canMount ? '' : ' (not tested: this user may not mount a tmpfs)'}`,
  () => {
    it('while a checkpoint is written: the last one stays, and the run goes on once there is room', async () => {
      const disk = temporaryFolder();
      const saved = temporaryFolder();
      const size = (name: string) => statSync(join(whole.run, name)).size;
      const used = Object.values(runFiles).reduce((sum, name) => sum + size(name), 0);
      // Room for new weights while the old ones are there, but not for a second checkpoint.
      const room = Math.round(1.5 * size(runFiles.last));
      expect(room).toBeLessThan(size(runFiles.checkpoint));
      const resume = `"$node" "$program" ${[...trainingOf(whole.data, disk), '--resume'].join(' ')}`;
      const { status, stdout, stderr } = onSmallDisk(
        disk,
        Math.ceil((used + room) / 1024),
        `cp "${whole.run}"/* "$disk"; ${resume} && exit 9; echo "exit code $?"; ls "$disk";
         cmp "$disk/checkpoint.safetensors" "${whole.run}/checkpoint.safetensors" && echo unchanged;
         mount -o remount,size=1g "$disk"; ${resume}; cp "$disk"/* "${saved}"`,
      );
      const checkpoint = join(disk, runFiles.checkpoint);
      expect(stderr).toContain(
        `${checkpoint} could not be written: the disk is full. Make room and try again. What it held before is unchanged.`,
      );
      expect(stderr).not.toMatch(/^\s+at /m);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stdout).toContain(
        'exit code 1\nbest.safetensors\ncheckpoint.safetensors\nfolds.json\nlast.safetensors\nlog.jsonl\nmachine.jsonl\nrun.json\nunchanged\n',
      );

      const straight = join(suite, 'straight');
      const { code } = await sdnetHere(...trainingOf(whole.data, straight));
      expect(code).toBe(0);
      await expectSameRun(saved, straight);
    });

    it('while weights are exported: what was there before stays', () => {
      const disk = temporaryFolder();
      const exporting = `"$node" "$program" export --weights "${whole.weights}" --out "$disk/sdnet.onnx"`;
      const { status, stdout, stderr } = onSmallDisk(
        disk,
        1024,
        `echo earlier > "$disk/sdnet.onnx"; ${exporting} && exit 9; echo "exit code $?"; ls "$disk"; cat "$disk/sdnet.onnx"`,
      );
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stderr).toContain(`${join(disk, 'sdnet.onnx')} could not be written: the disk is full.`);
      expect(stdout).toBe('exit code 1\nsdnet.onnx\nearlier\n');
    });
  },
);

/** A JPEG whose middle is overwritten. */
async function corruptJpeg(): Promise<Buffer> {
  const [face] = await facePngs('happy', 1);
  const jpeg = await sharp(face).jpeg().toBuffer();
  return jpeg.fill(0xd5, jpeg.length >> 1, jpeg.length - 20);
}

/** A PNG whose header promises `side × side` grey pixels, and which ends after a few. */
function hugePng(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function flipped(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[position]! ^= 0x10;
  return copy;
}

/** A safetensors file written again, whole and with its checksum, with other metadata. */
async function withMetadata(bytes: Uint8Array, changes: Record<string, string>): Promise<Uint8Array> {
  const { tensors, metadata } = await decodeSafetensors(bytes);
  return encodeSafetensors(tensors as ReadonlyMap<string, NamedTensor>, { ...metadata, ...changes });
}
