import { put } from './temporary-folder.js';

/** A training that takes a second or so: faces drawn by code, of 32×32 pixels, by a recipe in `folder`. */
export function smallTraining(folder: string, epochs: number): readonly string[] {
  const recipe = put(
    folder,
    `small-${epochs}.yaml`,
    `extends: paper\nsize: 32\nbatch: 14\nepochs: ${epochs}\nlearningRate: 0.002\n`,
  );
  return [
    ...['train', '--dataset', 'synthetic', '--samples', '10', '--model', 'mobilenet-v3-small'],
    ...['--recipe', recipe, '--threads', '1'],
  ];
}
