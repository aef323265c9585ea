import { type Split, splits } from '@sdnet/training';
import { nameKey } from '../files/names.js';

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
