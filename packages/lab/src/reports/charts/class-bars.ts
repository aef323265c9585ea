import type { ClassMetrics } from '@sdnet/training';
import { percent } from '../../experiments/cells.js';
import type { Chart } from '../document.js';
import { axisStyle, chartSvg, colours, legendStyle } from './chart-svg.js';

const kinds = ['recall', 'precision', 'f1'] as const;
const names = { recall: 'recall', precision: 'precision', f1: 'F1' } as const;

/** How well each class is recognised: recall and precision as bars, F1 in the table. */
export function classBars(perClass: readonly ClassMetrics[]): Chart {
  const shown = perClass.filter(({ support }) => support > 0);
  const byRecall = [...shown].sort((a, b) => b.recall - a.recall);
  const bar = (kind: 'recall' | 'precision', index: number) => ({
    type: 'bar' as const,
    name: names[kind],
    silent: true,
    barGap: '10%',
    barCategoryGap: '28%',
    color: colours.series(index),
    itemStyle: { color: colours.series(index), borderRadius: [0, 2, 2, 0] },
    label: {
      show: true,
      position: 'right' as const,
      color: colours.ink,
      fontSize: 10,
      formatter: ({ value }: { value: unknown }) => percent(Number(value), 0),
    },
    data: byRecall.map((metrics) => metrics[kind]),
  });
  const svg = chartSvg(
    {
      legend: { ...legendStyle, icon: 'rect' },
      grid: { left: 66, right: 40, top: 30, bottom: 22 },
      xAxis: {
        ...axisStyle,
        type: 'value',
        min: 0,
        max: 1,
        interval: 0.25,
        axisLabel: { ...axisStyle.axisLabel, formatter: (value: number) => percent(value, 0) },
      },
      yAxis: {
        ...axisStyle,
        type: 'category',
        inverse: true,
        data: byRecall.map(({ expression }) => expression),
        axisLabel: { color: colours.ink, fontSize: 11, width: 60, overflow: 'truncate' },
      },
      series: [bar('recall', 0), bar('precision', 1)],
    },
    60 + 36 * byRecall.length,
  );
  const [best, worst] = [byRecall[0]!, byRecall.at(-1)!];
  return {
    kind: 'chart',
    title: 'Each expression',
    description:
      `Recall and precision of each expression. Recognised best: ${best.expression}, recall ${percent(best.recall)}; ` +
      `worst: ${worst.expression}, ${percent(worst.recall)}.`,
    svg,
    note:
      'Recall: how many of the images of an expression were recognised. Precision: how many of those recognised as it ' +
      'show it.',
    table: {
      header: ['expression', 'recall', 'precision', 'F1', 'images'],
      rows: byRecall.map((metrics) => [
        metrics.expression,
        ...kinds.map((kind) => percent(metrics[kind])),
        String(metrics.support),
      ]),
    },
  };
}
