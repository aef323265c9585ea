import { effect, signal } from '@preact/signals';
import { createRecognizer } from 'sdnet';
import { models, weightsOf } from '../teach/models.js';
import { cropRecognizer, shippedRecognizer, type StudioRecognizer, threads } from './engine.js';

/** The model that photos, videos and faces are read by: `shipped`, or the key of one that is kept. */
export const chosenModel = signal('shipped');

// What was deleted cannot be used any more.
effect(() => {
  const chosen = chosenModel.value;
  if (chosen !== 'shipped' && !models.value.some(({ id }) => id === chosen)) chosenModel.value = 'shipped';
});

/** The name of the chosen model; undefined for the shipped one. */
export const chosenName = (): string | undefined =>
  models.value.find(({ id }) => id === chosenModel.value)?.name;

/** Gives the recognizer of the chosen model, making it where it is another than last. */
function recognizerOfChosen(
  detector: boolean,
  shipped: () => Promise<StudioRecognizer>,
): () => Promise<StudioRecognizer> {
  let made: { readonly id: string; readonly recognizer: Promise<StudioRecognizer> } | undefined;
  return () => {
    const id = chosenModel.peek();
    if (made?.id === id) return made.recognizer;
    void made?.recognizer.then(({ release }) => release()).catch(() => {});
    made = undefined;
    if (id === 'shipped') return shipped();
    const recognizer = weightsOf(id).then((weights) => createRecognizer({ weights, threads, detector }));
    made = { id, recognizer };
    // The next call tries again, unless another was chosen meanwhile: that one stays.
    recognizer.catch(() => {
      if (made?.recognizer === recognizer) made = undefined;
    });
    return recognizer;
  };
}

/** Finds faces and reads them by the chosen model. */
export const chosenRecognizer = recognizerOfChosen(true, shippedRecognizer);

/** The same for pictures that are cropped to a face. */
export const chosenCropRecognizer = recognizerOfChosen(false, cropRecognizer);
