import { visible } from '../files/visible.js';
import type { Block, Matrix, ReportDocument, Rows } from './document.js';

/** The report as Markdown, as repositories show it: charts are tables there, and images are left out. */
export function markdownPage({ title, summary, blocks }: ReportDocument): string {
  const parts = [`# ${plain(title)}`, plain(summary), ...blocks.flatMap(blockMarkdown)];
  return `${parts.join('\n\n')}\n`;
}

/** Text in which nothing is markup. */
const plain = (text: string): string => visible(text).replace(/[\\`*_[\]<>|#]/g, String.raw`\$&`);

function blockMarkdown(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
      return [`${'#'.repeat(block.level)} ${plain(block.text)}`];
    case 'paragraph':
      return [plain(block.text)];
    case 'figures':
      return [
        rowsMarkdown(
          {
            header: ['', 'figure', ''],
            rows: block.figures.map(({ name, value, note }) => [name, value, note]),
          },
          1,
        ),
      ];
    case 'charts':
      return block.charts.flatMap((chart) =>
        chart.kind === 'matrix'
          ? matrixMarkdown(chart)
          : [
              `**${plain(chart.title)}**`,
              plain(chart.description),
              ...(chart.note === undefined ? [] : [plain(chart.note)]),
              rowsMarkdown(someRows(chart.table), 1),
            ],
      );
    case 'table':
      return [`**${plain(block.title)}**`, rowsMarkdown(block, block.textColumns ?? 1)];
    case 'tables':
      return block.tables.flatMap(blockMarkdown);
    case 'matrix':
      return matrixMarkdown(block);
    case 'commands':
      return [['```sh', ...block.lines.map(visible), '```'].join('\n')];
    case 'references':
      return [block.references.map(({ label, text }) => `- **${plain(label)}**: ${plain(text)}`).join('\n')];
    case 'pictures':
      return [];
  }
}

const mostRows = 16;

/** Of a long curve every second epoch, or third …, and the last. */
function someRows({ header, rows }: Rows): Rows {
  const step = Math.ceil(rows.length / mostRows);
  return { header, rows: rows.filter((_, index) => (rows.length - 1 - index) % step === 0) };
}

function rowsMarkdown({ header, rows }: Rows, textColumns: number): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(header.map(plain)),
    line(header.map((_, column) => (column < textColumns ? '---' : '---:'))),
    ...rows.map((row) => line(row.map(plain))),
  ].join('\n');
}

const matrixMarkdown = ({ title, classNames, counts }: Matrix): string[] => [
  `**${plain(title)}**: true in rows, taken for in columns`,
  rowsMarkdown(
    {
      header: ['', ...classNames],
      rows: counts.map((row, label) => [classNames[label]!, ...row.map(String)]),
    },
    1,
  ),
];
