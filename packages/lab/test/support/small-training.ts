import { put } from './temporary-folder.js';

/** Writes a recipe that takes little time: recipe `paper` at 32×32 pixels, in batches of 14. */
export const smallRecipe = (folder: string, epochs: number): string =>
  put(
    folder,
    `small-${epochs}.yaml`,
    `extends: paper\nsize: 32\nbatch: 14\nepochs: ${epochs}\nlearningRate: 0.002\n`,
  );

/** A training that takes a second or so: faces drawn by code, by a small recipe in `folder`. */
export function smallTraining(folder: string, epochs: number): readonly string[] {
  const recipe = smallRecipe(folder, epochs);
  return [
    ...['train', '--dataset', 'synthetic', '--samples', '10', '--model', 'mobilenet-v3-small'],
    ...['--recipe', recipe, '--threads', '1'],
  ];
}
