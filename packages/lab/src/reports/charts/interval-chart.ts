import type { Interval } from '@sdnet/training';
import { percent } from '../../experiments/cells.js';
import type { Chart } from '../document.js';
import { axisStyle, chartSvg, colours, legendStyle } from './chart-svg.js';

export interface Estimate {
  readonly name: string;
  readonly value: number;
  readonly interval?: Interval;
  /** What the paper has. */
  readonly paper?: number | null;
}

/**
 * Estimates with their intervals, one a line, and the paper's figures beside them.
 *
 * @param here what the estimates are
 * @param write how they are written: as shares, or as differences of shares, which may be negative
 */
export function intervalChart(
  title: string,
  estimates: readonly Estimate[],
  here: string,
  write: (value: number) => string = percent,
): Chart {
  const hasPaper = estimates.some(({ paper }) => paper !== undefined && paper !== null);
  const all = estimates.flatMap(({ value, interval, paper }) => [
    value,
    interval?.lower ?? value,
    interval?.upper ?? value,
    paper ?? value,
  ]);
  const range = Math.max(...all) - Math.min(...all);
  const step = [0.01, 0.02, 0.05, 0.1].find((each) => range / each <= 5) ?? 0.25;
  const svg = chartSvg(
    {
      legend: {
        ...legendStyle,
        itemWidth: 10,
        itemHeight: 10,
        data: [
          { name: here, icon: 'circle' },
          ...(hasPaper ? [{ name: "the paper's figure", icon: 'diamond' }] : []),
        ],
      },
      grid: { left: 128, right: 20, top: 30, bottom: 24 },
      xAxis: {
        ...axisStyle,
        type: 'value',
        min: Math.max(Math.min(...all) < 0 ? -1 : 0, step * Math.floor(Math.min(...all) / step - 0.2)),
        max: Math.min(1, step * Math.ceil(Math.max(...all) / step + 0.2)),
        interval: step,
        axisLabel: { ...axisStyle.axisLabel, formatter: (value: number) => percent(value, 0) },
      },
      yAxis: {
        ...axisStyle,
        type: 'category',
        inverse: true,
        data: estimates.map(({ name }) => name),
        axisLabel: { color: colours.ink, fontSize: 11, width: 120, overflow: 'truncate' },
      },
      series: [
        {
          type: 'custom',
          name: 'interval',
          silent: true,
          data: estimates.flatMap(({ interval }, index) =>
            interval ? [[index, interval.lower, interval.upper]] : [],
          ),
          renderItem: (_, api) => {
            const [from, y] = api.coord([api.value(1), api.value(0)]) as [number, number];
            const [to] = api.coord([api.value(2), api.value(0)]) as [number, number];
            return {
              type: 'line',
              shape: { x1: from, y1: y, x2: to, y2: y },
              style: { stroke: colours.series(0), lineWidth: 3 },
            };
          },
        },
        {
          type: 'scatter',
          name: here,
          silent: true,
          symbol: 'circle',
          symbolSize: 10,
          color: colours.series(0),
          itemStyle: { color: colours.series(0), opacity: 1 },
          data: estimates.map(({ value }, index) => [value, index]),
        },
        {
          type: 'scatter',
          name: "the paper's figure",
          silent: true,
          symbol: 'diamond',
          symbolSize: 11,
          color: colours.series(1),
          itemStyle: { color: colours.series(1), opacity: 1 },
          data: estimates.flatMap(({ paper }, index) => (paper ? [[paper, index]] : [])),
        },
      ],
    },
    64 + 30 * estimates.length,
  );
  const text = ({ value, interval }: Estimate) =>
    write(value) + (interval ? ` (${percent(interval.lower)} to ${percent(interval.upper)})` : '');
  return {
    kind: 'chart',
    title,
    description: `${title}: ${estimates.map((estimate) => `${estimate.name} ${text(estimate)}`).join(', ')}.`,
    svg,
    table: {
      header: ['', here, '95 % interval', ...(hasPaper ? ['the paper'] : [])],
      rows: estimates.map(({ name, value, interval, paper }) => [
        name,
        write(value),
        interval ? `${percent(interval.lower)} – ${percent(interval.upper)}` : '–',
        ...(hasPaper ? [paper ? percent(paper, 2) : '–'] : []),
      ]),
    },
  };
}
