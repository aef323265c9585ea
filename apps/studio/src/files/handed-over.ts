import { signal } from '@preact/signals';
import { go } from '../shell/route.js';

/** A file that waits for the view that shows such files. */
export const handedOver = signal<File | undefined>(undefined);

export const isVideo = ({ type }: File): boolean => type.startsWith('video/');

/** Opens a file in the view for it: videos live, all others as a photo. */
export function openFile(file: File): void {
  handedOver.value = file;
  go(isVideo(file) ? 'live' : 'photo');
}
