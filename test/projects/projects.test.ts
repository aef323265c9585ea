import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, visit } from '../support/browser.js';
import { codeBlocks } from '../support/markdown.js';
import {
  npm,
  packAll,
  root,
  type Tarball,
  userEnvironment,
  withOurDependencies,
} from '../support/packages.js';

let folder: string;
let tarballs: ReadonlyMap<string, Tarball>;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sdnet-projects-')));
  tarballs = packAll(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where onnxruntime-node's install script looks for a way out, nobody answers. */
const blocked = {
  ...userEnvironment(),
  GLOBAL_AGENT_HTTPS_PROXY: 'http://127.0.0.1:9',
  GLOBAL_AGENT_HTTP_PROXY: 'http://127.0.0.1:9',
};

/** A folder with nothing but a package.json and a face. */
function emptyProject(name: string): string {
  const project = join(folder, name);
  mkdirSync(join(project, 'public'), { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  copyFileSync(join(root, 'samples/astronaut-grey-48.png'), join(project, 'face.png'));
  copyFileSync(join(root, 'samples/astronaut-grey-48.png'), join(project, 'public/face.png'));
  return project;
}

/** The arguments of a documented `npm install`, with packed packages in place of those a registry would have. */
const withTarballs = (command: string): string[] =>
  withOurDependencies(command.trim().split(/\s+/).slice(1)).map(
    (argument) => tarballs.get(argument)?.path ?? argument,
  );

const install = (project: string, args: readonly string[]) =>
  npm(project, [...args, '--prefer-offline', '--no-audit', '--no-fund'], blocked);

/** Bytes of a folder's files. */
const sizeOf = (path: string): number =>
  lstatSync(path).isDirectory()
    ? readdirSync(path).reduce((size, name) => size + sizeOf(join(path, name)), 0)
    : lstatSync(path).size;

/** Prints a line of docs/packages.md. */
const report = (what: string, bytes: number) =>
  process.stdout.write(`${what}: ${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB\n`);

const [nodeInstall, webInstall] = codeBlocks('README.md', 'sh', 'In a program') as [string, string];
const [nodeSample, webSample] = codeBlocks('README.md', 'js', 'In a program') as [string, string];

/** What the sample portrait shows, as the samples print it. */
const happy = /^happy 0\.9\d+ /;

describe('an empty Node project, where downloads are blocked', () => {
  it('installs the command, which works or says the one command that makes it work', () => {
    const project = emptyProject('command');
    const withoutServer = [...tarballs].filter(([name]) => name !== '@sdnet/server');
    install(project, ['install', ...withoutServer.map(([, { path }]) => path)]);
    const sdnet = (...args: string[]) =>
      spawnSync(join(project, 'node_modules/.bin/sdnet'), args, { cwd: project, encoding: 'utf8' });
    const predict = () => sdnet('predict', 'face.png');
    expect(sdnet('serve')).toMatchObject({
      status: 1,
      stderr: 'The package @sdnet/server is not installed. Install it with: npm install @sdnet/server\n',
    });
    report('node_modules of the command, without its runtime', sizeOf(join(project, 'node_modules')));
    // npm 12 runs no install scripts, and so the package is there.
    if (!existsSync(join(project, 'node_modules/onnxruntime-node'))) {
      const { status, stderr } = predict();
      expect(status).toBe(1);
      expect(stderr).toMatch(/^The package onnxruntime-node is not installed\. Install it with: npm (.*)\n$/);
      install(project, /npm (.*)/.exec(stderr)![1]!.split(' '));
    }
    expect(predict()).toMatchObject({ stdout: expect.stringMatching(/^face\.png: happy/), status: 0 });
    report('node_modules of the command', sizeOf(join(project, 'node_modules')));
  });

  it('has types that resolve, those of the dependencies too, of every package', () => {
    const project = join(folder, 'command');
    const names = [...tarballs.keys()].filter((name) => !name.includes('model'));
    install(project, ['install', '--ignore-scripts', tarballs.get('@sdnet/server')!.path]);
    const imports = [
      ...[...names, '@sdnet/autograd/node', '@sdnet/autograd/web'],
      ...['@sdnet/lab/cli', '@sdnet/server/serve-command'],
      ...['@sdnet/server/label-command'],
    ];
    writeFileSync(
      join(project, 'check.ts'),
      imports.map((name, index) => `export * as all${index} from '${name}';\n`).join(''),
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const { status, stdout } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...options,
        '--typeRoots',
        join(root, 'node_modules/@types'),
        'check.ts',
      ],
      { cwd: project, encoding: 'utf8' },
    );
    expect(status, stdout).toBe(0);
  });

  it('runs the samples of the READMEs', () => {
    const project = emptyProject('node');
    install(project, withTarballs(nodeInstall));
    const samples = {
      'recognize.mjs': nodeSample,
      'fit.mjs': codeBlocks('packages/autograd/README.md', 'js')[0]!,
    };
    for (const [file, sample] of Object.entries(samples)) writeFileSync(join(project, file), sample);
    const run = (file: string) =>
      execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8', env: userEnvironment() });
    expect(run('recognize.mjs')).toMatch(happy);
    const [, slope, offset] = /\[ (\S+), (\S+) \]/.exec(run('fit.mjs'))!;
    expect(Number(slope)).toBeCloseTo(2, 5);
    expect(Number(offset)).toBeCloseTo(0.5, 5);
    expect(existsSync(join(project, 'node_modules/onnxruntime-web'))).toBe(false);
  });
});

describe('an empty project for a page', () => {
  let project: string;

  beforeAll(() => {
    project = emptyProject('web');
    install(project, withTarballs(webInstall));
    report('node_modules of a page', sizeOf(join(project, 'node_modules')));
    writeFileSync(join(project, 'main.js'), webSample);
    writeFileSync(join(project, 'index.html'), codeBlocks('docs/bundlers.md', 'html')[0]!);
  });

  it('has neither native libraries nor what only Node needs', () => {
    expect(existsSync(join(project, 'node_modules/onnxruntime-node'))).toBe(false);
    expect(existsSync(join(project, 'node_modules/sharp'))).toBe(false);
  });

  describe.skipIf(!hasChromium)('built as docs/bundlers.md says, in Chromium', () => {
    const visits = (dist: string, isolated: boolean) =>
      visit(dist, mkdtempSync(join(folder, 'profile-')), isolated);

    const installedBundlers = new Set<string>();

    /** Builds the page as a bundler's block says, whose first line installs it; returns the folder. */
    function build(bundler: string, sample: string): string {
      const dist = join(project, 'dist');
      rmSync(dist, { recursive: true, force: true });
      writeFileSync(join(project, 'main.js'), sample);
      const [installed, ...lines] = codeBlocks('docs/bundlers.md', 'sh', bundler)[0]!.trim().split('\n');
      if (!installedBundlers.has(bundler)) install(project, installed!.split(' ').slice(1));
      installedBundlers.add(bundler);
      execFileSync('sh', ['-ec', lines.join('\n')], { cwd: project, env: userEnvironment(), stdio: 'pipe' });
      return dist;
    }

    it.each(['Vite', 'webpack 5', 'esbuild'])('with %s, on one thread and on two', async (bundler) => {
      const dist = build(bundler, webSample);
      const { printed, requested } = await visits(dist, false);
      expect(printed).toMatch(happy);
      const wasm = requested.filter((path) => path.endsWith('.wasm'));
      expect(wasm).toHaveLength(1);
      const scripts = requested.filter((path) => path.endsWith('.js'));
      report(
        `scripts by ${bundler}`,
        scripts.reduce((size, path) => size + sizeOf(join(dist, path)), 0),
      );
      report(`WebAssembly by ${bundler}`, sizeOf(join(dist, wasm[0]!)));

      const threaded = build(
        bundler,
        webSample.replace('createRecognizer()', 'createRecognizer({ threads: 2 })'),
      );
      const visited = await visits(threaded, true);
      expect(visited.printed).toMatch(happy);
      expect(visited.workers).toBeGreaterThanOrEqual(1);
      // The second thread starts the runtime's script, not the page's.
      const again = visited.requested.filter((path, index, all) => all.indexOf(path) !== index);
      expect(again).not.toContain(scripts[0]);
    });

    it('with the WebAssembly elsewhere', async () => {
      const elsewhere = webSample.replace(
        'createRecognizer()',
        "createRecognizer({ wasmPaths: '/wasm/', threads: 2 })",
      );
      const dist = build('esbuild', elsewhere);
      rmSync(join(dist, 'ort-wasm-simd-threaded.wasm'));
      for (const kind of ['wasm', 'mjs'])
        cpSync(
          join(project, `node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.${kind}`),
          join(dist, `wasm/ort-wasm-simd-threaded.${kind}`),
        );
      const { printed, requested, workers } = await visits(dist, true);
      expect(printed).toMatch(happy);
      expect(requested).toContain('/wasm/ort-wasm-simd-threaded.wasm');
      expect(workers).toBeGreaterThanOrEqual(1);
    });
  });
});
