import { type Split, splits } from '../dataset.js';
import { nameKey } from './names.js';

const synonyms: Record<Split, readonly string[]> = {
  train: ['training'],
  validation: ['val', 'valid', 'dev'],
  test: ['testing'],
};

/** The split that people call `name`, whatever its case; nothing for any other word. */
export function splitCalled(name: string): Split | undefined {
  const wanted = nameKey(name);
  return splits.find((split) => split === wanted || synonyms[split].includes(wanted));
}
