import { effect, signal } from '@preact/signals';
import { type Language, language, languages } from '../texts/texts.js';
import { type Theme, theme, themes } from './appearance.js';

const key = 'sdnet-studio-settings';

/** Whether language and colours are kept for the next visit: only where the user has asked for it. */
export const isRemembering = signal(false);

/** Takes what was kept, and keeps what changes where that was asked for. */
export function restoreSettings(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as {
      language?: string;
      theme?: string;
    } | null;
    if (kept) {
      isRemembering.value = true;
      if (kept.language !== undefined && kept.language in languages)
        language.value = kept.language as Language;
      if (themes.includes(kept.theme as Theme)) theme.value = kept.theme as Theme;
    }
  } catch {
    // Nothing readable was kept, or the browser keeps nothing at all.
  }
  effect(() => {
    const settings = JSON.stringify({ language: language.value, theme: theme.value });
    try {
      if (isRemembering.value) localStorage.setItem(key, settings);
      else localStorage.removeItem(key);
    } catch {
      isRemembering.value = false;
    }
  });
}
