import { computed, signal } from '@preact/signals';
import ghostNet from '../../../../models/table-1/ghostnet-seed1/last.safetensors?url';
import sdnetTable from '../../../../models/table-1/sdnet-seed1/last.safetensors?url';
import shuffleNet from '../../../../models/table-1/shufflenet-v2-seed1/last.safetensors?url';
import sdnet48 from '../../../../models/sdnet-fer2013-48/weights.safetensors?url';
import sdnetPaper from '../../../../models/sdnet-fer2013-paper/weights.safetensors?url';
import { models, weightsOf } from '../teach/models.js';
import { readWeightsFile } from './weights-file.js';

/** A model that can be chosen. */
export interface OfferedModel {
  readonly id: string;
  /** A name that needs no translation; that of the shipped one is in the texts. */
  readonly name: string;
  /** Its weights, as `createRecognizer` takes them; undefined: the shipped ones. */
  readonly weights: () => Promise<string | Uint8Array | undefined>;
}

const ofPage = (id: string, name: string, address: string): OfferedModel => ({
  ...{ id, name },
  weights: async () => address,
});

/** Those that come with the page: the shipped one first. */
const shipped: readonly OfferedModel[] = [
  { id: 'shipped', name: 'SDNet', weights: async () => undefined },
  ofPage('sdnet-48', 'SDNet, 48×48 pixels', sdnet48),
  ofPage('sdnet-paper', 'SDNet, recipe of the paper', sdnetPaper),
  ofPage('sdnet-table', 'SDNet, 30 epochs', sdnetTable),
  ofPage('shufflenet-table', 'ShuffleNetV2, 30 epochs', shuffleNet),
  ofPage('ghostnet-table', 'GhostNet, 30 epochs', ghostNet),
];

/** Those that were imported to be compared. */
export const ownModels = signal<readonly OfferedModel[]>([]);

/** Those that were taught here, or imported to be kept. */
const keptModels = computed<readonly OfferedModel[]>(() =>
  models.value.map(({ id, name }) => ({ id, name, weights: () => weightsOf(id) })),
);

export const offeredModels = computed<readonly OfferedModel[]>(() => [
  ...shipped,
  ...keptModels.value,
  ...ownModels.value,
]);

/**
 * Offers a file of weights under its name, until the page is closed.
 *
 * @throws as `readWeightsFile`; what is in it is judged when a recognizer is made of it
 */
export async function importModel(file: File): Promise<OfferedModel> {
  const bytes = await readWeightsFile(file);
  const model = {
    id: `own-${ownModels.peek().length}-${file.name}`,
    name: file.name,
    weights: async () => bytes,
  };
  ownModels.value = [...ownModels.peek(), model];
  return model;
}
