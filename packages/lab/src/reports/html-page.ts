import { percent } from '../experiments/cells.js';
import { htmlText } from '../files/html-text.js';
import { visible } from '../files/visible.js';
import type { Block, Chart, Matrix, ReportDocument, Rows } from './document.js';
import { style } from './page-style.js';

/** The report as a page that needs nothing beside it: it opens from disk, asks nobody for anything, and runs no script. */
export function htmlPage({ title, summary, blocks }: ReportDocument): string {
  const places = headingPlaces(blocks);
  const contents = [...places]
    .filter(([{ level }]) => level === 2)
    .map(([{ text }, id]) => `<li><a href="#${id}">${shown(text)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${shown(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="kind">Facial expression recognition · report</p>
<h1>${shown(title)}</h1>
<p class="summary">${shown(summary)}</p>
<nav aria-label="Contents"><ul>${contents.join('')}</ul></nav>
</header>
<main>
${blocks.map((block) => blockHtml(block, places)).join('\n')}
</main>
</body>
</html>
`;
}

type Heading = Extract<Block, { kind: 'heading' }>;

/** Where each heading is found on the page. */
const headingPlaces = (blocks: readonly Block[]): ReadonlyMap<Heading, string> =>
  new Map(
    blocks
      .filter((block) => block.kind === 'heading')
      .map((block, index) => [block, `section-${index + 1}`] as const),
  );

/** Names of files and classes may hold anything. */
const shown = (text: string): string => htmlText(visible(text).replaceAll(/(\d) %/g, '$1\u00a0%'));

function blockHtml(block: Block, places: ReadonlyMap<Heading, string>): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level} id="${places.get(block)}">${shown(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p>${shown(block.text)}</p>`;
    case 'figures':
      return `<dl class="figures">${block.figures
        .map(
          ({ name, value, note }) =>
            `<div><dt>${shown(name)}</dt><dd><strong>${shown(value)}</strong><span>${shown(note)}</span></dd></div>`,
        )
        .join('')}</dl>`;
    case 'charts':
      return `<div class="charts">${block.charts
        .map((chart) => (chart.kind === 'chart' ? chartHtml(chart) : matrixHtml(chart)))
        .join('\n')}</div>`;
    case 'table':
      return tableHtml(block.title, block, block.textColumns ?? 1);
    case 'tables':
      return `<div class="tables">${block.tables
        .map((each) => `<div>${tableHtml(each.title, each, each.textColumns ?? 1)}</div>`)
        .join('\n')}</div>`;
    case 'matrix':
      return matrixHtml(block);
    case 'commands':
      return scrolling('Commands', `<pre><code>${block.lines.map(shown).join('\n')}</code></pre>`);
    case 'references':
      return `<dl class="references">${block.references
        .map(({ label, text }) => `<div><dt>${shown(label)}</dt><dd>${shown(text)}</dd></div>`)
        .join('')}</dl>`;
    case 'pictures':
      return `<ul class="pictures">${block.pictures
        .map(
          ({ png, description, lines }) =>
            `<li><figure><img alt="${shown(description)}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}">` +
            `<figcaption>${lines.map(shown).join('<br>')}</figcaption></figure></li>`,
        )
        .join('')}</ul>`;
  }
}

/** What is wider than a phone is moved by itself; with a keyboard as well. */
const scrolling = (label: string, content: string): string =>
  `<div class="scrolling" role="group" aria-label="${shown(label)}" tabindex="0">${content}</div>`;

function chartHtml({ title, description, svg, note, table }: Chart): string {
  // A function, as a `$` in a text would be read as a part of the pattern.
  const picture = svg.replace('<svg ', () => `<svg role="img" aria-label="${shown(description)}" `);
  return (
    `<figure class="chart"><figcaption>${shown(title)}</figcaption>${picture}${note === undefined ? '' : `<p>${shown(note)}</p>`}` +
    `<details><summary>Figures<span class="hidden"> of ${shown(title)}</span></summary>${rowsHtml(title, table, 1)}</details></figure>`
  );
}

function rowsHtml(label: string, { header, rows }: Rows, textColumns: number, caption = ''): string {
  const kind = (column: number) => (column < textColumns ? '' : ' class="number"');
  const head = header
    .map((cell, column) => (cell === '' ? '<td></td>' : `<th scope="col"${kind(column)}>${shown(cell)}</th>`))
    .join('');
  const body = rows.map(
    (row) =>
      `<tr>${row
        .map((cell, column) =>
          column === 0 ? `<th scope="row">${shown(cell)}</th>` : `<td${kind(column)}>${shown(cell)}</td>`,
        )
        .join('')}</tr>`,
  );
  return scrolling(
    `${label}: table`,
    `<table>${caption}<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`,
  );
}

const tableHtml = (title: string, rows: Rows, textColumns: number): string =>
  rowsHtml(title, rows, textColumns, `<caption>${shown(title)}</caption>`);

/** The larger a row's share, the stronger the colour. */
function matrixHtml({ title, classNames, counts }: Matrix): string {
  const rows = counts.map((row, label) => {
    const support = row.reduce((sum, images) => sum + images, 0);
    const cells = row.map((images, predicted) => {
      const share = support === 0 ? 0 : images / support;
      const kind = label === predicted ? 'right' : 'wrong';
      return `<td class="${kind}" style="--share:${share.toFixed(3)}">${images}<span>${shown(percent(share, 0))}</span></td>`;
    });
    return `<tr><th scope="row">${shown(classNames[label]!)}</th>${cells.join('')}</tr>`;
  });
  const head = classNames.map((name) => `<th scope="col"><span>${shown(name)}</span></th>`).join('');
  const table =
    `<table class="matrix"><thead><tr><td class="corner">true ↓ taken for →</td>${head}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table>`;
  return `<figure class="chart matrix"><figcaption>${shown(title)}</figcaption>${scrolling(title, table)}</figure>`;
}
