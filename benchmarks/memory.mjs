/**
 * Whether memory stays flat: photos through one recognizer, and recognizers created and released, in Node and in a headless
 * Chromium; see README.md.
 *
 *   node benchmarks/memory.mjs [--photos 2000] [--recognizers 200] [--only node|chromium]
 *
 * Resident memory is read after each tenth, when garbage has been collected: of the Node process that recognises, or of all
 * Chromium's processes. What counts is what the nine tenths after the first add.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '2000' },
    recognizers: { type: 'string', default: '200' },
    only: { type: 'string' },
    // For the process that recognises itself.
    task: { type: 'string' },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const counts = { photos: Number(values.photos), recognizers: Number(values.recognizers) };
/** Sides in pixels: photos of many sizes, as an album has them. */
const sides = [160, 200, 240, 280, 320, 360, 400, 512];
const megabytes = (bytes) => bytes / 1e6;

/** The portrait in those sizes, as files' contents. */
async function photos() {
  const { default: sharp } = await import('sharp');
  const portrait = join(root, 'samples/portrait.jpg');
  return Promise.all(sides.map((side) => sharp(portrait).resize(side).jpeg().toBuffer()));
}

/** What is done `count` times, in a process of its own that says its memory after each tenth. */
async function recogniseInNode(task) {
  const { createRecognizer } = await import('sdnet');
  const images = await photos();
  const expectFace = (faces) => {
    if (faces.length !== 1) throw new Error(`${faces.length} faces instead of one.`);
  };
  const one = task === 'photos' ? await createRecognizer() : undefined;
  for (let done = 0; done < counts[task];) {
    const recognizer = one ?? (await createRecognizer());
    expectFace(await recognizer.recognize(images[done % images.length]));
    if (!one) await recognizer.release();
    if (++done % (counts[task] / 10) === 0) {
      globalThis.gc();
      console.log(JSON.stringify(process.memoryUsage().rss));
    }
  }
  await one?.release();
}

async function inNode(task) {
  const args = ['--expose-gc', fileURLToPath(import.meta.url), '--task', task];
  for (const [name, count] of Object.entries(counts)) args.push(`--${name}`, String(count));
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const tenths = [];
  for await (const line of createInterface(child.stdout)) tenths.push(report('Node', task, Number(line)));
  if (tenths.length !== 10) throw new Error('Node has not come to the end.');
  return tenths;
}

/** In the page: what is done, as often as it is told. */
const page = `
import { createRecognizer } from 'sdnet';
const images = await Promise.all(${JSON.stringify(sides)}.map(async (side) => (await fetch(side + '.jpg')).blob()));
const expectFace = (faces) => {
  if (faces.length !== 1) throw new Error(faces.length + ' faces instead of one.');
};
let one;
window.run = async (task, start, count) => {
  if (task === 'photos') one ??= await createRecognizer({ threads: 1 });
  for (let index = start; index < start + count; index++) {
    const recognizer = task === 'photos' ? one : await createRecognizer({ threads: 1 });
    expectFace(await recognizer.recognize(images[index % images.length]));
    if (recognizer !== one) await recognizer.release();
  }
};
`;

async function inChromium(task) {
  const { build } = await import('esbuild');
  const { chromium } = await import('playwright-core');
  const folder = await mkdtemp(join(tmpdir(), 'sdnet-memory-'));
  const bundle = { bundle: true, format: 'esm', logLevel: 'silent' };
  const main = { contents: page, resolveDir: root, sourcefile: 'main.js' };
  await build({ ...bundle, stdin: main, outfile: join(folder, 'main.js') });
  const worker = join(root, 'packages/sdnet/dist/browser/recognizer-worker.js');
  await build({ ...bundle, entryPoints: [worker], outfile: join(folder, 'recognizer-worker.js') });
  await writeFile(join(folder, 'index.html'), '<!doctype html><script type="module" src="main.js"></script>');
  for (const [index, photo] of (await photos()).entries())
    await writeFile(join(folder, `${sides[index]}.jpg`), photo);
  const files = [
    ...['back', 'short-range'].map((name) => `models/blazeface/${name}.onnx`),
    'models/sdnet-fer2013/weights.safetensors',
    'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  ];
  for (const file of files) await copyFile(join(root, file), join(folder, basename(file)));
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const server = createServer(async ({ url }, response) => {
    const name = url === '/' ? 'index.html' : basename(url);
    const content = await readFile(join(folder, name)).catch(() => undefined);
    const type = types[extname(name)] ?? 'application/octet-stream';
    response.writeHead(content ? 200 : 404, { 'content-type': type });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const launched = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--js-flags=--expose-gc'],
  });
  try {
    const opened = await launched.newPage();
    await opened.goto(`http://127.0.0.1:${server.address().port}`);
    await opened.waitForFunction('window.run');
    const tenths = [];
    const tenth = counts[task] / 10;
    for (let index = 0; index < 10; index++) {
      await opened.evaluate(`run('${task}', ${index * tenth}, ${tenth})`);
      await opened.evaluate('gc()');
      tenths.push(report('Chromium', task, await residentBelow(process.pid)));
    }
    return tenths;
  } finally {
    await launched.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resident bytes of a process's descendants, without what they share with others (Linux). */
async function residentBelow(pid) {
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) && (await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined));
    // The name, in brackets, may hold blanks.
    if (stat) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isBelow = (one) => one !== undefined && (parents.get(one) === pid || isBelow(parents.get(one)));
  let sum = 0;
  for (const one of parents.keys()) {
    const status = isBelow(one) && (await readFile(`/proc/${one}/status`, 'utf8').catch(() => undefined));
    for (const [, kibibytes] of (status || '').matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm))
      sum += 1024 * Number(kibibytes);
  }
  return sum;
}

function report(where, task, bytes) {
  console.error(`${where}, ${task}: ${megabytes(bytes).toFixed(0)} MB`);
  return bytes;
}

/** Bytes that each of the last nine tenths adds, by the line that fits them best. */
function slope(tenths) {
  const later = tenths.slice(1);
  const middle = (later.length - 1) / 2;
  const spread = later.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return later.reduce((sum, bytes, index) => sum + (index - middle) * bytes, 0) / spread;
}

if (values.task) await recogniseInNode(values.task);
else {
  for (const [name, count] of Object.entries(counts))
    if (!(count >= 10 && count % 10 === 0))
      throw new Error(`--${name} ${count}: a multiple of ten is expected.`);
  const rows = [];
  for (const [where, measure] of Object.entries({ Node: inNode, Chromium: inChromium })) {
    if (values.only && values.only !== where.toLowerCase()) continue;
    for (const task of Object.keys(counts)) rows.push({ where, task, tenths: await measure(task) });
  }
  const inMegabytes = (bytes) => megabytes(bytes).toFixed(0);
  console.log(`\n${describeMachine()}. Resident memory in MB after each tenth:\n`);
  console.log(
    table(
      [
        ['', ({ where, task }) => `${where}, ${counts[task]} ${task}`],
        ...Array.from({ length: 10 }, (_, index) => [
          `${index + 1}`,
          ({ tenths }) => inMegabytes(tenths[index]),
        ]),
        ['last − first', ({ tenths }) => inMegabytes(tenths[9] - tenths[0])],
        ['kB each', ({ task, tenths }) => ((10 * slope(tenths)) / counts[task] / 1e3).toFixed(1)],
      ],
      rows,
    ),
  );
}
