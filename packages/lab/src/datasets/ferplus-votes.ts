/** How many of the columns are emotions; two follow, "unknown" and "no face". */
const emotionCount = 8;

/**
 * What FER+'s annotators agreed on: the share of each of the eight emotions, summing to 1, or nothing where the
 * image is to be left out. These are the rules of the authors' published code (the modes "majority" and
 * "crossentropy"), so that results compare.
 *
 * A single vote never counts: it is taken for a slip.
 *
 * - `majority`: one emotion has all the share. It must have more than half of the counted votes.
 * - `distribution`: answers are taken from the most voted down, equal ones together, until they have three
 *   quarters of the counted votes or are three; an answer "unknown" or "no face" ends it, and does not count if
 *   emotions were taken before it. The image is left out where that gives "unknown" or "no face" first, more than
 *   three answers, or half of the counted votes or less.
 *
 * @param votes for the eight emotions, "unknown" and "no face" (NF), in the order of the columns of `fer2013new.csv`
 */
export function agreedEmotions(
  votes: ArrayLike<number>,
  labels: 'majority' | 'distribution',
): number[] | undefined {
  const counted = Array.from(votes, (count) => (count > 1 ? count : 0));
  const total = counted.reduce((sum, count) => sum + count, 0);
  const taken = labels === 'majority' ? mostVoted(counted) : leadingAnswers(counted, total);
  const takenVotes = taken.reduce((sum, answer) => sum + counted[answer]!, 0);
  // Answers beyond the emotions come last.
  const isEmotion = taken.every((answer) => answer < emotionCount);
  if (!isEmotion || taken.length > 3 || takenVotes <= total / 2) return undefined;
  return Array.from({ length: emotionCount }, (_, emotion) =>
    taken.includes(emotion) ? counted[emotion]! / takenVotes : 0,
  );
}

function mostVoted(counted: readonly number[]): number[] {
  return [counted.indexOf(Math.max(...counted))];
}

function leadingAnswers(counted: readonly number[], total: number): number[] {
  const left = [...counted];
  const taken: number[] = [];
  let takenVotes = 0;
  while (takenVotes < 0.75 * total && taken.length < 3) {
    const most = Math.max(...left);
    for (const [answer, count] of left.entries()) {
      if (count !== most) continue;
      if (answer >= emotionCount) return taken.length > 0 ? taken : [answer];
      left[answer] = 0;
      taken.push(answer);
      takenVotes += count;
    }
  }
  return taken;
}
