import { type AnyExpression, eightExpressions } from '@sdnet/training';

/** How many classes CK+ is divided into (paper, section 3.1). */
export const ckPlusClassCounts = [6, 7, 8] as const;
export type CkPlusClassCount = (typeof ckPlusClassCounts)[number];

/** 8: all. 7: without neutral. 6: without neutral and contempt. In the canonical order. */
export function ckPlusClasses(count: CkPlusClassCount): AnyExpression[] {
  return eightExpressions.filter(
    (expression) => !(expression === 'neutral' && count < 8) && !(expression === 'contempt' && count < 7),
  );
}
