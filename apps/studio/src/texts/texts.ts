import { computed, signal } from '@preact/signals';
import { de } from './de.js';
import { en, type Texts } from './en.js';

export const languages = { en, de } as const;
export type Language = keyof typeof languages;

const preferred = navigator.languages.map((name) => name.slice(0, 2)).find((name) => name in languages);

/** The language shown: the first that the browser asks for, or what the user has chosen. */
export const language = signal<Language>((preferred as Language | undefined) ?? 'en');

/** The texts in the language shown. */
export const texts = computed<Texts>(() => languages[language.value]);

/** An expression's name in the language shown; a class of the user's own is named as they did. */
export const expressionName = (expression: string): string =>
  texts.value.expressions[expression] ?? expression;

/** What went wrong, and what to do, in the language shown. */
export function errorText(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: string };
  const { unexpected, ...known } = texts.value.errors;
  if (typeof code === 'string' && code in known) return known[code as keyof typeof known];
  return unexpected(message ?? String(error));
}
