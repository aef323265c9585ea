import { signal } from '@preact/signals';
import { type SampleName, samples } from './samples.js';

/** The picture that the views look at; none before one was chosen. It is kept in memory alone. */
export const chosenPicture = signal<Blob | undefined>(undefined);

/** One of the samples as a file. */
export const samplePicture = async (name: SampleName): Promise<Blob> => (await fetch(samples[name])).blob();
