import { effect, signal } from '@preact/signals';
import { language } from '../texts/texts.js';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** The colours: those of the system, or what the user has chosen. */
export const theme = signal<Theme>('system');

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  document.documentElement.lang = language.value;
});
