import { errorText, expressionName, texts } from '../texts/texts.js';

/** What went wrong in teaching, and what to do, in the language shown. */
export function teachErrorText(error: unknown): string {
  const { code, className } = error as { readonly code?: unknown; readonly className?: string };
  const { aboutClass } = texts.value.teach;
  if (className !== undefined && typeof code === 'string' && code in aboutClass)
    return aboutClass[code as keyof typeof aboutClass](expressionName(className));
  return errorText(error);
}
