import { signal } from '@preact/signals';
import { createRecognizer, type ImageSource, type Recognizer } from 'sdnet';

export type StudioRecognizer = Recognizer<ImageSource>;

/** As many as half the processor's cores, four at most, where the page may use several at all. */
export const threads: number = crossOriginIsolated
  ? Math.min(4, Math.max(1, Math.ceil(navigator.hardwareConcurrency / 2)))
  : 1;

/** Whether the recognizer of the shipped weights can be used. */
export const engine = signal<
  { readonly state: 'loading' | 'ready' } | { readonly state: 'failed'; readonly error: unknown }
>({ state: 'loading' });

let loadingForCrops: Promise<StudioRecognizer> | undefined;

/** The same weights, for pictures that are cropped to a face. It is made when it is first asked for. */
export function cropRecognizer(): Promise<StudioRecognizer> {
  loadingForCrops ??= createRecognizer({ threads, detector: false }).catch((error: unknown) => {
    loadingForCrops = undefined;
    throw error;
  });
  return loadingForCrops;
}

let loading: Promise<StudioRecognizer> | undefined;

/**
 * The recognizer of the shipped weights, which all views share. It computes in a worker of its own. Where it could not be
 * made, the next call tries again.
 */
export function shippedRecognizer(): Promise<StudioRecognizer> {
  loading ??= createRecognizer({ threads }).then(
    (recognizer) => {
      engine.value = { state: 'ready' };
      return recognizer;
    },
    (error: unknown) => {
      loading = undefined;
      engine.value = { state: 'failed', error };
      throw error;
    },
  );
  return loading;
}
