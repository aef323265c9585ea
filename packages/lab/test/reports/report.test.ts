import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/reports/document.js';
import { htmlPage } from '../../src/reports/html-page.js';
import { markdownPage } from '../../src/reports/markdown-page.js';
import { confidentMistakes } from '../../src/reports/mistakes.js';
import { commandText } from '../../src/runs/command-text.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

describe('a page', () => {
  const hostile = '<script>alert(1)</script> | `x` "y" $& $\' $` \u001b[31m\u202e';
  const document: ReportDocument = {
    title: hostile,
    summary: hostile,
    blocks: [
      { kind: 'heading', level: 2, text: hostile },
      { kind: 'table', title: hostile, header: ['', hostile], rows: [[hostile, '1']] },
      {
        kind: 'matrix',
        title: hostile,
        classNames: [hostile, 'b'],
        counts: [
          [3, 1],
          [0, 0],
        ],
      },
      {
        kind: 'charts',
        charts: [
          {
            kind: 'chart',
            title: hostile,
            description: hostile,
            svg: '<svg width="1"></svg>',
            table: { header: [hostile], rows: [[hostile]] },
          },
        ],
      },
    ],
  };

  it('takes nothing of what it is given for markup', () => {
    const page = htmlPage(document);
    expect(page).not.toMatch(/<script/i);
    for (const hidden of ['\u001b', '\u202e']) expect(page).not.toContain(hidden);
    // What String.replace would read as a part of its pattern is text.
    expect(page.match(/<svg/g)).toHaveLength(page.match(/<\/svg>/g)!.length);
    // No attribute ends early.
    expect(page).not.toMatch(/aria-label="[^"]*" "/);
    const text = markdownPage(document);
    expect(text).not.toMatch(/(?<!\\)</);
    expect(text.split('\n').filter((line) => line.startsWith('| '))).toSatisfy((lines: string[]) =>
      lines.every((line) => line.split(/(?<!\\)\|/).length >= 3),
    );
  });

  it('shades a confusion matrix by the share of each row', () => {
    const page = htmlPage(document);
    expect(page).toContain('<td class="right" style="--share:0.750">3<span>75\u00a0%</span></td>');
    expect(page).toContain('<td class="wrong" style="--share:0.250">1<span>25\u00a0%</span></td>');
    // Of no images there is no share.
    expect(page).toContain('<td class="wrong" style="--share:0.000">0<span>0\u00a0%</span></td>');
  });
});

it('the surest mistakes are the wrong answers of the highest score, twelve at most', () => {
  const prediction = (score: number, predicted: string) => ({
    file: `${score}.png`,
    label: 'a',
    predicted,
    scores: [1 - score, score],
  });
  const wrong = Array.from({ length: 20 }, (_, index) => prediction(0.5 + index / 50, 'b'));
  const found = confidentMistakes([prediction(0.99, 'a'), ...wrong]);
  expect(found).toEqual(wrong.slice(-12).reverse());
});

it('commands are kept without the places where data and results lie', () => {
  const options = {
    dataset: 'ck+48',
    data: '/home/ann/CK+48',
    'data-seed': 0,
    'class-names': "it's, so",
    recipe: '/home/ann/small.yaml',
    init: undefined,
    teacher: ['/home/ann/a.safetensors', 'b.safetensors'],
    out: '/home/ann/runs',
  };
  expect(commandText('train', options)).toBe(
    String.raw`npx sdnet train --dataset ck+48 --data PATH --class-names 'it'\''s, so' --recipe small.yaml ` +
      '--teacher a.safetensors --teacher b.safetensors --out FOLDER',
  );
});

describe('sdnet report refuses', () => {
  const report = (what: string, ...args: string[]) => {
    const folder = temporaryFolder();
    return sdnetHere('report', what, '--out', join(folder, 'page.html'), ...args).then((ended) => ({
      ...ended,
      left: readdirSync(folder),
    }));
  };
  const table = (networks: unknown) =>
    JSON.stringify({ format: 'sdnet-comparison', version: 1, dataset: 'synthetic', networks });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a folder without results',
      {},
      /has nothing to report: table\.json, .* of an experiment, or last\.safetensors/,
    ],
    [
      'results that are no JSON',
      { 'table.json': '{' },
      /table\.json: is no JSON\. The command that made it makes it again/,
    ],
    [
      'results of another format',
      { 'table.json': '{"format":"x"}' },
      /table\.json: is not what this version writes: format/,
    ],
    [
      'results whose runs were not kept',
      { 'table.json': table([{ runs: ['sdnet-seed1'] }]) },
      /evaluations\/sdnet-seed1\.json is missing/,
    ],
    [
      'a damaged evaluation',
      { 'table.json': table([{ runs: ['a'] }]), 'evaluations/a.json': '{"format":"sdnet-evaluation"}' },
      /evaluations\/a\.json: is not what this version writes: /,
    ],
  ])('%s', async (_, files, expected) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'runs'));
    for (const [name, content] of Object.entries(files)) put(folder, `runs/${name}`, content);
    const { code, stderr, left } = await report(join(folder, 'runs'));
    expect(stderr).toMatch(expected);
    expect({ code, left }).toEqual({ code: 1, left: [] });
  });

  it('images in Markdown', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await sdnetHere('report', folder, '--out', join(folder, 'page.md'), '--images');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/^--images: Markdown/) });
  });

  it('weights that do not say which data set they are of', async () => {
    const weights = join(import.meta.dirname, '../../../../models/sdnet-fer2013');
    const { code, stderr, left } = await report(weights);
    expect(stderr).toMatch(/does not say which data set it is of: name it by --dataset and --data/);
    expect({ code, left }).toEqual({ code: 2, left: [] });
  });
});
