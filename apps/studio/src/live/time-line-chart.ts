import uPlot from 'uplot';
import { classColour } from '../drawing/colours.js';
import type { TimeLine } from './time-line.js';

/** A chart of one face's scores over time. */
export interface TimeLineChart {
  /** Shows a face from and to a time, in ms. */
  show(id: number, from: number, to: number): void;
  /** As it is now, on the colour behind it. */
  readonly picture: () => HTMLCanvasElement;
  destroy(): void;
}

/** Where nothing was seen of a face for so long, in ms, its curves are broken. */
const longestGap = 1000;
const height = 190;

/** @param onZoom is told which time the user has drawn a rectangle around, in ms */
export function createTimeLineChart(
  element: HTMLElement,
  line: TimeLine,
  onZoom: (from: number, to: number) => void,
): TimeLineChart {
  const colour = () => getComputedStyle(element).color;
  const faint = () => colour().replace('rgb(', 'rgba(').replace(')', ', 0.2)');
  const axis = { stroke: colour, grid: { stroke: faint, width: 1 }, ticks: { stroke: faint, width: 1 } };
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height,
      legend: { show: false },
      cursor: { y: false, drag: { x: true, setScale: false } },
      scales: { x: { time: false }, y: { range: [0, 1] } },
      axes: [
        { ...axis, values: (_, seconds) => seconds.map(clock) },
        { ...axis, size: 56, values: (_, parts) => parts.map((part) => `${Math.round(100 * part)} %`) },
      ],
      series: [
        {},
        ...line.classNames.map((label, index) => ({
          label,
          stroke: classColour(index),
          width: 2,
          points: { show: false },
        })),
      ],
      hooks: {
        setSelect: [
          (self) => {
            const { left, width } = self.select;
            if (width < 4) return;
            const at = (position: number) => 1000 * self.posToVal(position, 'x');
            onZoom(at(left), at(left + width));
            self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [[], ...line.classNames.map(() => [])],
    element,
  );
  const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
  observer.observe(element);
  return {
    show(id, from, to) {
      const times: number[] = [];
      const series: (number | null)[][] = line.classNames.map(() => []);
      let last: number | undefined;
      for (const { time, scores } of line.between(id, from, to)) {
        if (last !== undefined && time - last > longestGap) {
          times.push((last + 1) / 1000);
          for (const values of series) values.push(null);
        }
        last = time;
        times.push(time / 1000);
        for (const [index, values] of series.entries()) values.push(scores[index]!);
      }
      chart.batch(() => {
        chart.setData([times, ...series], false);
        chart.setScale('x', { min: from / 1000, max: to / 1000 });
      });
    },
    picture() {
      const { canvas } = chart.ctx;
      const picture = document.createElement('canvas');
      picture.width = canvas.width;
      picture.height = canvas.height;
      const context = picture.getContext('2d')!;
      context.fillStyle = getComputedStyle(element).backgroundColor;
      context.fillRect(0, 0, picture.width, picture.height);
      context.drawImage(canvas, 0, 0);
      return picture;
    },
    destroy() {
      observer.disconnect();
      chart.destroy();
    },
  };
}

/** 75 as 1:15. */
const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(seconds % 1 === 0 ? 0 : 1).padStart(seconds % 1 === 0 ? 2 : 4, '0')}`;
