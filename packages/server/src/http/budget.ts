/** Bodies of all requests that are received or waited for, in bytes, as announced: bounds the memory. */
export interface Budget {
  /** Takes its part, and returns what gives it back; undefined where there is no room. */
  take(bytes: number): (() => void) | undefined;
}

export function createBudget(limit: number): Budget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > limit) return undefined;
      taken += bytes;
      let isBack = false;
      return () => {
        if (!isBack) taken -= bytes;
        isBack = true;
      };
    },
  };
}
