import { expressionName, texts } from '../texts/texts.js';
import type { Judgement } from './taught-model.js';

/** How the images of each class were recognised: rows are what they are, columns what was recognised. */
export function ConfusionTable({
  title,
  judgement,
}: {
  readonly title: string;
  readonly judgement: Judgement;
}) {
  const { teach: words, percent } = texts.value;
  const { classNames, metrics } = judgement;
  const { confusion, perClass, accuracy, samples } = metrics;
  const all = [...classNames.keys()];
  const rows = all.filter((row) => perClass[row]!.support > 0);
  const columns = all.filter(
    (column) => rows.includes(column) || rows.some((row) => confusion[row]![column]! > 0),
  );
  return (
    <figure class="confusion">
      <figcaption>
        <strong>{title}</strong> {words.accuracy(percent(accuracy), samples)}
      </figcaption>
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table>
          <caption class="visually-hidden">{words.confusion}</caption>
          <thead>
            <tr>
              <td />
              {columns.map((column) => (
                <th key={column} scope="col">
                  {expressionName(classNames[column]!)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row}>
                <th scope="row">{expressionName(classNames[row]!)}</th>
                {columns.map((column) => {
                  const count = confusion[row]![column]!;
                  const share = count / perClass[row]!.support;
                  return (
                    <td
                      key={column}
                      class={row === column ? 'right' : ''}
                      style={{ '--share': `${Math.round(100 * share)}%` }}
                    >
                      {count}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
