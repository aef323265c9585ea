/**
 * Rows as an aligned Markdown table.
 *
 * @param columns titles and what a row shows there, such as ['batch', (row) => row.batch]; columns of numbers stand right
 */
export function table(columns, rows) {
  const texts = rows.map((row) => columns.map(([, show]) => String(show(row) ?? '–')));
  const widths = columns.map(([title], index) =>
    Math.max(title.length, ...texts.map((line) => line[index].length)),
  );
  const right = columns.map((_, index) => texts.every((line) => /^[\d.–]+$/.test(line[index])));
  const pad = (text, index) => (right[index] ? text.padStart(widths[index]) : text.padEnd(widths[index]));
  const rule = widths.map((width, index) => (right[index] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [columns.map(([title]) => title).map(pad), rule, ...texts.map((line) => line.map(pad))]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
}

/** A number rounded to three significant digits, or to a whole number from 1000 on. */
export function threeDigits(number) {
  return number >= 1000 ? number.toFixed(0) : String(Number(number.toPrecision(3)));
}
