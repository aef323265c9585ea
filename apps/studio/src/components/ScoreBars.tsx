import { expressionName, texts } from '../texts/texts.js';

interface ScoreBarsProps {
  readonly scores: Readonly<Record<string, number>>;
  /** Of the highest; the others are pale. */
  readonly colour: string;
  /** Scores to compare with, marked on the bars. */
  readonly before?: Readonly<Record<string, number>>;
}

/** A bar for each class, in the network's order. */
export function ScoreBars({ scores, colour, before }: ScoreBarsProps) {
  const { percent, scores: title } = texts.value;
  const highest = Math.max(...Object.values(scores));
  return (
    <dl class="bars" aria-label={title}>
      {Object.entries(scores).map(([name, score]) => (
        <div key={name} class={score === highest ? 'bar highest' : 'bar'}>
          <dt>{expressionName(name)}</dt>
          <dd>
            <span class="track">
              <span class="length" style={{ transform: `scaleX(${score})`, background: colour }} />
              {before?.[name] !== undefined && (
                <span class="mark" style={{ left: `${100 * before[name]}%` }} />
              )}
            </span>
            <span class="number">{percent(score)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
