import { join } from 'node:path';
import { recipeNamed } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { readRecipe } from '../../src/training/read-recipe.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

const read = (name: string, content: string | Uint8Array) =>
  readRecipe(put(temporaryFolder(), name, content));

describe('readRecipe', () => {
  it('reads a whole recipe, and calls it after its file where it has no name', async () => {
    const { name: _, ...fields } = recipeNamed('paper');
    const expected = { ...recipeNamed('paper'), name: 'mine' };
    expect(await read('mine.json', JSON.stringify(fields))).toEqual(expected);
    expect(await read('x.json', JSON.stringify(expected))).toEqual(expected);
  });

  it('reads what is different from another, in YAML', async () => {
    const text = [
      '# Ours',
      'extends: strong',
      'epochs: 5',
      'early: null',
      'optimizer: { name: adamw, weightDecay: 0.01 }',
      'augmentation:',
      '  horizontalFlip: 0.5',
    ].join('\n');
    const { early: _, ...strong } = recipeNamed('strong');
    const augmentation = { ...recipeNamed('paper').augmentation, horizontalFlip: 0.5 };
    expect(await read('ours.yml', text)).toEqual({
      ...strong,
      name: 'ours',
      epochs: 5,
      optimizer: { name: 'adamw', weightDecay: 0.01 },
      augmentation,
    });
  });

  it.each([
    ['r.json', '{ "epochs": 3', /r\.json: not readable as JSON/],
    ['r.yaml', 'epochs: [3', /r\.yaml: not readable as YAML/],
    ['r.yaml', 'epochs: 3\nepochs: 4', /r\.yaml: not readable as YAML \(Map keys must be unique/],
    ['r.yaml', '', /a recipe is expected/],
    ['r.yaml', '- 3', /a recipe is expected/],
    ['r.yaml', 'extends: weak', /extends "weak", but one of paper, strong, distilled, fine-tune is expected/],
    ['r.yaml', 'extends: [paper]', /extends \["paper"\], but/],
    ['r.yaml', 'epochs: 3', /This is no recipe\. .*size: /],
    ['r.yaml', 'extends: paper\nepoch: 3', /This is no recipe\. .*"epoch"/],
    ['r.json', '{ "extends": "paper", "__proto__": { "epochs": 3 } }', /This is no recipe\. .*__proto__/],
    ['r.yaml', 'extends: paper\nepochs: 1e9', /epochs: .*10000/],
    ['r.yaml', 'extends: paper\nbatch: 1e12', /batch: .*65536/],
    ['r.yaml', 'extends: paper\nsize: 513', /size: .*512/],
    ['r.yaml', 'extends: strong\nsize: 32', /early\.size: may not be larger than size; with early: null/],
    ['r.yaml', 'extends: paper\noptimizer: { name: sgd, momentum: 1 }', /momentum: /],
    ['r.yaml', 'extends: paper\nlearningRate: .inf', /learningRate: /],
    ['r.yaml', 'extends: paper\nlearningRate: 1e50', /learningRate: not a positive float32 number/],
    ['r.yaml', 'extends: paper\nlearningRate: 1e-50', /learningRate: not a positive float32 number/],
    ['r.yaml', new Uint8Array([0x6e, 0x3a, 0xe9]), /is no text in UTF-8/],
    ['r.yaml', '#'.repeat(100_001), /larger than 100 kB/],
    [
      'r.yaml',
      ['a: &a [x, x, x, x, x, x, x, x, x]', ...'bcdefghi']
        .map((line, index) =>
          index === 0
            ? line
            : `${line}: &${line} [${Array(9)
                .fill(`*${'abcdefghi'[index - 1]}`)
                .join(', ')}]`,
        )
        .join('\n'),
      /not readable as YAML \(Excessive alias count/,
    ],
  ])('refuses %s: %j', async (name, content, expected) => {
    expect(await refusal(read(name, content))).toMatch(expected);
  });

  it('says where there is no such file, or a folder', async () => {
    const folder = temporaryFolder();
    expect(await refusal(readRecipe(join(folder, 'none.yaml')))).toContain('there is no such file or folder');
    expect(await refusal(readRecipe(folder))).toContain('a file is expected');
  });
});
