/** The seven expressions in FER2013's order, which is the canonical one everywhere. */
export const expressions = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;
export type Expression = (typeof expressions)[number];

const synonyms: Record<Expression, readonly string[]> = {
  angry: ['anger'],
  disgust: ['disgusted'],
  fear: ['fearful'],
  happy: ['happiness'],
  sad: ['sadness'],
  surprise: ['surprised'],
  neutral: [],
};

/** The expression that data sets and people call `name`, whatever its case; nothing for any other word. */
export function expressionCalled(name: string): Expression | undefined {
  const wanted = name.toLowerCase();
  return expressions.find((expression) => expression === wanted || synonyms[expression].includes(wanted));
}
