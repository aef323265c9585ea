import { nameKey } from './names.js';

/** The seven expressions in FER2013's order, which is the canonical one everywhere. */
export const expressions = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;
export type Expression = (typeof expressions)[number];

/** With contempt, which CK+ and FER+ have besides; again the canonical order. */
export const eightExpressions = [...expressions, 'contempt'] as const;
export type AnyExpression = (typeof eightExpressions)[number];

/** Forms of the same word, and slips that widespread data sets are spelled with. No other words: joy may be a class. */
const synonyms: Record<AnyExpression, readonly string[]> = {
  angry: ['anger'],
  disgust: ['disgusted', 'disgusting'],
  fear: ['fearful'],
  happy: ['happiness', 'happyness'],
  sad: ['sadness'],
  surprise: ['surprised', 'surprising', 'suprise', 'suprised'],
  neutral: ['neutrality'],
  contempt: ['contemptuous'],
};

/**
 * The one of the expressions `among` that data sets and people call `name`, whatever its case and however numbered
 * (`Anger`, `0_angry`, `3. happiness`); nothing for any other word, nor for a number alone.
 */
export function expressionCalled<Known extends AnyExpression>(
  name: string,
  among: readonly Known[],
): Known | undefined {
  const wanted = nameKey(name).replace(/^\d+[\s._-]*(?=\p{L})/u, '');
  return among.find((expression) => expression === wanted || synonyms[expression].includes(wanted));
}
