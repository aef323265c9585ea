import type { EpochResult, Recipe } from '@sdnet/training';
import { percent } from '../../experiments/cells.js';
import type { Chart } from '../document.js';
import { axisStyle, chartSvg, colours, legendStyle, symbols } from './chart-svg.js';

export interface Curve {
  readonly name: string;
  /** One value an epoch. */
  readonly values: readonly number[];
}

const height = 260;

/** Values over the epochs. `shares` are in [0, 1] and shown as percentages. */
export function curvesChart(
  title: string,
  description: string,
  curves: readonly Curve[],
  { shares, note }: { readonly shares: boolean; readonly note?: string | undefined },
): Chart {
  const text = (value: number) => (shares ? percent(value) : value.toFixed(3));
  const epochs = Math.max(...curves.map(({ values }) => values.length));
  const legendRows = Math.ceil(curves.reduce((sum, { name }) => sum + name.length + 8, 0) / 54);
  const svg = chartSvg(
    {
      legend: { ...legendStyle, data: curves.map(({ name }) => name) },
      grid: { left: 44, right: 14, top: 22 + 18 * legendRows, bottom: 38 },
      xAxis: {
        ...axisStyle,
        type: 'value',
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 22,
        min: 1,
        max: Math.max(2, epochs),
        minInterval: 1,
        splitLine: { show: false },
      },
      yAxis: {
        ...axisStyle,
        type: 'value',
        scale: true,
        axisLabel: {
          ...axisStyle.axisLabel,
          formatter: (value: number) => (shares ? percent(value, 0) : String(Number(value.toFixed(3)))),
        },
      },
      series: curves.map(({ name, values }, index) => ({
        type: 'line' as const,
        name,
        silent: true,
        symbol: symbols[index % symbols.length]!,
        symbolSize: 6,
        // A mark on every epoch of a long training would hide the line.
        showAllSymbol: false,
        data: values.map((value, epoch) => ({
          value: [epoch + 1, value],
          symbolSize: epoch % Math.ceil(epochs / 10) === 0 || epoch === values.length - 1 ? 6 : 0,
        })),
        color: colours.series(index),
        lineStyle: { width: 2, color: colours.series(index), type: index % 2 === 0 ? 'solid' : 'dashed' },
      })),
    },
    height,
  );
  return {
    kind: 'chart',
    title,
    description,
    svg,
    ...(note !== undefined && { note }),
    table: {
      header: ['epoch', ...curves.map(({ name }) => name)],
      rows: Array.from({ length: epochs }, (_, epoch) => [
        String(epoch + 1),
        ...curves.map(({ values }) => (values[epoch] === undefined ? '–' : text(values[epoch]))),
      ]),
    },
  };
}

const isVaried = ({ augmentation }: Recipe): boolean =>
  Object.values(augmentation).some((value) => value !== 0);

/** Loss, and accuracy on training and validation images, of one run. */
export function learningCurves(history: readonly EpochResult[], recipe?: Recipe): Chart[] {
  const last = history.at(-1)!;
  const larger = history.find(({ size }) => size !== history[0]!.size);
  const notes = [
    ...(recipe && isVaried(recipe)
      ? ['Training images are altered at random, which makes them harder than the others.']
      : []),
    ...(larger
      ? [
          `From epoch ${larger.epoch} on, images are ${larger.size} instead of ${history[0]!.size} pixels wide.`,
        ]
      : []),
  ];
  const note = notes.length > 0 ? notes.join(' ') : undefined;
  return [
    curvesChart(
      'Accuracy after each epoch',
      `Accuracy over ${history.length} epochs: validation images end at ${percent(last.validationAccuracy)}, training ` +
        `images, as they are augmented, at ${percent(last.trainingAccuracy)}.`,
      [
        { name: 'validation', values: history.map((epoch) => epoch.validationAccuracy) },
        { name: 'training', values: history.map((epoch) => epoch.trainingAccuracy) },
      ],
      { shares: true, note },
    ),
    curvesChart(
      'Loss of the training',
      `The loss over ${history.length} epochs: from ${history[0]!.loss.toFixed(3)} to ${last.loss.toFixed(3)}.`,
      [{ name: 'loss', values: history.map(({ loss }) => loss) }],
      { shares: false, note: 'What the training makes smaller, on the images it sees.' },
    ),
  ];
}
