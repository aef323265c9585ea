/** Two images that may be copies, by their positions. */
export interface Candidate {
  readonly first: number;
  readonly second: number;
  readonly correlation: number;
}

/**
 * Collects candidates, of which each image keeps those with the highest correlation, so that of a thousand images that
 * are all alike not every pair is looked at closely.
 *
 * @param most how many each image keeps
 */
export function bestCandidates<Kind extends Candidate>(most: number) {
  const kept = new Map<number, Kind[]>();
  const keep = (image: number, candidate: Kind) => {
    const list = kept.get(image);
    if (!list) kept.set(image, [candidate]);
    else if (list.length < most) list.push(candidate);
    else {
      let least = 0;
      for (let index = 1; index < most; index++)
        if (list[index]!.correlation < list[least]!.correlation) least = index;
      if (list[least]!.correlation < candidate.correlation) list[least] = candidate;
    }
  };
  return {
    add(candidate: Kind): void {
      keep(candidate.first, candidate);
      keep(candidate.second, candidate);
    },
    /** Each once. */
    all: (): Set<Kind> => new Set([...kept.values()].flat()),
  };
}
