import { computed, signal } from '@preact/signals';
import ghostNet from '../../../../models/table-1/ghostnet-seed1/last.safetensors?url';
import sdnetTable from '../../../../models/table-1/sdnet-seed1/last.safetensors?url';
import shuffleNet from '../../../../models/table-1/shufflenet-v2-seed1/last.safetensors?url';
import sdnetPaper from '../../../../models/sdnet-fer2013-paper/weights.safetensors?url';

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
  ofPage('sdnet-paper', 'SDNet, recipe of the paper', sdnetPaper),
  ofPage('sdnet-table', 'SDNet, 30 epochs', sdnetTable),
  ofPage('shufflenet-table', 'ShuffleNetV2, 30 epochs', shuffleNet),
  ofPage('ghostnet-table', 'GhostNet, 30 epochs', ghostNet),
];

/** Those that were imported or taught here. */
export const ownModels = signal<readonly OfferedModel[]>([]);

export const offeredModels = computed<readonly OfferedModel[]>(() => [...shipped, ...ownModels.value]);

/** Larger files are no weights of these networks: the largest, Xception's, have 84 MB. */
const mostBytes = 256 * 2 ** 20;

/**
 * Offers a file of weights under its name, until the page is closed.
 *
 * @throws Error with the code `weights-too-large`; what is in it is judged when a recognizer is made of it
 */
export async function importModel(file: File): Promise<OfferedModel> {
  if (file.size > mostBytes)
    throw Object.assign(new Error('The file is too large.'), { code: 'weights-too-large' });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const model = {
    id: `own-${ownModels.peek().length}-${file.name}`,
    name: file.name,
    weights: async () => bytes,
  };
  ownModels.value = [...ownModels.peek(), model];
  return model;
}
