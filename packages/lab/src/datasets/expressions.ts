/** The seven expressions in FER2013's order, which is the canonical one everywhere. */
export const expressions = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;
export type Expression = (typeof expressions)[number];

/** With contempt, which CK+ and FER+ have besides; again the canonical order. */
export const eightExpressions = [...expressions, 'contempt'] as const;
export type AnyExpression = (typeof eightExpressions)[number];

const synonyms: Record<AnyExpression, readonly string[]> = {
  angry: ['anger'],
  disgust: ['disgusted'],
  fear: ['fearful'],
  happy: ['happiness'],
  sad: ['sadness'],
  surprise: ['surprised'],
  neutral: [],
  contempt: ['contemptuous'],
};

/**
 * The one of the expressions `among` that data sets and people call `name`, whatever its case; nothing for any
 * other word.
 */
export function expressionCalled<Known extends AnyExpression>(
  name: string,
  among: readonly Known[],
): Known | undefined {
  const wanted = name.toLowerCase();
  return among.find((expression) => expression === wanted || synonyms[expression].includes(wanted));
}
