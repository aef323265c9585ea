import { UserError } from 'sdnet';
import { type Dataset, requireSplit, type Split } from '../dataset.js';

/**
 * The images of a split that a calibration may be fitted on: those of the validation split. On training images a network
 * is surer than it is on others, and the test split is not there to choose anything by.
 *
 * @throws UserError for another split, or where there are no validation images
 */
export function calibrationImages(dataset: Dataset, split: Split = 'validation'): number[] {
  if (split === 'test')
    throw new UserError(
      'The test split is not there to fit a calibration on: figures measured on it afterwards would be too good. Use the ' +
        'validation split.',
    );
  if (split === 'train')
    throw new UserError(
      'The network was trained on the train split and is surer there than elsewhere: a calibration fitted on it ' +
        'would believe it too much. Use the validation split.',
    );
  return requireSplit(dataset, split);
}
