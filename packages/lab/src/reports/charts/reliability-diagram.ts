import type { Reliability } from '@sdnet/training';
import { percent } from '../../experiments/cells.js';
import type { Chart } from '../document.js';
import { axisStyle, chartSvg, colours } from './chart-svg.js';

/** How often answers of each confidence are right, beside how often they should be. */
export function reliabilityDiagram({
  bins,
  expectedCalibrationError,
  accuracy,
  confidence,
}: Reliability): Chart {
  const filled = bins.filter(({ images }) => images > 0);
  const share = { ...axisStyle, type: 'value' as const, min: 0, max: 1, interval: 0.25 };
  const axisLabel = { ...axisStyle.axisLabel, formatter: (value: number) => percent(value, 0) };
  const svg = chartSvg(
    {
      grid: { left: 44, right: 16, top: 26, bottom: 40 },
      xAxis: {
        ...share,
        axisLabel,
        name: 'confidence',
        nameLocation: 'middle',
        nameGap: 24,
        splitLine: { show: false },
      },
      yAxis: {
        ...share,
        axisLabel,
        name: 'right answers',
        nameTextStyle: { ...axisStyle.nameTextStyle, align: 'left', padding: [0, 0, 0, -40] },
      },
      series: [
        {
          type: 'custom',
          silent: true,
          data: filled.map(({ from, to, accuracy: right }) => [from, to, right]),
          renderItem: (_, api) => {
            const [left, top] = api.coord([api.value(0), api.value(2)]) as [number, number];
            const [right, bottom] = api.coord([api.value(1), 0]) as [number, number];
            return {
              type: 'rect',
              shape: { x: left + 1, y: top, width: right - left - 2, height: bottom - top },
              style: { fill: colours.series(0) },
            };
          },
        },
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          data: [
            [0, 0],
            [1, 1],
          ],
          lineStyle: { color: colours.ink, type: 'dashed', width: 1.5 },
        },
      ],
    },
    260,
  );
  const tends = confidence > accuracy ? 'surer than right' : 'less sure than right';
  return {
    kind: 'chart',
    title: 'How far confidence can be believed',
    description:
      `Share of right answers over confidence, in ${bins.length} ranges, beside the diagonal on which both are the same. ` +
      `Expected calibration error ${percent(expectedCalibrationError)}: on the whole the network is ${tends} ` +
      `(mean confidence ${percent(confidence)}, accuracy ${percent(accuracy)}).`,
    svg,
    note:
      `Of the answers of one confidence, how many are right: at the dashed line, confidence is what it says. Expected ` +
      `calibration error ${percent(expectedCalibrationError)}; on the whole ${tends}.`,
    table: {
      header: ['confidence', 'images', 'mean confidence', 'right answers'],
      rows: filled.map((bin) => [
        `${percent(bin.from, 0)} – ${percent(bin.to, 0)}`,
        String(bin.images),
        percent(bin.confidence),
        percent(bin.accuracy),
      ]),
    },
  };
}
