import { useEffect, useRef } from 'preact/hooks';
import type { EpochRecord } from '@sdnet/training';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { texts } from '../texts/texts.js';

const height = 220;

interface CurvesProps {
  readonly history: readonly EpochRecord[];
  readonly epochs: number;
  /** Held-out accuracy before the lesson. */
  readonly before: number | undefined;
}

/** Loss and accuracy, epoch by epoch. */
export function Curves({ history, epochs, before }: CurvesProps) {
  const { teach: words, percent } = texts.value;
  const ref = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = ref.current!;
    const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--faint'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
    };
    const line = (label: string, scale: string, name: string, dash?: number[]) => ({
      ...{ label, scale, stroke: colour(name), width: 2 },
      points: { show: true, size: 6 },
      ...(dash && { dash }),
    });
    const made = new uPlot(
      {
        ...{ width: element.clientWidth, height, legend: { show: false }, cursor: { show: false } },
        scales: {
          x: { time: false },
          accuracy: { range: [0, 1] },
          loss: { range: (_, __, most) => [0, most * 1.05] },
        },
        axes: [
          { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] },
          { ...axis, scale: 'accuracy', size: 52, values: (_, ticks) => ticks.map((part) => percent(part)) },
          { ...axis, scale: 'loss', side: 1, size: 46, grid: { show: false } },
        ],
        series: [
          {},
          line(words.heldOut, 'accuracy', '--accent'),
          line(words.learned, 'accuracy', '--faint', [6, 4]),
          line(words.loss, 'loss', '--loss'),
        ],
      },
      [[], [], [], []],
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [words]);
  useEffect(() => {
    // Before the first epoch nothing is known but the accuracy.
    const start = before === undefined ? [] : [before];
    const none = start.map(() => null);
    const x = [...start.map(() => 0), ...history.map(({ epoch }) => epoch)];
    chart.current!.setData(
      [
        x,
        [...start, ...history.map(({ validationAccuracy }) => validationAccuracy)],
        [...none, ...history.map(({ trainingAccuracy }) => trainingAccuracy)],
        [...none, ...history.map(({ loss }) => loss)],
      ],
      false,
    );
    chart.current!.setScale('x', { min: 0, max: Math.max(epochs, 1) });
  }, [history, before, epochs, words]);
  const last = history.at(-1);
  return (
    <figure class="curves">
      <div
        class="chart"
        ref={ref}
        role="img"
        aria-label={words.curves(last?.epoch ?? 0, percent(last?.validationAccuracy ?? before ?? 0))}
      />
      <figcaption>
        <span class="key held-out">{words.heldOut}</span>
        <span class="key learned">{words.learned}</span>
        <span class="key loss">{words.loss}</span>
      </figcaption>
    </figure>
  );
}
