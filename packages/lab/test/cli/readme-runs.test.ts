import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logOf } from '../support/run-folder.js';
import { program } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';

const root = resolve(import.meta.dirname, '../../../..');
const [section] = readFileSync(join(root, 'README.md'), 'utf8')
  .split(/^(?=## )/m)
  .filter((part) => part.startsWith('## Images, recipes and runs'));

/** What stands in a Markdown text's fenced blocks of a language. */
const blocks = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!);

const commandBlocks = (markdown: string): string[] => blocks(markdown, 'sh');

describe.skipIf(process.platform === 'win32')("README's commands run as they stand", () => {
  const folder = suiteFolder();
  cpSync(join(root, 'samples'), join(folder, 'samples'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const run = (block: string) => {
    // `npx` would look for another version in the network.
    const npx = `npx() { shift; "${process.execPath}" "${program}" "$@"; }`;
    const ended = spawnSync('sh', ['-e', '-c', `${npx}\n${block}`], { cwd: folder, encoding: 'utf8' });
    expect(ended, ended.stderr).toMatchObject({ status: 0 });
    return ended.stdout;
  };

  it('about images, recipes and runs', () => {
    const [images, recipe, resumed, ...others] = commandBlocks(section!);
    expect(others).toEqual([]);
    const lines = run(images!);
    expect(lines).toMatch(/^samples\/astronaut\.png: happy \(\d+ %\)$/m);
    expect(lines).toMatch(/"file": "samples\/astronaut\.png",\n +"faces": /);
    expect(lines).toMatch(/^-: happy \(\d+ %\)$/m);
    expect(existsSync(join(folder, 'drawn/portrait.jpg'))).toBe(true);
    expect(lines).toMatch(/^why\.png: happy \(\d+ %\)$/m);
    expect(run(recipe!)).toMatch(/^runs\/mine\/best\.safetensors: validation accuracy /);
    const described = run(resumed!);
    expect(described).toMatch(/^network +mobilenet-v3-small$/m);
    expect(described).toMatch(/^mine\.onnx: mobilenet-v3-small, /m);
    // The graph takes images of any size (N×height×width×channels), as bytes.
    expect(readFileSync(join(folder, 'mine.onnx')).toString('latin1')).toContain('height');
    const log = logOf(join(folder, 'runs/mine'));
    expect(log.map(({ epoch, size, learningRate }) => [epoch, size, learningRate])).toEqual([
      [1, 32, 0.002],
      [2, 32, 0.002],
    ]);
  });
});
