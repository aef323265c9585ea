import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Slider } from '../components/Slider.js';
import { classColour, faceColour } from '../drawing/colours.js';
import { pngOf, saveFile, timeInName } from '../files/save-file.js';
import { theme } from '../shell/appearance.js';
import { expressionName, texts } from '../texts/texts.js';
import type { TimeLine } from './time-line.js';
import { createTimeLineChart, type TimeLineChart } from './time-line-chart.js';
import { timeLineCsv, timeLineJson } from './time-line-files.js';

/** Shortest and longest time in sight, in ms. */
const spans = { shortest: 2_000, first: 20_000, longest: 600_000 } as const;

/** How often a running chart is drawn, in ms. */
const interval = 200;

/** What a face has shown over time: follows what happens, or is held to be looked at. */
export function TimeLineView({ line, isRunning }: { readonly line: TimeLine; readonly isRunning: boolean }) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<TimeLineChart | undefined>(undefined);
  const ids = useSignal<readonly number[]>([]);
  const chosen = useSignal<number | undefined>(undefined);
  const isHeld = useSignal(false);
  const span = useSignal<number>(spans.first);
  /** The right end of what is in sight, where it is held. */
  const end = useSignal(0);
  const range = useSignal({ from: 0, to: 0 });

  function draw() {
    const moments = line.moments();
    const [first, last] = [moments[0]?.time ?? 0, moments.at(-1)?.time ?? 0];
    const present = line.ids();
    if (present.join() !== ids.peek().join()) ids.value = present;
    if (chosen.peek() === undefined || !present.includes(chosen.peek()!)) chosen.value = present[0];
    if (isHeld.peek() && (range.peek().from !== first || range.peek().to !== last))
      range.value = { from: first, to: last };
    const to = Math.max(isHeld.peek() ? end.peek() : last, first + span.peek());
    chart.current?.show(chosen.peek() ?? 0, to - span.peek(), to);
  }

  useEffect(() => {
    chart.current = createTimeLineChart(element.current!, line, (from, to) => {
      isHeld.value = true;
      span.value = Math.max(spans.shortest, to - from);
      end.value = to;
      draw();
    });
    draw();
    return () => chart.current?.destroy();
  }, [line, theme.value]);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(draw, interval);
    return () => clearInterval(timer);
  }, [isRunning, line]);
  useEffect(draw, [chosen.value, isHeld.value, span.value, end.value]);

  const { timeLine: words, face } = texts.value;
  function hold() {
    end.value = line.moments().at(-1)?.time ?? 0;
    isHeld.value = !isHeld.value;
  }
  const zoom = (factor: number) =>
    (span.value = Math.min(spans.longest, Math.max(spans.shortest, span.value * factor)));
  const name = `sdnet-${timeInName()}`;
  return (
    <section class="card time-line" aria-label={words.heading}>
      <div class="tools">
        <h2>{words.heading}</h2>
        {ids.value.length > 1 && (
          <select
            aria-label={words.face}
            value={String(chosen.value)}
            onChange={({ currentTarget }) => (chosen.value = Number(currentTarget.value))}
          >
            {ids.value.map((id) => (
              <option key={id} value={String(id)}>
                {face(id)}
              </option>
            ))}
          </select>
        )}
        <button aria-pressed={isHeld.value} onClick={hold}>
          {isHeld.value ? words.follow : words.hold}
        </button>
        <button aria-label={words.zoomIn} onClick={() => zoom(1 / 2)}>
          +
        </button>
        <button aria-label={words.zoomOut} onClick={() => zoom(2)}>
          −
        </button>
        <span class="push" />
        <button onClick={() => saveFile(`${name}.csv`, new Blob([timeLineCsv(line)], { type: 'text/csv' }))}>
          CSV
        </button>
        <button
          onClick={() =>
            saveFile(`${name}.json`, new Blob([timeLineJson(line)], { type: 'application/json' }))
          }
        >
          JSON
        </button>
        <button onClick={async () => saveFile(`${name}.png`, await pngOf(chart.current!.picture()))}>
          PNG
        </button>
      </div>
      <div class="chart" ref={element} role="img" aria-label={words.chart} />
      <ul class="legend">
        {line.classNames.map((label, index) => (
          <li key={label}>
            <span class="dot" style={{ background: classColour(index) }} />
            {expressionName(label)}
          </li>
        ))}
        {chosen.value !== undefined && ids.value.length > 1 && (
          <li class="push">
            <span class="dot" style={{ background: faceColour(chosen.value) }} />
            {face(chosen.value)}
          </li>
        )}
      </ul>
      {isHeld.value && range.value.to - range.value.from > span.value && (
        <Slider
          label={words.scroll}
          min={Math.round(range.value.from + span.value)}
          max={Math.round(range.value.to)}
          step={100}
          value={Math.min(
            Math.max(Math.round(end.value), Math.round(range.value.from + span.value)),
            Math.round(range.value.to),
          )}
          text={(ms) => words.seconds((ms - range.value.from) / 1000)}
          onChange={(value) => (end.value = value)}
        />
      )}
    </section>
  );
}
